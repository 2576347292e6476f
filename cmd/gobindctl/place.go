package main

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/account"
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

// open looks at what the flags name, which must be there. The place must be closed.
func (f policyFlags) open() (*place, error) {
	p := &place{}
	var err error
	if p.root, err = rootOf(f.Root); err != nil {
		return nil, err
	}
	if p.dirs, err = dirsOf(f.Config); err != nil {
		return nil, err
	}
	if p.fs, err = tree.NewFS(p.root); err != nil {
		return nil, err
	}
	if f.Config != "" {
		if err := p.fs.Stat(p.dirs[0]).Err; tree.Absent(err) {
			p.close()
			return nil, fileError(f.Config, err)
		}
	}
	p.names, p.accounts = names.Of(p.root+"/"), account.Read(p.fs)
	return p, nil
}

func (p *place) close() { p.fs.Close() }

// rootOf is the directory of --root, without a slash at its end: "" for this system.
// One that is given must be there.
func rootOf(flag string) (string, error) {
	if flag == "" {
		return "", nil
	}
	info, err := os.Stat(flag)
	if err == nil && !info.IsDir() {
		err = fileError(flag, unix.ENOTDIR)
	}
	if err != nil {
		return "", &inputError{statusNoInput, err}
	}
	root, err := filepath.Abs(flag)
	return strings.TrimSuffix(root, "/"), err
}

// dirsOf are the policy directories, in the order in which they are asked: that of
// --config alone if it is given.
func dirsOf(flag string) ([]string, error) {
	if flag == "" {
		return policyDirs(), nil
	}
	dir, err := filepath.Abs(flag)
	return []string{dir}, err
}
