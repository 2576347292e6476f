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
	for _, name := range []string{"gobind-helper", "gobind-supervisor"} {
		profile := filepath.Join(testenv.Repo(), "etc/apparmor", name)
		out, err := exec.Command(testenv.Require(t, "apparmor_parser"), "--skip-kernel-load", "--skip-cache", profile).CombinedOutput()
		if text := strings.TrimSpace(string(out)); err != nil || strings.Contains(text, "Warning from") {
			t.Errorf("apparmor_parser: %v\n%s", err, text)
		}
		for format, files := range formats(t, "gobind") {
			text := string(files["/usr/share/doc/gobind/examples/apparmor/"+name].text)
			program := "/usr/libexec/gobind/" + name
			if !strings.Contains(text, "\nprofile "+name+" "+program+" flags=") || len(files[program].text) == 0 {
				t.Errorf("%s: no profile for %s", format, program)
			}
		}
	}
}
