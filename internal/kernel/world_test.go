package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/policydir"
	"gobind/internal/sys"
	"gobind/internal/testenv"
	"gobind/policy"
)

func TestMain(m *testing.M) {
	if steps := os.Getenv(proberVar); steps != "" {
		if err := prepare(strings.Split(steps, ",")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(probe(os.Stdin, os.Stdout))
	}
	if os.Getenv(outsideVar) == "" {
		if fd, err := unix.Open("/proc/self/ns/net", unix.O_RDONLY, 0); err == nil { // inherited by the world
			_ = os.Setenv(outsideVar, strconv.Itoa(fd))
			mine, err1 := os.Readlink("/proc/self/ns/net")
			first, err2 := os.Readlink("/proc/2/ns/net") // of the kernel's own, unless this is a container
			name, err3 := os.ReadFile("/proc/2/comm")
			if errors.Join(err1, err2, err3) == nil && mine == first && string(name) == "kthreadd\n" {
				_ = os.Setenv(firstVar, "1")
			}
		}
	}
	testenv.Main(m)
}

// outsideVar is the descriptor of the network namespace outside of the world.
const outsideVar = "GOBIND_TEST_OUTSIDE"

// firstVar says that this is the first network namespace.
const firstVar = "GOBIND_TEST_FIRST"

// proberVar makes the test binary a program that binds what it is told to.
const proberVar = "GOBIND_TEST_PROBER"

// kept is a socket that a prober made before it became what it is.
var kept = -1

// prepare makes a prober what it shall be, step by step.
func prepare(steps []string) error {
	runtime.LockOSThread() // whose network namespace it is
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for _, step := range steps {
		name, text, _ := strings.Cut(step, "=")
		n, _ := strconv.Atoi(text)
		switch name {
		case "socket":
			var made error
			kept, made = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			err = errors.Join(err, made)
		case "inherited":
			kept = n
		case "unshare":
			err = errors.Join(err, unix.Unshare(unix.CLONE_NEWNET))
		case "home":
			err = errors.Join(err, unix.Setns(home, unix.CLONE_NEWNET))
		case "outside":
			fd, _ := strconv.Atoi(os.Getenv(outsideVar))
			err = errors.Join(err, unix.Setns(fd, unix.CLONE_NEWNET))
		case "real":
			err = errors.Join(err, unix.Setresuid(n, -1, -1))
		case "effective":
			err = errors.Join(err, unix.Setresuid(-1, n, n))
		}
	}
	return err
}

// try is one bind that a prober is asked to make.
type try struct {
	Family   uint16
	Protocol uint16
	Port     uint16
	Judge    uint8 // do not bind, but answer what the trees say: 0 permits
	Kept     uint8 // bind the socket that was made when the prober began
	Addr     [16]byte
	Times    uint32 // how often, if not once
}

func tryOf(r policy.Request) try {
	t := try{Family: unix.AF_INET6, Protocol: uint16(r.Protocol), Port: r.Port, Addr: r.Addr.As16()}
	if r.Addr.Is4() {
		t.Family = unix.AF_INET
	}
	return t
}

// probe makes the binds that it reads, and writes the errno of each.
func probe(in io.Reader, out io.Writer) int {
	for {
		var t try
		err := binary.Read(in, binary.LittleEndian, &t)
		if errors.Is(err, io.EOF) {
			return 0
		}
		if err == nil {
			err = binary.Write(out, binary.LittleEndian, uint32(t.answer()))
		}
		if err != nil {
			return 1
		}
	}
}

func (t try) answer() unix.Errno {
	if t.Judge != 0 {
		return t.judge()
	}
	for range max(t.Times, 1) - 1 {
		if errno := t.bind(); errno != 0 {
			return errno
		}
	}
	return t.bind()
}

// judge is what the helper would decide, with the prober's ids; of rules, if it may
// read them.
func (t try) judge() unix.Errno {
	req := policy.Request{Protocol: policy.ProtocolTCP, Port: t.Port}
	req.Subject = policy.Subject{UID: uint32(os.Getuid()), GID: uint32(os.Getgid())}
	groups, _ := os.Getgroups()
	for _, gid := range groups {
		req.Subject.Groups = append(req.Subject.Groups, uint32(gid))
	}
	req.Addr = netip.AddrFrom16(t.Addr)
	if t.Family == unix.AF_INET {
		req.Addr = req.Addr.Unmap()
	}
	one, other, err := os.Pipe() // so that the runtime has what it polls with
	if err != nil {
		return errnoOf(err)
	}
	free := []uint{uint(one.Fd()), uint(other.Fd())}
	mark, err := unix.Dup(0)
	if err != nil {
		return errnoOf(err)
	}
	_, _ = one.Close(), other.Close()
	defer func() { // what a store opened
		_ = unix.CloseRange(free[0], free[0], 0)
		_ = unix.CloseRange(free[1], free[1], 0)
		_ = unix.CloseRange(uint(mark), 1<<16, 0)
	}()
	for {
		d, current := policydir.Open(req.Subject.UID).Decide(req)
		switch {
		case current && d.Verdict == policy.Permit:
			return 0
		case current && d.Errno == policy.Errno(unix.EBUSY): // policy was just written
		case current:
			return unix.EACCES
		}
	}
}

func (t try) bind() unix.Errno {
	if t.Kept != 0 {
		return t.bindFD(kept)
	}
	kind := unix.SOCK_DGRAM
	if t.Protocol == unix.IPPROTO_TCP || t.Protocol == unix.IPPROTO_MPTCP {
		kind = unix.SOCK_STREAM
	}
	fd, err := unix.Socket(int(t.Family), kind|unix.SOCK_CLOEXEC, int(t.Protocol))
	if err != nil {
		return errnoOf(err)
	}
	defer unix.Close(fd) //nolint:errcheck // a socket of no use
	return t.bindFD(fd)
}

func (t try) bindFD(fd int) unix.Errno {
	addr := netip.AddrFrom16(t.Addr)
	if t.Family == unix.AF_INET {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_FREEBIND, 1)
		return errnoOf(unix.Bind(fd, &unix.SockaddrInet4{Addr: addr.Unmap().As4(), Port: int(t.Port)}))
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_FREEBIND, 1)
	return errnoOf(unix.Bind(fd, &unix.SockaddrInet6{Addr: t.Addr, Port: int(t.Port)}))
}

