package rulesedit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gobind/internal/rulesedit"
	"gobind/policy"
)

// files are rules files by these texts, the first one named "1", the last one first.
// A text of "?" is a file that cannot be believed.
func files(t interface{ Fatal(...any) }, texts ...string) (all rulesedit.Files) {
	for i, text := range texts {
		file := policy.RuleFile{File: fmt.Sprint(i + 1), Names: fakeNames{}, Fault: errors.New("bad")}
		if text != "?" {
			file = parse(t, file.File, text)
		}
		all = append(rulesedit.Files{file}, all...)
	}
	return all
}

func words(list []policy.Source) string {
	var all []string
	for _, s := range list {
		all = append(all, s.String())
	}
	return strings.Join(all, " ")
}

// Which rules permit something already, which overrule it, and which still permit
// some of it.
func TestStanding(t *testing.T) {
	for _, test := range []struct {
		files  []string
		rule   string
		permit string // sources; "": not permitted as a whole
		deny   string // sources that overrule; "!" before them: all of it; "?": a fault
		still  string // sources, with ? if it depends on a group
	}{
		{nil, "alice tcp *:80", "", "", ""},
		{[]string{"permit alice tcp *:80"}, "alice tcp *:80", "1:1", "", "1:1"},
		{[]string{"permit 1 any *:*"}, "alice tcp,udp *:80 [::1]:81", "1:1", "", "1:1"},
		{[]string{"permit * tcp *:80"}, "alice tcp *:80", "1:1", "", "1:1"},
		{[]string{"permit alice tcp *:80\npermit alice tcp *:81"}, "alice tcp *:80,81", "1:1 1:2", "", "1:1 1:2"},
		{[]string{"permit alice tcp *:80"}, "alice tcp *:80,81", "", "", "1:1"},
		{[]string{"permit alice tcp *:80"}, "alice udp *:80", "", "", ""},
		{[]string{"permit alice tcp *:80"}, "bob tcp *:80", "", "", ""},
		{[]string{"permit alice tcp *:80"}, "* tcp *:80", "", "", ""},
		{[]string{"permit gone tcp *:80"}, "alice tcp *:80", "", "", ""},
		{[]string{"permit alice tcp 127.0.0.1:80"}, "alice tcp *:80", "", "", "1:1"},
		{[]string{"permit alice tcp 127.0.0.0/8:80"}, "alice tcp 127.0.0.1:80", "1:1", "", "1:1"},
		{[]string{"permit alice tcp 0.0.0.0/0:80"}, "alice tcp [::1]:80", "", "", ""},
		{[]string{"permit alice tcp [::]/0:80"}, "alice tcp [::1]:80", "1:1", "", "1:1"},
		// Groups: who is in one is not asked.
		{[]string{"permit :web tcp *:80"}, "alice tcp *:80", "", "", "1:1?"},
		{[]string{"permit alice tcp *:80"}, ":web tcp *:80", "", "", ""},
		{[]string{"permit :web tcp *:80"}, ":10 tcp *:80", "1:1", "", "1:1"},
		{[]string{"permit alice tcp *:80\ndeny :web tcp *:80"}, "alice tcp *:80", "", "1:2", "1:1"},
		{[]string{"permit :dns tcp *:80\ndeny :web tcp *:80"}, ":dns tcp *:80", "", "1:2", "1:1"},
		// The last match decides.
		{[]string{"permit alice tcp *:80\ndeny alice tcp *:80"}, "alice tcp *:80", "", "!1:2", ""},
		{[]string{"deny * any *:*\npermit alice tcp *:80"}, "alice tcp *:80", "1:2", "", "1:2"},
		{[]string{"permit alice tcp *:80", "deny * tcp *:80"}, "alice tcp *:80", "", "!2:1", ""},
		{[]string{"permit alice tcp *:80", "deny alice tcp 127.0.0.1:80"}, "alice tcp *:80", "", "2:1", "1:1"},
		{[]string{"permit alice tcp *:80", "deny bob tcp *:80"}, "alice tcp *:80", "1:1", "", "1:1"},
		{[]string{"permit alice tcp *:80", "deny * tcp *:80", "permit alice tcp *:80"}, "alice tcp *:80", "3:1", "", "3:1"},
		{[]string{"deny alice tcp *:80,81\npermit alice tcp *:80"}, "alice tcp *:80,81", "", "1:1", "1:2"},
		// A user that nobody knows may be one without a name.
		{[]string{"permit 3 tcp *:80\ndeny gone tcp *:80"}, "3 tcp *:80", "", "1:2", "1:1"},
		{[]string{"permit alice tcp *:80\ndeny gone tcp *:80"}, "alice tcp *:80", "1:1", "", "1:1"},
		// A file that cannot be believed denies what comes before it.
		{[]string{"permit alice tcp *:80", "?"}, "alice tcp *:80", "", "?", ""},
		{[]string{"?", "permit alice tcp *:80"}, "alice tcp *:80", "2:1", "", "2:1"},
	} {
		f := files(t, test.files...)
		r := rule(t, test.rule)
		by, ok := f.Permit(r)
		if ok != (test.permit != "") || words(by) != test.permit {
			t.Errorf("%q: %s: permitted by %v, want %q", test.files, test.rule, by, test.permit)
		}
		over := f.Overrule(r)
		got := words(over.By)
		if over.All {
			got = "!" + got
		}
		if over.Fault != nil {
			got = "?"
		}
		if got != test.deny {
			t.Errorf("%q: %s: overruled by %q, want %q", test.files, test.rule, got, test.deny)
		}
		var still []string
		for _, s := range f.StillPermit(r) {
			word := s.Rule.Source.String()
			if s.Maybe {
				word += "?"
			}
			still = append(still, word)
		}
		slices.Sort(still)
		if got := strings.Join(still, " "); got != test.still {
			t.Errorf("%q: %s: still permitted by %q, want %q", test.files, test.rule, got, test.still)
		}
	}
}

func TestFilesWith(t *testing.T) {
	names := func(f rulesedit.Files) string {
		var all []string
		for _, file := range f {
			all = append(all, fmt.Sprint(file.File, len(file.Rules)))
		}
		return strings.Join(all, " ")
	}
	f := files(t, "", "permit * tcp *:1", "")
	f = slices.Delete(f, 1, 2)
	if got := names(f.With(parse(t, "2", "permit * tcp *:1"))); got != "30 21 10" {
		t.Errorf("added: %s", got)
	}
	if got := names(f.With(parse(t, "1", "permit * tcp *:1"))); got != "30 11" {
		t.Errorf("replaced: %s", got)
	}
	if got := names(f.Before("2")) + "/" + names(f.After("2")) + "/" + names(f.After("3")); got != "10/30/" {
		t.Errorf("before and after: %s", got)
	}
}
