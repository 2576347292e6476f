package kernel

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/policy"
)

// aliceHas80 is a policy by which Alice has port 80 of TCP, and nobody anything else.
func aliceHas80(r *room) *Compiled {
	return r.compile(rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "*", 80, 80))
}

var (
	port80 = request(policy.ProtocolTCP, "127.0.0.1", 80)
	port81 = request(policy.ProtocolTCP, "127.0.0.1", 81)
)

// Whose ids count, and where.
func TestIdentityAndNamespaces(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	alice := "=61001"
	other := testenv.Root
	crowd := testenv.Alice
	crowd.Groups = series(70001, MaxGroups+1)
	for _, test := range []struct {
		name  string
		user  testenv.User
		steps []string
		want  unix.Errno
	}{
		{"Alice", testenv.Alice, nil, 0},
		{"Alice in more groups than are looked at, where no rule is about groups", crowd, nil, 0},
		{"Bob", testenv.Bob, nil, unix.EACCES},
		{"root who became Alice", other, []string{"real" + alice, "effective" + alice}, 0},
		{"Alice by her real uid alone", other, []string{"real" + alice, "effective=61002"}, 0},
		{"Alice by her effective uid alone", other, []string{"real=61002", "effective" + alice}, unix.EACCES},
		{"another network namespace", other, []string{"unshare", "real" + alice, "effective" + alice}, unix.EACCES},
		{"the network namespace outside", other, []string{"outside", "real" + alice, "effective" + alice}, unix.EACCES},
	} {
		if got := r.prober(test.user, test.steps...).bind(t, port80); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Sockets that were made elsewhere: the cgroup and the network namespace are those in
// which a socket was made, the ids are those of the process that binds it.
func TestPassedSockets(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	become := []string{"real=61001", "effective=61001"}
	kept := tryOf(port80)
	kept.Kept = 1
	for name, test := range map[string]struct {
		steps []string
		want  unix.Errno
	}{
		"made by root":                        {[]string{"socket"}, 0},
		"made in another network namespace":   {[]string{"unshare", "socket", "home"}, unix.EACCES},
		"made here, bound from another netns": {[]string{"socket", "unshare"}, 0},
	} {
		p := r.prober(testenv.Root, append(test.steps, become...)...)
		if got := p.try(t, kept); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		p.stop(t) // it has the socket
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	outside := os.NewFile(uintptr(fd), "socket")
	defer outside.Close() //nolint:errcheck // a socket of no use
	cmd := r.command(testenv.Alice, "inherited=3")
	cmd.ExtraFiles = []*os.File{outside}
	if got := r.start(cmd, r.place.Cgroup).try(t, kept); got != unix.EACCES {
		t.Errorf("made outside of the cgroup: %v", got)
	}
	if got := r.start(r.command(testenv.Alice), filepath.Dir(r.place.Cgroup)).bind(t, port80); got != unix.EACCES {
		t.Errorf("a process outside of the cgroup: %v", got)
	}
}

// Root of a user namespace is who made it, to the programs and to the kernel.
func TestUserNamespace(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	self := copyOfSelf(t)
	for _, u := range []testenv.User{testenv.Alice, testenv.Bob} {
		cmd := r.command(u)
		cmd.Args = []string{"unshare", "-Ur", self}
		cmd.Path = testenv.Require(t, "unshare")
		p := r.start(cmd, r.place.Cgroup)
		want := unix.EACCES
		if u.UID == testenv.Alice.UID {
			want = 0
		}
		if got := p.bind(t, port80); got != want {
			t.Errorf("%s: %v, want %v", u.Name, got, want)
		}
		if got := p.bind(t, port81); got != unix.EACCES {
			t.Errorf("%s, another port: %v", u.Name, got)
		}
	}
}

// copyOfSelf is the test binary as a file that others may execute.
func copyOfSelf(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	name := filepath.Join(testenv.Dir(), "prober")
	if err = errors.Join(err, os.WriteFile(name, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(name) })
	return name
}

// With no namespace named, the first one counts and no other.
func TestFirstNetworkNamespace(t *testing.T) {
	r := newRoom(t)
	r.scope.Netns = 0
	r.enable(aliceHas80(r))
	if got := r.prober(testenv.Alice).bind(t, port80); got != unix.EACCES {
		t.Errorf("in the world: %v", got)
	}
	p := r.prober(testenv.Root, "outside", "real=61001", "effective=61001")
	want := unix.EACCES
	if isFirst(t) {
		want = 0
	}
	for _, addr := range []string{"127.0.0.1", "::1"} {
		req := request(policy.ProtocolTCP, addr, 80)
		if got := p.bind(t, req); got != want && got != unix.EADDRINUSE {
			t.Errorf("outside: %v, want %v", got, want)
		}
	}
	if got := p.bind(t, request(policy.ProtocolTCP, "127.0.0.1", 1022)); got != unix.EACCES {
		t.Errorf("outside, another port: %v", got)
	}
}

// isFirst reports whether the tests were started in the first network namespace.
func isFirst(tb testing.TB) bool {
	tb.Helper()
	return os.Getenv(firstVar) == "1"
}

// Nobody who has the capability is refused, whatever the rules deny.
func TestDenyIsNeutral(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(rule(policy.Deny, policy.Who{}, policy.ProtocolTCP, "*", 1, 65535)))
	if got := r.prober(testenv.Root).bind(t, port80); got != 0 {
		t.Errorf("root: %v", got)
	}
	alice := r.prober(testenv.Alice)
	if got := alice.bind(t, port80); got != unix.EACCES {
		t.Errorf("Alice: %v", got)
	}
	if got := alice.bind(t, request(policy.ProtocolTCP, "127.0.0.1", 1024)); got != 0 {
		t.Errorf("an ordinary port: %v", got)
	}
}

// Whoever is in more groups than the programs look at gets nothing by rules about
// groups, and by no other where there are such.
func TestTooManyGroups(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(
		rule(policy.Permit, policy.Who{}, policy.ProtocolTCP, "*", 80, 80),
		rule(policy.Deny, policy.Who{Kind: policy.Group, ID: 70001 + MaxGroups}, policy.ProtocolTCP, "*", 80, 80),
	))
	crowd := testenv.Bob
	for n, want := range map[int]unix.Errno{MaxGroups: 0, MaxGroups + 1: unix.EACCES} {
		crowd.Groups = series(70001, n)
		if got := r.prober(crowd).bind(t, port80); got != want {
			t.Errorf("%d groups: %v, want %v", n, got, want)
		}
	}
}

// Other protocols that the hook is called for.
func TestProtocols(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(
		rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "*", 80, 80),
		rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolUDP, "*", 53, 53)))
	p := r.prober(testenv.Alice)
	for _, test := range []struct {
		protocol policy.Protocol
		number   uint16
		port     uint16
		want     unix.Errno
	}{
		{0, unix.IPPROTO_MPTCP, 80, 0}, {0, unix.IPPROTO_MPTCP, 53, unix.EACCES},
		{unix.IPPROTO_UDPLITE, 0, 53, 0}, {unix.IPPROTO_UDPLITE, 0, 80, unix.EACCES},
	} {
		for _, addr := range []string{"127.0.0.1", "::1", "::"} {
			one := tryOf(request(test.protocol, addr, test.port))
			one.Protocol = max(one.Protocol, test.number)
			got := p.try(t, one)
			if got == unix.EPROTONOSUPPORT || got == unix.ENOPROTOOPT {
				continue // this kernel does without
			}
			if got != test.want {
				t.Errorf("%+v: %v, want %v", one, got, test.want)
			}
		}
	}
}

