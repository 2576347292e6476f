package kernel

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// within starts a command in the room's cgroup, which ends with the test.
func (r *room) within(u testenv.User, name string, args ...string) *exec.Cmd {
	r.Helper()
	dir, err := os.Open(r.place.Cgroup)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = dir.Close() })
	cmd := u.Command(name, args...)
	cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	return cmd
}

// uring builds the program that binds by io_uring.
func uring(t *testing.T) string {
	t.Helper()
	testenv.Require(t, "gcc")
	program := filepath.Join(testenv.Dir(), "uring")
	if out, err := exec.Command("gcc", "-O1", "-Wall", "-o", program, "testdata/uring.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// A bind by io_uring, which no filter sees and no wrapper can serve, is judged as any
// other, and so is one that a thread of the kernel's makes for the process.
func TestIOUring(t *testing.T) {
	r := newRoom(t)
	program := uring(t)
	r.enable(aliceHas80(r))
	const sqpoll = "2" // IORING_SETUP_SQPOLL
	for _, test := range []struct {
		user  testenv.User
		port  string
		flags string
		want  string
	}{
		{testenv.Alice, "8080", "0", "bound"}, {testenv.Alice, "80", "0", "bound"}, {testenv.Alice, "80", sqpoll, "bound"},
		{testenv.Alice, "81", "0", "13"}, {testenv.Alice, "81", sqpoll, "13"},
		{testenv.Bob, "80", "0", "13"}, {testenv.Bob, "80", sqpoll, "13"}, {testenv.Root, "81", "0", "bound"},
	} {
		out, err := r.within(test.user, program, test.port, test.flags).CombinedOutput()
		got := strings.TrimSpace(string(out))
		if got == fmt.Sprint(int(unix.EINVAL)) || strings.Contains(got, "io_uring_setup: ") {
			t.Logf("this kernel does without: %s", got)
			return
		}
		if err != nil || got != test.want {
			t.Errorf("%s, port %s, flags %s: %s, %v, want %s", test.user.Name, test.port, test.flags, got, err, test.want)
		}
	}
}

// A ServerSocket of Java's, on [::] without IPV6_V6ONLY as Java has it, gets its port.
func TestJava(t *testing.T) {
	r := newRoom(t)
	registry := testenv.Require(t, "rmiregistry") // the least server that comes with Java
	r.enable(aliceHas80(r))
	for port, want := range map[string]bool{"80": true, "81": false} {
		cmd := r.within(testenv.Alice, registry, "-J-XX:TieredStopAtLevel=1", port)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
		serves := func() bool {
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		}
		until(t, "it serves, or has ended", func() bool {
			select {
			case <-ended:
				return true
			default:
				return serves()
			}
		})
		if serves() != want {
			t.Errorf("port %s: it serves: %v\n%s", port, !want, &said)
		}
		if !want && !strings.Contains(said.String(), "Permission denied") {
			t.Errorf("port %s: %s", port, &said)
		}
		_ = cmd.Process.Kill()
		<-ended
	}
}

// [::] is both families, whatever IPV6_V6ONLY says, and an IPv4-mapped address is IPv4.
func TestDualStackIsBoth(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "::/0", 80, 80)))
	alice := r.prober(testenv.Alice)
	for addr, want := range map[string]unix.Errno{"::": unix.EACCES, "::1": 0, "127.0.0.1": unix.EACCES, "::ffff:127.0.0.1": unix.EACCES} {
		if got := alice.bind(t, request(policy.ProtocolTCP, addr, 80)); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
}