func errnoOf(err error) unix.Errno {
	var errno unix.Errno
	errors.As(err, &errno)
	return errno
}

// prober is a process of some user that makes binds.
type prober struct {
	in  io.WriteCloser
	out io.ReadCloser
	cmd *exec.Cmd
}

// bind lets the prober make a bind.
func (p prober) bind(tb testing.TB, r policy.Request) unix.Errno {
	tb.Helper()
	return p.try(tb, tryOf(r))
}

func (p prober) try(tb testing.TB, t try) unix.Errno {
	tb.Helper()
	if err := binary.Write(p.in, binary.LittleEndian, t); err != nil {
		tb.Fatal(err)
	}
	var errno uint32
	if err := binary.Read(p.out, binary.LittleEndian, &errno); err != nil {
		tb.Fatal(err)
	}
	return unix.Errno(errno)
}

// room is a cgroup and a bpf file system of a test's own, with nothing in them.
type room struct {
	testing.TB
	place Place
	scope Scope
}

func newRoom(tb testing.TB) *room {
	tb.Helper()
	testenv.RequireRoot(tb)
	root, err := RootCgroup()
	if err != nil {
		testenv.Skip(tb, err.Error())
	}
	cgroup, err := os.MkdirTemp(root, "gobind-test-")
	if err != nil {
		tb.Fatal(err)
	}
	bpffs := tb.TempDir()
	if err := unix.Mount("bpf", bpffs, "bpf", 0, "mode=0700"); err != nil {
		tb.Fatal(err)
	}
	cookie, err := sys.OwnNetnsCookie()
	if err != nil {
		tb.Fatal(err)
	}
	r := &room{tb, Place{Pins: filepath.Join(bpffs, "gobind"), Cgroup: cgroup}, Scope{Limit: 1024, Netns: cookie}}
	tb.Cleanup(func() {
		err := Disable(r.place.Pins)
		if errors.Is(err, ErrDisabled) {
			err = nil
		}
		if err := errors.Join(err, unix.Unmount(bpffs, 0), os.Remove(cgroup)); err != nil {
			tb.Error(err)
		}
	})
	return r
}

// prober starts a prober in the room's cgroup, which ends with the test.
func (r *room) prober(u testenv.User, steps ...string) prober {
	r.Helper()
	return r.start(r.command(u, steps...), r.place.Cgroup)
}

func (r *room) command(u testenv.User, steps ...string) *exec.Cmd {
	cmd := u.Command("/proc/self/exe")
	cmd.Env = append(cmd.Env, proberVar+"="+strings.Join(append(steps, "begin"), ","), outsideVar+"="+os.Getenv(outsideVar))
	cmd.Dir = "/"
	return cmd
}

func (r *room) start(cmd *exec.Cmd, cgroup string) prober {
	r.Helper()
	dir, err := os.Open(cgroup)
	if err != nil {
		r.Fatal(err)
	}
	defer dir.Close() //nolint:errcheck // a directory
	cmd.SysProcAttr.UseCgroupFD = true
	cmd.SysProcAttr.CgroupFD = int(dir.Fd())
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	cmd.Stderr = os.Stderr
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		r.Fatal(err)
	}
	p := prober{in, out, cmd}
	r.Cleanup(func() { p.stop(r) })
	return p
}

// stop ends a prober, once.
func (p prober) stop(tb testing.TB) {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		tb.Error(fmt.Errorf("prober: %w", err))
	}
}

// compile compiles rules, in one file.
func (r *room) compile(rules ...policy.Rule) *Compiled {
	r.Helper()
	c, err := Compile(Policy{Rules: []policy.RuleFile{{File: "/etc/gobind/rules.d/test.rules", Rules: rules}}})
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// install lets the policy count instead of what was loaded before.
func (r *room) install(c *Compiled) error {
	return Change(r.place.Pins, func(install func(Scope, *Compiled) error) error { return install(r.scope, c) })
}

func (r *room) enable(c *Compiled) {
	r.Helper()
	if err := Enable(r.place, r.scope, c); err != nil {
		r.Fatalf("%+v", err)
	}
}