// Disable leaves nothing: no program, link, map or pin; and everything that there was
// was root's alone.
func TestDisable(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	alice := r.prober(testenv.Alice)
	if got := alice.bind(t, port80); got != 0 {
		t.Fatal(got)
	}
	var gone []func() error
	pins, err := os.ReadDir(r.place.Pins)
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range append(pins, nil) {
		path, want := r.place.Pins, os.FileMode(0o700)|os.ModeDir
		if pin != nil {
			path, want = filepath.Join(path, pin.Name()), 0o600
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if strings.HasPrefix(filepath.Base(path), "link") {
			gone = append(gone, objects(t, path)...)
		}
	}
	if len(gone) != 20 {
		t.Errorf("%d objects", len(gone))
	}
	if err := Enable(r.place, r.scope, aliceHas80(r)); !errors.Is(err, ErrEnabled) {
		t.Errorf("enabled twice: %v", err)
	}
	if err := Disable(r.place.Pins); err != nil {
		t.Fatal(err)
	}
	if got := alice.bind(t, port80); got != unix.EACCES {
		t.Errorf("disabled: %v", got)
	}
	for _, find := range gone {
		for deadline := time.Now().Add(20 * time.Second); !errors.Is(find(), os.ErrNotExist); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("something is left")
			}
		}
	}
	for name, err := range map[string]error{
		"disabled twice": Disable(r.place.Pins), "reload": r.install(aliceHas80(r)),
	} {
		if !errors.Is(err, ErrDisabled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// objects are what looks for a link, its program, and its maps.
func objects(t *testing.T, path string) []func() error {
	l, err := link.LoadPinnedLink(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // opened to look at
	info, err := l.Info()
	if err != nil {
		t.Fatal(err)
	}
	p, err := ebpf.NewProgramFromID(info.Program)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // opened to look at
	about, err := p.Info()
	if err != nil {
		t.Fatal(err)
	}
	maps, _ := about.MapIDs()
	find := []func() error{
		func() error { return found(link.NewFromID(info.ID)) },
		func() error { return found(ebpf.NewProgramFromID(info.Program)) },
	}
	for _, id := range maps {
		find = append(find, func() error { return found(ebpf.NewMapFromID(id)) })
	}
	return find
}

// found lets go of what was found, so that it can go away.
func found[T io.Closer](object T, err error) error {
	if err == nil {
		err = object.Close()
	}
	return err
}

// The kernel lends what the programs need to nobody whose licence it does not know as one
// that goes with its own.
func TestLicense(t *testing.T) {
	testenv.RequireRoot(t)
	layout, err := readLayout()
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMaps()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close() //nolint:errcheck // nothing is in them
	for license, works := range map[string]bool{license: true, "Apache-2.0": false, "MIT": false} {
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
			Type: ebpf.CGroupSockAddr, AttachType: ebpf.AttachCGroupInet4Bind, License: license, Instructions: program(m, layout, false),
		})
		if err == nil {
			err = p.Close()
		}
		if (err == nil) != works {
			t.Errorf("%s: %v", license, err)
		}
	}
}

// A kernel that takes no other answers than 0 and 1, as before Linux 5.12, is told by one
// clear line; one that takes no program at all by its error.
func TestProbeOlderKernel(t *testing.T) {
	older := func(answer int32) error {
		if answer > 1 {
			return unix.EINVAL
		}
		return nil
	}
	if err := probeWaiver(older); !errors.Is(err, ErrNoWaiver) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	if err := probeWaiver(func(int32) error { return unix.EPERM }); !errors.Is(err, os.ErrPermission) {
		t.Errorf("%v", err)
	}
	testenv.RequireRoot(t)
	if err := probeWaiver(loadAnswer); err != nil {
		t.Errorf("this kernel: %v", err)
	}
}
