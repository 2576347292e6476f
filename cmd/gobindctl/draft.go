package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/internal/rulesedit"
)

// tempDir is where a draft is, whatever TMPDIR says: nobody can take away there what
// is root's.
const tempDir = "/tmp"

// draft is a copy of a rules file, in a directory of its own that root alone can
// look into.
type draft struct{ dir, file string }

func newDraft(name string, text []byte) (*draft, error) {
	var st unix.Stat_t
	if err := unix.Lstat(tempDir, &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: tempDir, Err: err}
	}
	if st.Uid != 0 || st.Mode&0o022 != 0 && st.Mode&unix.S_ISVTX == 0 {
		return nil, &inputError{statusUnavailable, errTempDir}
	}
	dir, err := os.MkdirTemp(tempDir, "gobindctl-")
	if err != nil {
		return nil, err
	}
	d := &draft{dir, filepath.Join(dir, name)}
	if err := os.WriteFile(d.file, text, 0o600); err != nil {
		d.remove()
		return nil, err
	}
	return d, nil
}

func (d *draft) remove() { _ = os.RemoveAll(d.dir) }

// edit runs the user's editor, and returns what it left.
func (d *draft) edit() ([]byte, error) {
	if err := d.runEditor(); err != nil {
		return nil, &inputError{statusUnavailable, editorError(err)}
	}
	info, err := os.Lstat(d.file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > rulesedit.MaxSize {
		return nil, &inputError{statusData, errNoDraft}
	}
	return os.ReadFile(d.file)
}

// editors are what a system may have if the user names none.
var editors = []string{"editor", "vi", "nano"}

// editor is the command of the editor, as a shell reads it.
func editor() (string, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if command := os.Getenv(name); command != "" {
			return command, nil
		}
	}
	for _, command := range editors {
		if _, err := exec.LookPath(command); err == nil {
			return command, nil
		}
	}
	return "", errNoEditor
}

// runEditor runs the editor until it ends. Meanwhile the terminal's signals are the
// editor's, and one that ends gobindctl ends the editor first.
func (d *draft) runEditor() error {
	command, err := editor()
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGINT, unix.SIGQUIT, unix.SIGHUP, unix.SIGTERM)
	defer signal.Stop(signals)
	cmd := exec.Command("/bin/sh", "-c", command+` "$1"`, "sh", d.file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var killed error
	for {
		select {
		case s := <-signals:
			if s == unix.SIGHUP || s == unix.SIGTERM {
				killed = errors.New(s.String())
				_ = cmd.Process.Signal(s)
			}
		case err := <-ended:
			if killed != nil {
				return killed
			}
			return err
		}
	}
}
