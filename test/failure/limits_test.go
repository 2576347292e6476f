package failure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// limits are resource limits, most of them too low for anything to work.
func limits() []string {
	var all []string
	for n := range 41 {
		all = append(all, fmt.Sprintf("--nofile=%d", n))
	}
	for size := 1 << 12; size <= 1<<32; size <<= 1 {
		all = append(all, fmt.Sprintf("--as=%d", size), fmt.Sprintf("--data=%d", size))
		if size <= 1<<24 {
			all = append(all, fmt.Sprintf("--stack=%d", size))
		}
	}
	for n := range 12 {
		all = append(all, fmt.Sprintf("--nproc=%d", n))
	}
	return append(all, "--cpu=1", "--cpu=0", "--fsize=0", "--memlock=0", "--sigpending=0", "--nice=0", "--rtprio=0")
}

// Whatever gobind lacks, a bind is a true success or an error, the helper dumps no
// core, nothing waits and nothing is left.
func TestLimitsOfGobind(t *testing.T) {
	program := binder(t)
	kit.InModes(t, func(t *testing.T, mode string) {
		grantAll(t)
		sum := map[string]int{}
		for i, limit := range limits() {
			if !kit.Failures.Full() && (i+len(mode))%4 != 0 {
				continue
			}
			t.Run(limit, func(t *testing.T) {
				argv := append([]string{"prlimit", "--core=unlimited", limit}, kit.Under(t, testenv.Alice, mode, program).Args...)
				argv[3] = testenv.Install(t).Gobind()
				p := startPlainly(t, testenv.Alice.Command(argv[0], argv[1:]...))
				p.bind(t, 80, true)
				p.bind(t, 82, false)
				p.bind(t, 81, true)
				_ = p.in.Close()
				p.process.Wait(t)
				nothingIsLeft(t, p.before)
				noCoreOfHelper(t)
				sum[fmt.Sprint(p.bound, " of 2 bound")]++
				if p.lost > 0 {
					t.Errorf("%d binds were made and told to have failed", p.lost)
				}
			})
		}
		if sum["2 of 2 bound"] == 0 || sum["0 of 2 bound"] == 0 {
			t.Error("the limits do not go from too little to enough")
		}
		t.Log(sum)
	})
}

// The same of a helper that its caller starts by hand.
func TestLimitsOfHelper(t *testing.T) {
	grantAll(t)
	path := testenv.Install(t).Helper()
	before, replies := kit.Processes(t), map[bool]int{}
	for i, limit := range limits() {
		if !kit.Failures.Full() && i%2 != 0 {
			continue
		}
		channel := helperBy(t, "prlimit", "--core=unlimited", limit, path)
		replies[askTwice(t, channel)]++
		noCoreOfHelper(t)
	}
	nothingIsLeft(t, before)
	if replies[true] == 0 || replies[false] == 0 {
		t.Error("the limits do not go from too little to enough")
	}
	t.Logf("%d helpers served, %d did not", replies[true], replies[false])
}

// noCoreOfHelper removes a core file, which may be of a program that has no more
// privilege than its user: a stack too small for execve(2) is enough.
func noCoreOfHelper(t *testing.T) {
	t.Helper()
	for _, dir := range []string{testenv.Alice.Home(), "/"} {
		core := filepath.Join(dir, "core")
		text, err := os.ReadFile(core)
		if err != nil {
			continue
		}
		if err := os.Remove(core); err != nil {
			t.Fatal(err)
		}
		if name := dumped(text); name == "" || strings.HasPrefix(name, "gobind-helper") {
			t.Errorf("%s is of %q", core, name)
		}
	}
}

// dumped is the name of the program in a core file: pr_fname of its prpsinfo.
func dumped(core []byte) string {
	_, rest, ok := bytes.Cut(core, []byte("CORE\x00\x00\x00\x00"))
	for ok && (len(rest) < 56 || rest[1] != 'R' && rest[1] != 'S' && rest[1] != 'D' && rest[1] != 'Z') {
		_, rest, ok = bytes.Cut(rest, []byte("CORE\x00\x00\x00\x00"))
	}
	if !ok {
		return ""
	}
	name, _, _ := bytes.Cut(rest[40:56], []byte{0})
	return string(name)
}
