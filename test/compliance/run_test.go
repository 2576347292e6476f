package compliance

import (
	"os"
	"testing"
	"time"

	"gobind/internal/testenv"
)

// A runner performs one case on one subject.
type runner struct {
	t        *testing.T
	subject  subject
	vars     map[string]string
	start    startup
	kept     *keeper
	dialogue *dialogue // the probe, once started
	ran      *output   // of the last program run to its end, if any was
}

// runCase performs the steps of c and compares their answers; the first wrong one
// ends the case.
func runCase(t *testing.T, s subject, programs map[string]string, kept *keeper, c testCase) {
	r := &runner{t: t, subject: s, vars: caseVars(t, s, programs), kept: kept, start: startup{share: c.share}}
	resetPolicy(t)
	for _, st := range c.steps {
		if !r.step(st) {
			break
		}
	}
	if r.dialogue != nil && !r.keep() {
		r.check(step{where: "at the end"}, "exit 0", r.dialogue.finish())
	}
	r.checkSilence()
}

// caseVars are the names that stand for something in a case.
func caseVars(t *testing.T, s subject, programs map[string]string) map[string]string {
	vars := map[string]string{
		"alice": id(testenv.Alice.UID), "bob": id(testenv.Bob.UID), "carol": id(testenv.Carol.UID),
		"web": id(testenv.WebGroup), "authbind": s.authbind, "tmp": scratch(t),
	}
	for name, path := range programs {
		vars[name] = path
	}
	return vars
}

// scratch is a directory for the case that every user can read.
func scratch(t *testing.T) string {
	dir, err := os.MkdirTemp(testenv.Dir(), "case-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// step performs one step and reports whether its answer was the wanted one.
func (r *runner) step(st step) bool {
	words := make([]string, len(st.words))
	for i, w := range st.words {
		words[i] = r.expand(w)
	}
	perform := r.perform
	if words[0] == "eventually" {
		perform = func(words []string) (string, error) { return r.retry(words[1:], st) }
	}
	answer, err := perform(words)
	if err != nil {
		r.t.Errorf("%s: %v", st.where, err)
		return false
	}
	return r.check(st, r.expand(st.want.of(r.subject)), answer)
}

// retry performs words until the answer is the wanted one or patience ends.
func (r *runner) retry(words []string, st step) (string, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		answer, err := r.perform(words)
		if ok, _ := matches(r.expand(st.want.of(r.subject)), answer); ok || err != nil || time.Now().After(deadline) {
			return answer, err
		}
	}
}

// perform does what words say and returns the answer. An error is a case that
// makes no sense, or a machine that cannot run it.
func (r *runner) perform(words []string) (string, error) {
	verb, args := words[0], words[1:]
	if f, ok := policyVerbs[verb]; ok {
		return "OK", f(r, args)
	}
	if f, ok := startVerbs[verb]; ok {
		return "OK", f(r, args)
	}
	switch verb {
	case "run":
		return r.run(args)
	case "stdout":
		return r.takeStdout(), nil
	case "stderr":
		return r.takeStderr(), nil
	default:
		return r.operate(words)
	}
}

// check compares an answer and reports whether it is right.
func (r *runner) check(st step, want, answer string) bool {
	ok, err := matches(want, answer)
	switch {
	case err != nil:
		r.t.Errorf("%s: %v", st.where, err)
	case !ok:
		r.t.Errorf("%s: %q answers %q, want %s", st.where, st.words, answer, want)
	}
	return ok && err == nil
}

// expand replaces the names with $ that mean something here.
func (r *runner) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if value, ok := r.vars[name]; ok {
			return value
		}
		return "$" + name
	})
}
