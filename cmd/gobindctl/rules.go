package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"gobind/internal/names"
	"gobind/internal/rulesedit"
	"gobind/policy"
)

// lockWait is how long permit and revoke wait for another change to end.
const lockWait = time.Minute

// ruleArgs are a rule and where it goes to.
type ruleArgs struct {
	policyFlags
	DryRun   bool     `short:"n" help:"${help_dryrun}"`
	Who      string   `arg:"" help:"${help_rulewho}"`
	Protocol string   `arg:"" help:"${help_ruleprotocol}"`
	Where    []string `arg:"" help:"${help_rulewhere}"`
}

// rules is the directory of rules, and what it holds.
type rules struct {
	dir   *rulesedit.Dir
	own   string // the path of the file that is changed
	text  string // which it has
	files rulesedit.Files
	names policy.Names
}

// root is the root directory of the system that is meant.
func (f policyFlags) root() string {
	if f.Root == "" {
		return "/"
	}
	return f.Root
}

// conf is the policy directory, as an absolute path below the root directory.
func (f policyFlags) conf() (string, error) {
	dirs, err := dirsOf(f.Config)
	return dirs[0], err
}

// openRules opens the directory of rules, for a change unless dry is set.
func (f policyFlags) openRules(dry bool) (*rulesedit.Dir, error) {
	if !dry && os.Geteuid() != 0 {
		return nil, &inputError{statusNoPerm, errNotRoot}
	}
	conf, err := f.conf()
	if err != nil {
		return nil, err
	}
	return rulesedit.Open(f.root(), conf, !dry)
}

// open opens the directory of rules and reads what it holds, with the lock held
// unless nothing is to be changed.
func (a *ruleArgs) open(names policy.Names) (*rules, error) {
	dir, err := a.openRules(a.DryRun)
	if err != nil {
		return nil, err
	}
	r := &rules{dir: dir, own: dir.Path(rulesedit.OwnFile), names: names}
	if err := r.read(!a.DryRun); err != nil {
		dir.Close()
		return nil, err
	}
	return r, nil
}

func (r *rules) read(lock bool) error {
	if lock {
		if err := r.dir.Lock(lockWait); err != nil {
			return err
		}
	}
	text, err := r.dir.ReadOwn(rulesedit.OwnFile)
	if err != nil {
		return err
	}
	r.text = string(text)
	if own := rulesedit.Parse(r.own, text, r.names); own.Fault != nil {
		return &inputError{statusConfig, own.Fault}
	}
	r.files, err = r.dir.Load(r.names)
	return err
}

// replace makes the change, unless it is to be shown alone. It returns all files as
// they then are.
func (r *rules) replace(script rulesedit.Script, dry bool) (rulesedit.Files, error) {
	text := []byte(script.Text())
	file := rulesedit.Parse(r.own, text, r.names)
	if file.Fault != nil {
		return nil, file.Fault
	}
	if !script.Changes() {
		return r.files, nil
	}
	if !dry {
		if err := r.dir.Replace(rulesedit.OwnFile, text); err != nil {
			return nil, err
		}
	}
	return r.files.With(file), nil
}

// rule is the arguments as a rule, and its line.
func (a *ruleArgs) rule(names policy.Names) (*policy.Rule, string, error) {
	if _, err := rootOf(a.Root); err != nil {
		return nil, "", err
	}
	words := append([]string{"permit", a.Who, a.Protocol}, a.Where...)
	for _, word := range words {
		if word == "" || strings.HasPrefix(word, "#") || strings.ContainsAny(word, " \t\r\n") {
			return nil, "", &inputError{statusData, notAWord(word)}
		}
	}
	for _, where := range a.Where {
		if strings.HasPrefix(where, ":") {
			return nil, "", &inputError{statusData, noAddressError(where)}
		}
	}
	line := strings.Join(words, " ")
	parsed, err := policy.ParseRules("", []byte(line), names)
	var bad *policy.RuleError
	if errors.As(err, &bad) {
		err = &inputError{statusData, errors.New(bad.Text)}
	}
	if err != nil {
		return nil, "", err
	}
	return &parsed[0], line, nil
}

// names are those of the system that is meant.
func (a *ruleArgs) names() *names.Files { return names.Of(a.root()) }
