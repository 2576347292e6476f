package compliance

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/netns"
)

// theirHelper is what Debian's authbind asks: docs/authbind-differences.md.
const theirHelper = "/usr/lib/authbind/helper"

// What gobind's authbind personality grants, authbind's helper grants, too: random
// trees, each asked for every address and port, by real users, of both real
// helpers. Of what ours refuses a sample is asked of theirs: where that grants, a
// documented difference says why. GOBIND_WIDER_COUNT is how many requests (make
// test-wider: a million), GOBIND_WIDER_SEED the first of the trees' seeds.
func TestNoneWider(t *testing.T) {
	testenv.Require(t, "authbind")
	ours := testenv.Install(t).Helper()
	count, seed := number("GOBIND_WIDER_COUNT", 8_000), number("GOBIND_WIDER_SEED", 1)
	var asked, granted, sampled int
	narrower := map[string]int{} // of a sample, by the difference that it is
	for ; asked < count; seed++ {
		random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // repeatable
		resetPolicy(t)
		randomTree(t, random)
		for _, who := range askers {
			asked += len(addrs) * len(ports)
			for _, r := range askOurs(t, ours, who, random) {
				code := askTheirs(t, who, r.addr)
				switch {
				case r.granted() && code != int(r.reply.Errno):
					t.Errorf("seed %d: %s may bind %s by ours (%+v), and not by theirs (errno %d)\n%s", seed, who.Name, r.addr, r.reply, code, listing(t))
				case r.granted():
					granted++
				case code == 0 && r.difference(who) == "":
					t.Errorf("seed %d: %s may bind %s by theirs, and not by ours (%+v): no documented difference\n%s", seed, who.Name, r.addr, r.reply, listing(t))
				case code == 0:
					narrower[r.difference(who)]++
				}
				if !r.granted() {
					sampled++
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d requests, %d granted by both; of %d that ours refuses, theirs grants, by difference: %v", asked, granted, sampled, narrower)
	if granted < asked/100 {
		t.Errorf("%d of %d requests were granted: not much of a test", granted, asked)
	}
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// judged is a request that ours grants, or one of a sample of those that it
// refuses.
type judged struct {
	addr  netip.AddrPort
	reply helper.Reply
}

func (r judged) granted() bool { return r.reply.Verdict == helper.Permit }

// difference is the documented one that makes ours refuse where theirs grants, or
// empty.
func (r judged) difference(who testenv.User) string {
	byUID := strings.HasPrefix(r.reply.Source.File, policyDir+"/byuid/")
	name := fmt.Sprintf("byuid/%d", who.UID)
	if r.addr.Port() >= 512 {
		name = fmt.Sprintf("byuid/!%d", who.UID)
	}
	text, err := os.ReadFile(inTree(name))
	var file, dir unix.Stat_t
	_, _ = unix.Stat(inTree(name), &file), unix.Stat(inTree("byuid"), &dir)
	unreadable := byUID && r.reply.Reason == helper.ReasonError && r.reply.Errno == uint16(unix.EACCES)
	switch {
	case unreadable && (file.Uid != 0 || file.Mode&0o400 == 0):
		return "D9" // by its mode root, as its owner, may not read it
	case unreadable && dir.Mode&0o100 == 0:
		return "D10" // nor search the directory
	case r.reply.Reason == helper.ReasonUnsafe && byUID:
		return "D9" // who may write the file
	case r.reply.Reason == helper.ReasonUnsafe:
		return "D10" // who may write the directory
	case r.reply.Reason == helper.ReasonNoRule && err == nil && wraps(text):
		return "D8" // a number that wraps
	default:
		return ""
	}
}

// wraps reports whether a number is in the text that 32 bits do not hold.
func wraps(text []byte) bool {
	return slices.ContainsFunc(numbers.FindAllString(string(text), -1), func(n string) bool {
		_, err := strconv.ParseUint(n, 10, 32)
		return err != nil
	})
}

var numbers = regexp.MustCompile(`[0-9]+`)

// askOurs asks our helper, as who, for everything.
func askOurs(t *testing.T, path string, who testenv.User, random *rand.Rand) []judged {
	t.Helper()
	var list []judged
	ask, end := ourHelper(t, path, who)
	for i := range len(addrs) * len(ports) {
		addr := netip.AddrPortFrom(addrs[i/len(ports)], ports[i%len(ports)])
		reply, err := ask(addr)
		for tries := 0; err != nil || reply.Reason == helper.ReasonRestart; tries++ { // it may not see its policy's age
			if tries == 8 {
				t.Fatalf("%s, %s: no helper serves: %+v, %v\n%s", who.Name, addr, reply, err, listing(t))
			}
			end()
			ask, end = ourHelper(t, path, who)
			reply, err = ask(addr)
		}
		if r := (judged{addr, reply}); r.granted() || random.IntN(50) == 0 {
			list = append(list, r)
		}
	}
	end()
	return list
}

// ourHelper starts our helper as who, and returns what asks it and what ends it.
func ourHelper(t *testing.T, path string, who testenv.User) (ask func(netip.AddrPort) (helper.Reply, error), end func()) {
	t.Helper()
	conn, end := startHelper(t, path, who)
	return func(addr netip.AddrPort) (helper.Reply, error) {
		sock := freeSocket(t, addr)
		defer unix.Close(sock) //nolint:errcheck // bound, and of no more use
		return conn.Bind(sock, addr, 0, true, helper.Claim{})
	}, end
}

// startHelper starts our helper as who, and returns the channel to it and what ends
// it.
func startHelper(t *testing.T, path string, who testenv.User) (conn *client.Conn, end func()) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	cmd := who.Command(path)
	cmd.Stdin, cmd.Dir = theirs, "/"
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	conn = client.New(pair[0])
	return conn, func() {
		if err := errors.Join(conn.Close(), cmd.Wait()); err != nil {
			t.Fatal(err)
		}
	}
}

// askTheirs asks authbind's helper, as who, and returns its errno.
func askTheirs(t *testing.T, who testenv.User, addr netip.AddrPort) int {
	t.Helper()
	sock := os.NewFile(uintptr(freeSocket(t, addr)), "socket")
	defer sock.Close() //nolint:errcheck // bound, and of no more use
	port := make([]byte, 2)
	binary.BigEndian.PutUint16(port, addr.Port())
	args := []string{hex.EncodeToString(addr.Addr().AsSlice()), fmt.Sprintf("%04x", binary.NativeEndian.Uint16(port)), "6"}
	if addr.Addr().Is4() {
		a := addr.Addr().As4()
		args = []string{fmt.Sprintf("%08x", binary.NativeEndian.Uint32(a[:])), args[1]}
	}
	cmd := who.Command(theirHelper, args...)
	cmd.Stdin, cmd.Dir = sock, "/"
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// freeSocket is a socket that may be bound to any address.
func freeSocket(t *testing.T, addr netip.AddrPort) int {
	t.Helper()
	domain := unix.AF_INET6
	if addr.Addr().Is4() {
		domain = unix.AF_INET
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = netns.AnyAddress(fd, domain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// listing is the tree as it is, for a failure to be understood.
func listing(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", "ls -lnR "+policyDir+" "+ourDir+"; grep -n '' "+policyDir+"/byuid/* "+ourDir+"/byuid/* "+ourDir+"/rules.d/* /dev/null").CombinedOutput()
	return fmt.Sprintf("%s%v", out, err)
}
