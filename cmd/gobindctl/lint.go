package main

import (
	"path/filepath"
	"strings"

	"gobind/internal/layout"
	"gobind/internal/lint"
	"gobind/internal/names"
	"gobind/internal/tree"
	"gobind/policy"
)

// lintCmd is gobindctl lint.
type lintCmd struct {
	policyFlags
	Kernel bool     `help:"${help_lintkernel}"`
	Files  []string `arg:"" optional:"" name:"file" help:"${help_lintfile}"`
}

func (c *lintCmd) run(u *ui) (int, error) {
	if err := checkRoot(c.Root); err != nil {
		return 0, err
	}
	dirs := []string{layout.ConfDir, layout.AuthbindDir}
	if c.Config != "" {
		dir, err := filepath.Abs(c.Config)
		if err != nil {
			return 0, err
		}
		dirs = []string{dir}
	}
	known := names.Of(filepath.Join("/", c.Root))
	if c.Root != "" {
		known = names.Of(c.Root)
	}
	look := func() ([]lint.Finding, error) { return lintTrees(c.Root, dirs, c.Config != "", known) }
	if len(c.Files) > 0 {
		look = func() ([]lint.Finding, error) { return lintFiles(c.Files, dirs, known) }
	}
	findings, err := look()
	if err != nil {
		return 0, err
	}
	more, err := (&place{root: strings.TrimSuffix(c.Root, "/"), dirs: dirs}).lintKernel(c.Kernel)
	if err != nil {
		return 0, err
	}
	findings = c.merge(findings, more)
	status := statusYes
	if len(findings) > 0 {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("lint", lintAnswer(findings))
	}
	u.lint(findings)
	return status, nil
}

// merge adds the findings about the kernel backend that are about what was asked for.
func (c *lintCmd) merge(findings, more []lint.Finding) []lint.Finding {
	for _, f := range more {
		asked := len(c.Files) == 0
		for _, name := range c.Files {
			path, err := filepath.Abs(name)
			asked = asked || err == nil && path == f.File
		}
		if asked {
			findings = append(findings, f)
		}
	}
	lint.Sort(findings)
	return findings
}

// lintTrees looks at policy directories, of which the first must be there if it was
// asked for.
func lintTrees(root string, dirs []string, wanted bool, known policy.Names) ([]lint.Finding, error) {
	fs, err := tree.NewFS(root)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	var trees []tree.Tree
	for _, dir := range dirs {
		trees = append(trees, fs.Read(dir))
	}
	if err := trees[0].Dir.Err; wanted && tree.Absent(err) {
		return nil, fileError(dirs[0], err)
	}
	return lint.Trees(trees, known), nil
}

// lintFiles looks at files of this machine; one that is in no policy directory is a
// draft.
func lintFiles(files, dirs []string, known policy.Names) ([]lint.Finding, error) {
	fs, err := tree.NewFS("")
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	var all []lint.Finding
	for _, name := range files {
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		e := fs.ReadFile(path, tree.MaxRules)
		if e.Err != nil {
			return nil, fileError(name, e.Err)
		}
		draft := true
		for _, dir := range dirs {
			draft = draft && !strings.HasPrefix(path, dir+"/")
		}
		all = append(all, lint.File(e, draft, known)...)
	}
	return all, nil
}

// jsonLint is the answer of lint --json.
type jsonLint struct {
	Errors   int               `json:"errors"`
	Warnings int               `json:"warnings"`
	Findings []jsonLintFinding `json:"findings"`
}

type jsonLintFinding struct {
	Severity string   `json:"severity"`
	Kind     string   `json:"kind"`
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	Subject  string   `json:"subject,omitempty"`
	Detail   string   `json:"detail,omitempty"`
	Instead  []string `json:"instead,omitempty"`
	Text     string   `json:"text"`
	Cure     string   `json:"cure,omitempty"`
}

func lintAnswer(findings []lint.Finding) jsonLint {
	answer := jsonLint{Findings: []jsonLintFinding{}}
	for _, f := range findings {
		if f.Severity() == lint.Error {
			answer.Errors++
		} else {
			answer.Warnings++
		}
		var instead []string
		if f.Instead != "" {
			instead = strings.Split(f.Instead, "\n")
		}
		text, cure := lintWords(f)
		answer.Findings = append(answer.Findings, jsonLintFinding{
			f.Severity().String(), string(f.Kind), f.File, f.Line, f.Column, f.Subject, f.Detail, instead, text, cure,
		})
	}
	return answer
}
