package hostile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// A bpf file system is by default everybody's to make names in. What a user has put
// where the kernel backend is to be is neither believed nor emptied by root's commands.
func TestForeignPins(t *testing.T) {
	gobindctl := testenv.Install(t).Gobindctl()
	const bpffs, pins = "/sys/fs/bpf", "/sys/fs/bpf/gobind"
	if err := unix.Mount("bpf", bpffs, "bpf", 0, ""); err != nil {
		testenv.Skip(t, "no bpf file system: "+err.Error())
	}
	t.Cleanup(func() {
		if err := unix.Unmount(bpffs, 0); err != nil {
			t.Error(err)
		}
	})
	victim := kit.DirOf(t, testenv.Root)
	file := filepath.Join(victim, "file")
	kit.Write(t, file, "root's")
	for name, plant := range map[string][]string{
		"a link":      {"ln", "-s", victim, pins},
		"a directory": {"mkdir", pins},
	} {
		kit.MustRun(t, testenv.Alice.Command(plant[0], plant[1:]...))
		for _, action := range []string{"status", "reload", "disable", "enable", "watch"} {
			p := kit.Run(t, testenv.Root.Command(gobindctl, "kernel", action))
			if p.Cmd.ProcessState.Success() || action != "enable" && !strings.Contains(p.Err(), pins+" is not a directory of root's alone\n") {
				t.Errorf("%s: kernel %s: stdout %q, stderr %q", name, action, p.Out(), p.Err())
			}
		}
		_, err1 := os.Lstat(pins)
		_, err2 := os.Lstat(file)
		if err := errors.Join(err1, err2, os.Remove(pins)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
