package rulesedit

import (
	"slices"

	"gobind/policy"
)

// Load reads all rules files. The Fault of one is the error of reading or parsing
// it.
func (d *Dir) Load(names policy.Names) (Files, error) {
	all, err := d.Names()
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	files := make(Files, 0, len(all))
	for _, name := range all {
		text, err := d.Read(name)
		file := Parse(d.Path(name), text, names)
		if err != nil {
			file.Fault = err
		}
		files = append(files, file)
	}
	return files, nil
}

// Parse is a rules file with that text.
func Parse(path string, text []byte, names policy.Names) policy.RuleFile {
	file := policy.RuleFile{File: path, Names: names}
	file.Rules, file.Fault = policy.ParseRules(path, text, names)
	return file
}

// With are the files with one of them replaced, or added.
func (f Files) With(file policy.RuleFile) Files {
	return slices.Concat(f.After(file.File), Files{file}, slices.DeleteFunc(f.Before(file.File),
		func(r policy.RuleFile) bool { return r.File == file.File }))
}
