package lowport

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"gobind/client"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// helperVar names the helper that was installed for the tests.
const helperVar = "GOBIND_TEST_HELPER"

// TestMain runs examples only where they may bind: as root in a world of its own, or
// as [as] starts them there.
func TestMain(m *testing.M) {
	helper := os.Getenv(helperVar)
	if helper != "" {
		client.HelperPaths = []string{helper}
	} else if os.Getuid() != 0 {
		flag.Parse()
		_ = flag.Set("test.skip", "^Example")
	}
	testenv.Main(m)
}

// asAlice runs the tests and examples that match pattern once more, as an ordinary user
// for whom the setuid helper and these rules are installed. It returns false there: the
// caller is such a test, and goes on.
func asAlice(t *testing.T, pattern, rules string) bool {
	t.Helper()
	if os.Getenv(helperVar) != "" {
		return false
	}
	prefix := testenv.Install(t)
	kit.Allow(t, "rules.d/10.rules", rules)
	binary := filepath.Join(testenv.Dir(), "lowport.test")
	if _, err := os.Stat(binary); err != nil {
		image, err := os.ReadFile("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(binary, image, 0o755), os.Chmod(binary, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := testenv.Alice.Command(binary, "-test.v", "-test.count=1", "-test.run="+pattern)
	cmd.Env = append(cmd.Env, helperVar+"="+prefix.Helper(), "GOBIND_TESTENV_STAGE=tests", "GOBIND_TESTENV_DIR="+testenv.Dir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as alice: %v\n%s", err, out)
	}
	return true
}
