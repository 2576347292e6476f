package main

import (
	"path/filepath"
	"strings"

	"gobind/internal/account"
	"gobind/internal/layout"
	"gobind/internal/names"
	"gobind/internal/tree"
)

// place is the system and the policy that a command is about.
type place struct {
	root     string   // "" is this system
	dirs     []string // policy directories, in the order in which they are asked
	fs       *tree.FS
	names    *names.Files
	accounts account.Files
}

// open looks at what the flags name. The place must be closed.
func (f policyFlags) open() (*place, error) {
	if err := checkRoot(f.Root); err != nil {
		return nil, err
	}
	p := &place{dirs: []string{layout.ConfDir, layout.AuthbindDir}}
	if f.Root != "" {
		root, err := filepath.Abs(f.Root)
		if err != nil {
			return nil, err
		}
		p.root = strings.TrimSuffix(root, "/")
	}
	if f.Config != "" {
		dir, err := filepath.Abs(f.Config)
		if err != nil {
			return nil, err
		}
		p.dirs = []string{dir}
	}
	fs, err := tree.NewFS(p.root)
	if err != nil {
		return nil, err
	}
	p.fs, p.names, p.accounts = fs, names.Of(p.root+"/"), account.Read(fs)
	return p, nil
}

func (p *place) close() { p.fs.Close() }
