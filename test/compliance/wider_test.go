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
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/netns"
)

// theirHelper is what Debian's authbind asks: docs/authbind-differences.md.
const theirHelper = "/usr/lib/authbind/helper"

// What gobind's authbind personality grants, authbind's helper grants, too: random
// trees, each asked for every address and port, by real users, of both real helpers. GOBIND_WIDER_COUNT is
// how many requests (make test-wider: a million), GOBIND_WIDER_SEED the first of
// the trees' seeds.
func TestNoneWider(t *testing.T) {
	testenv.Require(t, "authbind")
	ours := testenv.Install(t).Helper()
	count, seed := number("GOBIND_WIDER_COUNT", 8_000), number("GOBIND_WIDER_SEED", int(time.Now().UnixNano()&0xffffff))
	var asked, granted, narrower int
	for ; asked < count; seed++ {
		random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // repeatable
		resetPolicy(t)
		randomTree(t, random)
		for _, who := range []testenv.User{testenv.Alice, testenv.Bob, testenv.Carol} {
			asked += len(addrs) * len(ports)
			for _, r := range askOurs(t, ours, who, random) {
				code := askTheirs(t, who, r.addr)
				switch {
				case r.granted && code != 0:
					t.Errorf("seed %d: %s may bind %s by ours (%s), and not by theirs (errno %d)\n%s", seed, who.Name, r.addr, r.source, code, listing(t))
				case r.granted:
					granted++
				case code == 0:
					narrower++
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d requests, %d granted by both; of one in fifty of those that ours refuses, theirs grants %d", asked, granted, narrower)
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

// granting is a request that ours grants, or one of a sample of those that it
// refuses.
type granting struct {
	addr    netip.AddrPort
	granted bool
	source  string
}

// askOurs asks our helper, as who, for everything.
func askOurs(t *testing.T, path string, who testenv.User, random *rand.Rand) []granting {
	t.Helper()
	var list []granting
	ask, end := ourHelper(t, path, who)
	for i := range len(addrs) * len(ports) {
		addr := netip.AddrPortFrom(addrs[i/len(ports)], ports[i%len(ports)])
		reply, err := ask(addr)
		for err != nil || reply.Reason == helper.ReasonRestart { // it may not see its policy's age
			end()
			ask, end = ourHelper(t, path, who)
			reply, err = ask(addr)
		}
		if reply.Bound() || random.IntN(50) == 0 {
			list = append(list, granting{addr, reply.Bound(), fmt.Sprintf("%s:%d", reply.Source.File, reply.Source.Line)})
		}
	}
	end()
	return list
}

// ourHelper starts our helper as who, and returns what asks it and what ends it.
func ourHelper(t *testing.T, path string, who testenv.User) (ask func(netip.AddrPort) (helper.Reply, error), end func()) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	cmd := who.Command(path)
	cmd.Stdin = theirs
	if err := errors.Join(cmd.Start(), theirs.Close()); err != nil {
		t.Fatal(err)
	}
	conn := client.New(pair[0])
	ask = func(addr netip.AddrPort) (helper.Reply, error) {
		sock := freeSocket(t, addr)
		defer unix.Close(sock) //nolint:errcheck // bound, and of no more use
		return conn.Bind(sock, addr, 0, true, helper.Claim{})
	}
	return ask, func() {
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
	cmd.Stdin = sock
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
	out, err := exec.Command("sh", "-c", "ls -lnR "+policyDir+"; grep -n '' "+policyDir+"/byuid/* /dev/null").CombinedOutput()
	return fmt.Sprintf("%s%v", out, err)
}
