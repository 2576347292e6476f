package testenv

import (
	"os"
	"path/filepath"
)

// Repo is the root of the source tree: the nearest directory above the test's
// own that holds go.mod.
func Repo() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	panic("testenv: no go.mod above the test's directory")
}
