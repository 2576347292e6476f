package main

import (
	"path/filepath"
	"strings"

	"gobind/internal/lint"
	"gobind/internal/tree"
)

// lintCmd is gobindctl lint.
type lintCmd struct {
	policyFlags
	Kernel bool     `help:"${help_lintkernel}"`
	Files  []string `arg:"" optional:"" name:"file" help:"${help_lintfile}"`
}

func (c *lintCmd) run(u *ui) (int, error) {
	p, err := c.open()
	if err != nil {
		return 0, err
	}
	defer p.close()
	findings := lintTrees(p)
	if len(c.Files) > 0 {
		if findings, err = lintFiles(p, c.Files); err != nil {
			return 0, err
		}
	}
	more, err := p.lintKernel(c.Kernel)
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

// lintTrees looks at all policy directories.
func lintTrees(p *place) []lint.Finding {
	var trees []tree.Tree
	for _, dir := range p.dirs {
		trees = append(trees, p.fs.Read(dir))
	}
	return lint.Trees(trees, p.names)
}

// lintFiles looks at files, which have the names that they have on this machine also
// if they are an image's; one that is in no policy directory is a draft.
func lintFiles(p *place, files []string) ([]lint.Finding, error) {
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
		for _, dir := range p.dirs {
			draft = draft && !strings.HasPrefix(path, p.root+dir+"/")
		}
		all = append(all, lint.File(e, draft, p.names)...)
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
