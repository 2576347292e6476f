package main

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/internal/convert"
	"gobind/internal/tree"
	"gobind/policy"
)

// importCmd is gobindctl import.
type importCmd struct {
	Config string `placeholder:"DIR" help:"${help_importconfig}"`
	Root   string `placeholder:"DIR" help:"${help_root}"`
	Output string `short:"o" placeholder:"FILE" help:"${help_output}"`
	Force  bool   `help:"${help_force}"`
}

func (c *importCmd) run(u *ui) (int, error) {
	result, dir, err := c.convert()
	if err != nil {
		return 0, err
	}
	text := rulesText(dir, result)
	if c.Output != "" {
		if err := create(c.Output, text, c.Force); err != nil {
			return 0, err
		}
	}
	status := statusYes
	for _, n := range result.Notes {
		if n.Kind == convert.Widened || n.Kind == convert.Narrowed {
			status = statusNo
		}
	}
	if u.json {
		return status, u.printJSON("import", importAnswer(text, result))
	}
	if c.Output == "" {
		u.out.WriteString(text)
	}
	u.imported(dir, c.Output, result)
	return status, nil
}

// convert reads the tree and translates it.
func (c *importCmd) convert() (result convert.Result, dir string, err error) {
	p, err := policyFlags{c.Config, c.Root}.open()
	if err != nil {
		return result, "", err
	}
	defer p.close()
	dir = p.dirs[len(p.dirs)-1] // authbind's is the last
	t := p.fs.Read(dir)
	for _, e := range append([]tree.Entry{t.Dir}, t.ByUID.Files...) {
		if os.IsPermission(e.Err) || e.Err != nil && e.Path == dir {
			return result, "", fileError(e.Path, e.Err)
		}
	}
	result, err = convert.Rules(t, convert.Names{
		User:  nameIn(p.accounts.UserName, "", p.names),
		Group: nameIn(p.accounts.GroupName, ":", p.names),
	})
	return result, dir, err
}

// nameIn finds the name of a number, if a rule with that name is about the number.
func nameIn(candidate func(uint32) string, mark string, known policy.Names) func(uint32) string {
	return func(id uint32) string {
		name := candidate(id)
		rules, err := policy.ParseRules("", []byte("permit "+mark+name+" any *:*"), known)
		if err != nil || len(rules) != 1 || rules[0].Who.ID != id || rules[0].Who.Unknown {
			return ""
		}
		return name
	}
}

// create writes a file whole or not at all, and over another one only by force.
func create(name, text string, force bool) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	var temporary *os.PathError
	if errors.As(err, &temporary) {
		return &os.PathError{Op: "create", Path: name, Err: temporary.Err}
	}
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it is gone if all went well
	_, err = file.WriteString(text)
	for _, step := range []func() error{func() error { return file.Chmod(0o644) }, file.Sync, file.Close} {
		if stepErr := step(); err == nil {
			err = stepErr
		}
	}
	if err != nil {
		return err
	}
	flags := uint(unix.RENAME_NOREPLACE)
	if force {
		flags = 0
	}
	err = unix.Renameat2(unix.AT_FDCWD, file.Name(), unix.AT_FDCWD, name, flags)
	if os.IsExist(err) {
		return &inputError{statusData, existsError(name)}
	}
	if err != nil {
		return &os.PathError{Op: "create", Path: name, Err: err}
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // only synced
	return dir.Sync()
}

// jsonImport is the answer of import --json.
type jsonImport struct {
	Text  string           `json:"text"` // the file of rules
	Rules int              `json:"rules"`
	Equal bool             `json:"equal"` // the rules decide as the tree does, about everything
	Notes []importJSONNote `json:"notes"`
}

type importJSONNote struct {
	Kind   string `json:"kind"`
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Detail string `json:"detail,omitempty"`
	Text   string `json:"text"`
}

func importAnswer(text string, result convert.Result) jsonImport {
	answer := jsonImport{Text: text, Rules: len(result.Rules()), Equal: true, Notes: []importJSONNote{}}
	for _, n := range result.Notes {
		answer.Equal = answer.Equal && n.Kind != convert.Widened && n.Kind != convert.Narrowed
		answer.Notes = append(answer.Notes, importJSONNote{string(n.Kind), n.File, n.Line, n.Detail, noteWords(n)})
	}
	return answer
}
