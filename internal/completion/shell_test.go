package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gobind/internal/testenv"
)

// offers are lines of a command up to the cursor, and what a Tab has to offer
// there.
var offers = map[string][]string{
	"gobindctl ":               {"doctor", "who", "ps", "log"},
	"gobindctl lo":             {"log"},
	"gobindctl doctor --r":     {"--root"},
	"gobindctl log --ver":      {"--verdict", "--version"},
	"gobindctl log --verdict=": {"permit", "deny", "unserved"},
	"gobindctl --json log --v": {"--verdict"},
	"gobindctl log --user=ro":  {"root"},
	"gobindctl who htt":        {"http"},
	"gobindctl check --ex":     {"--explain"},
	"gobindctl list --po":      {"--port"},
	"gobindctl show --co":      {"--config"},
	"gobindctl permit --dr":    {"--dry-run"},
	"gobindctl revoke --ro":    {"--root"},
	"gobindctl edit --js":      {"--json"},
	"gobindctl lint --co":      {"--config"},
	"gobindctl import --fo":    {"--force"},
	"gobindctl kernel re":      {"reload"},
	"gobindctl kernel --cg":    {"--cgroup"},
	"gobind --la":              {"--launch"},
	"gobind --launch=":         {"auto", "inplace", "parent"},
	"gobind --quiet mkdi":      {"mkdir"},
	"gobind -- mkdi":           {"mkdir"},
}

// ask compares what a shell offers. Some offer the value of an option with it.
func ask(t *testing.T, offered func(t *testing.T, line string) []string) {
	t.Helper()
	for line, want := range offers {
		got := offered(t, line)
		for i, word := range got {
			word = strings.TrimSpace(strings.TrimSuffix(word, "="))
			got[i] = word[strings.LastIndex(word, "=")+1:]
		}
		for _, word := range want {
			if !slices.Contains(got, word) {
				t.Errorf("%q: %q is not offered in %q", line, word, got)
			}
		}
	}
}

func dir() string { return filepath.Join(testenv.Repo(), "etc/completion") }

func lines(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestBash(t *testing.T) {
	bash := testenv.Require(t, "bash")
	ask(t, func(t *testing.T, line string) []string {
		name, _, _ := strings.Cut(line, " ")
		words := strings.Split(strings.ReplaceAll(line, "=", " = "), " ")
		if strings.HasSuffix(line, "=") {
			words = words[:len(words)-1] // the cursor is on the sign itself
		}
		const script = `compopt() { :; }; source "$1"; name=$2; shift 2
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_$name; printf '%s\n' "${COMPREPLY[@]}"`
		return lines(t, exec.Command(bash, append([]string{"-c", script, "bash", filepath.Join(dir(), name+".bash"), name}, words...)...))
	})
}

func TestFish(t *testing.T) {
	fish := testenv.Require(t, "fish")
	ask(t, func(t *testing.T, line string) []string {
		name, _, _ := strings.Cut(line, " ")
		got := lines(t, exec.Command(fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", filepath.Join(dir(), name+".fish"), line))
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], "\t")
		}
		return got
	})
}

func TestZsh(t *testing.T) {
	zsh := testenv.Require(t, "zsh")
	capture, err := filepath.Abs("testdata/capture.zsh")
	if err != nil {
		t.Fatal(err)
	}
	dump := filepath.Join(t.TempDir(), "dump")
	ask(t, func(t *testing.T, line string) []string {
		out := filepath.Join(t.TempDir(), "out")
		const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $1 $2 $3 $4"
zpty -w -n shell "$5"$'\t'
while zpty -r shell chunk; do :; done
exit 0`
		cmd := exec.Command(zsh, "-f", "-c", script, "zsh", capture, dir(), out, dump, line)
		timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		lines(t, cmd)
		got, err := os.ReadFile(out)
		if err != nil {
			t.Errorf("%q: nothing is offered", line)
			return nil
		}
		return strings.Split(strings.TrimSpace(string(got)), "\n")
	})
}
