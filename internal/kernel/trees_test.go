package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
	"gobind/internal/tree"
	"gobind/policy"
)

var treeDirs = []string{"/etc/gobind", "/etc/authbind"}

// clean makes the directories of the trees, empty.
func clean(tb testing.TB) {
	tb.Helper()
	for _, dir := range treeDirs {
		err := os.RemoveAll(dir)
		for _, sub := range []string{"", "/byport", "/byaddr", "/byuid"} {
			err = errors.Join(err, os.Mkdir(dir+sub, 0o755))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// grow writes random trees.
func (r random) grow(tb testing.TB) {
	clean(tb)
	for _, dir := range treeDirs {
		for range r.IntN(4) {
			r.accessFile(tb, dir+"/byport/"+tree.PortName(r.port()))
		}
		for range r.IntN(8) {
			req := r.request()
			names := tree.AddrNames(netipAddrPort(req))
			r.accessFile(tb, dir+"/byaddr/"+pick(r, names...))
		}
		for range r.IntN(3) {
			name := fmt.Sprintf("%s%d", pick(r, "", "!"), pick(r, testenv.Alice.UID, testenv.Bob.UID, testenv.Carol.UID))
			r.byUIDFile(tb, dir+"/byuid/"+name)
		}
		if r.IntN(15) == 0 {
			r.spoil(tb, dir+pick(r, "", "/byport", "/byaddr", "/byuid"))
		}
	}
}

// spoil makes a directory one that policy does not believe, or that is not there.
func (r random) spoil(tb testing.TB, dir string) {
	var err error
	switch r.IntN(3) {
	case 0:
		err = os.Chmod(dir, 0o777)
	case 1:
		err = os.RemoveAll(dir)
	case 2:
		err = errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o755))
	}
	if err != nil {
		tb.Fatal(err)
	}
}

func (r random) accessFile(tb testing.TB, name string) {
	uid := pick(r, 0, testenv.Alice.UID, testenv.Bob.UID)
	gid := pick(r, 0, testenv.WebGroup, testenv.Carol.GID)
	err := errors.Join(os.WriteFile(name, nil, 0o600), os.Chown(name, int(uid), int(gid)), os.Chmod(name, os.FileMode(r.IntN(0o1000))))
	if err == nil && r.IntN(3) == 0 {
		err = unix.Setxattr(name, "system.posix_acl_access", r.acl(), 0)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// acl is a random access control list as the kernel takes it.
func (r random) acl() []byte {
	raw := binary.LittleEndian.AppendUint32(nil, 2)
	add := func(tag uint16, id uint32) {
		raw = binary.LittleEndian.AppendUint16(raw, tag)
		raw = binary.LittleEndian.AppendUint16(raw, uint16(r.IntN(8)))
		raw = binary.LittleEndian.AppendUint32(raw, id)
	}
	const nobody = 0xffffffff
	add(0x01, nobody)
	for _, id := range []uint32{testenv.Alice.UID, testenv.Bob.UID, testenv.Carol.UID} {
		if r.IntN(2) == 0 {
			add(0x02, id)
		}
	}
	add(0x04, nobody)
	for _, id := range []uint32{testenv.Alice.GID, testenv.Carol.GID, testenv.WebGroup} {
		if r.IntN(2) == 0 {
			add(0x08, id)
		}
	}
	add(0x10, nobody)
	add(0x20, nobody)
	return raw
}

func (r random) byUIDFile(tb testing.TB, name string) {
	var text strings.Builder
	for range r.IntN(5) {
		addr := pick(r, "0.0.0.0/0", "::/0", "127.0.0.1", "127.0.0.0/30", "127.0.0.1-127.0.0.3", "::1-2001:db8::1",
			"::ffff:0.0.0.0/96", "127.0.0.1/8", "1.2.3.4-::1", "192.0.2.0-192.0.2.199", "::", "# no")
		ports := fmt.Sprintf("%d-%d", r.port(), r.port())
		if r.IntN(2) == 0 {
			ports = fmt.Sprint(r.port())
		}
		fmt.Fprintf(&text, "%s,%s\n", addr, ports)
	}
	mode := pick[os.FileMode](r, 0o644, 0o644, 0o644, 0o644, 0o664)
	if err := errors.Join(os.WriteFile(name, []byte(text.String()), mode), os.Chmod(name, mode)); err != nil {
		tb.Fatal(err)
	}
}

// answered is a tree that says what was said before.
type answered struct{ permits bool }

func (answered) Dir() string                         { return "" }
func (answered) Open() policy.Fault                  { return policy.Fault{} }
func (answered) ByUID(string) ([]byte, policy.Fault) { return nil, policy.Fault{Errno: policy.ENOENT} }
func (a answered) Access(string) (fault policy.Fault) {
	if !a.permits {
		fault.Errno = policy.EACCES
	}
	return fault
}

// Whatever the trees, with their owners, modes and access control lists, and rules
// before them: real binds of real users end as the helper, with the ids of these
// users, decides by what it reads.
func TestRandomTrees(t *testing.T) {
	r := newRoom(t)
	seed := firstSeed(t)
	t.Logf("seed %d", seed)
	random := random{rand.New(rand.NewPCG(seed, 0))}
	users := []testenv.User{testenv.Alice, testenv.Bob, testenv.Carol}
	var probers []prober
	for _, u := range users {
		probers = append(probers, r.prober(u))
	}
	fs, err := tree.NewFS("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fs.Close)
	r.enable(r.compile())
	permitted := 0
	for range count(t, 40) {
		p := Policy{Trees: treeDirs, FS: fs, UIDs: namedUsers, GIDs: namedGroups}
		random.grow(t)
		if random.IntN(2) == 0 {
			p.Rules = random.files()
		}
		r.reload(p)
		for range 40 {
			i := random.IntN(len(users))
			req := random.request()
			req.Subject = subjectOf(users[i])
			agreed := random.agree(t, probers[i], req, p)
			r.asks(req, map[bool]unix.Errno{false: unix.EACCES}[agreed])
			if agreed {
				permitted++
			}
		}
	}
	t.Logf("%d permitted", permitted)
	clean(t)
}

// agree fails unless a bind ends as policy says, and reports whether it was made.
func (r random) agree(t *testing.T, p prober, req policy.Request, whole Policy) bool {
	t.Helper()
	asked := tryOf(req)
	asked.Judge = 1
	byTrees := p.try(t, asked) == 0
	want := policy.Evaluate(req, lastFirst(whole.Rules), answered{byTrees})
	errno := p.bind(t, req)
	if (errno == 0) != (want.Verdict == policy.Permit) || errno != 0 && errno != unix.EACCES {
		out, _ := exec.Command("sh", "-c", "ls -lnR /etc/gobind /etc/authbind; getfacl -nR /etc/gobind /etc/authbind; tail -n +0 /etc/*bind/byuid/*").CombinedOutput()
		t.Fatalf("%d binds %s %s:%d: %v, the trees say %v, and policy %+v of\n%s%s", req.Subject.UID, req.Protocol, req.Addr, req.Port,
			errno, byTrees, want, say(whole.Rules), out)
	}
	return errno == 0
}
