package packages

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// The AppArmor profiles can be compiled, and are of the programs where the packages
// have them.
func TestAppArmor(t *testing.T) {
	profiles := filepath.Join(testenv.Repo(), "etc/apparmor/gobind")
	out, err := exec.Command(testenv.Require(t, "apparmor_parser"), "--skip-kernel-load", "--skip-cache", profiles).CombinedOutput()
	if text := strings.TrimSpace(string(out)); err != nil || strings.Contains(text, "Warning from") {
		t.Errorf("apparmor_parser: %v\n%s", err, text)
	}
	names := output(t, "apparmor_parser", "--names", profiles)
	for _, name := range []string{"gobind-helper\n", "gobind-supervisor\n"} {
		if !strings.Contains(names, name) {
			t.Errorf("no profile %q in %q", name, names)
		}
	}
	for format, files := range formats(t, "gobind") {
		text := string(files["/usr/share/doc/gobind/examples/apparmor/gobind"].text)
		for _, program := range []string{"/usr/libexec/gobind/gobind-helper", "/usr/libexec/gobind/gobind-supervisor"} {
			if !strings.Contains(text, " "+program+" flags=") || len(files[program].text) == 0 {
				t.Errorf("%s: no profile for %s", format, program)
			}
		}
	}
}
