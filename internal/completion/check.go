package completion

import (
	"fmt"
	"os"
	"path/filepath"
)

// Files are the completion files of a program, by name.
func Files(p Program) map[string]string {
	return map[string]string{
		p.Name + ".bash": Bash(p),
		"_" + p.Name:     Zsh(p),
		p.Name + ".fish": Fish(p),
	}
}

// Check compares the files in dir with what they should be, or writes them.
func Check(dir string, p Program, write bool) error {
	for name, want := range Files(p) {
		file := filepath.Join(dir, name)
		if write {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				return err
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if string(got) != want {
			return fmt.Errorf("%s is not what the command line says: run UPDATE=1 go test ./cmd/%s", file, p.Name)
		}
	}
	return nil
}
