package compliance

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// What random requests ask for, and random trees speak of. It is little, so that
// they meet.
var (
	ports = []uint16{1, 79, 80, 81, 511, 512, 513, 1023}
	addrs = []netip.Addr{
		netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("0.0.0.0"),
		netip.MustParseAddr("::1"), netip.MustParseAddr("::"), netip.MustParseAddr("::ffff:127.0.0.1"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::1.2.3.4"), netip.MustParseAddr("::1:0"),
	}
	modes  = []uint32{0o755, 0o500, 0o700, 0o100, 0o010, 0o001, 0o510, 0o644, 0, 0o600, 0o111, 0o4555, 0o1777}
	owners = []int{0, int(testenv.Alice.UID), int(testenv.Bob.UID), int(testenv.Carol.UID)}
	groups = []int{0, testenv.WebGroup, int(testenv.Alice.GID), int(testenv.Bob.GID)}
	texts  = map[string][]string{ // what an address is written as
		"127.0.0.1":        {"127.0.0.1", "127.0.0.1", "127.1", "0177.0.0.1", "127.0.0.01"},
		"::1":              {"::1", "0:0:0:0:0:0:0:1", "0::1", "::0:1", "::0.0.0.1"},
		"::ffff:127.0.0.1": {"::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:1", "::FFFF:127.0.0.1"},
		"::1.2.3.4":        {"::1.2.3.4", "::102:304", "0:0:0:0:0:0:102:304"},
		"2001:db8::1":      {"2001:db8::1", "2001:DB8::1", "2001:0db8::1", "2001:db8:0:0:0:0:0:1"},
		"::1:0":            {"::1:0", "::0.1.0.0", "0:0:0:0:0:0:1:0"},
	}
)

// askers are who asks: users of the world, and two with ids that no name has.
var askers = []testenv.User{
	testenv.Alice, testenv.Bob, testenv.Carol,
	{Name: "nameless", UID: 4_000_000_000, GID: testenv.WebGroup},
	{Name: "grouped", UID: 61999, GID: 61999, Groups: []uint32{testenv.Bob.GID, testenv.WebGroup, 4_000_000_001}},
}

// spelled is the address, in one of the ways in which somebody may write it.
func spelled(random *rand.Rand, addr netip.Addr) string {
	if ways := texts[addr.String()]; len(ways) > 0 {
		return pick(random, ways)
	}
	return addr.String()
}

// randomTree fills /etc/authbind.
func randomTree(t *testing.T, random *rand.Rand) {
	t.Helper()
	bang := func() string { return pick(random, []string{"", "", "!"}) }
	for range random.IntN(6) {
		randomFile(t, random, fmt.Sprintf("byport/%s%d", bang(), pick(random, ports)), "")
	}
	for range random.IntN(12) {
		name := fmt.Sprintf("byaddr/%s%s%s%d", bang(), spelled(random, pick(random, addrs)), pick(random, []string{",", ":"}), pick(random, ports))
		randomFile(t, random, name, "")
	}
	for _, who := range askers {
		for _, name := range []string{fmt.Sprint(who.UID), fmt.Sprintf("!%d", who.UID)} {
			if random.IntN(4) == 0 {
				continue
			}
			var text strings.Builder
			for range random.IntN(8) {
				text.WriteString(randomLine(random))
			}
			randomFile(t, random, "byuid/"+name, text.String())
		}
	}
	if random.IntN(12) == 0 {
		change(t, os.RemoveAll(inTree(pick(random, []string{"byport", "byaddr", "byuid"}))))
	}
	if random.IntN(8) == 0 {
		dir := inTree(pick(random, []string{"byport", "byaddr", "byuid", "."}))
		if _, err := os.Stat(dir); err == nil {
			change(t, os.Chown(dir, pick(random, []int{0, 0, 0, int(testenv.Bob.UID)}), pick(random, groups)))
			change(t, unix.Chmod(dir, pick(random, []uint32{0o700, 0o711, 0, 0o755, 0o750, 0o770, 0o777, 0o1777})))
		}
	}
	if random.IntN(40) == 0 {
		change(t, os.RemoveAll(inTree(".")))
	}
}

// randomFile makes a file, or something else, of a random owner and mode.
func randomFile(t *testing.T, random *rand.Rand, name, text string) {
	t.Helper()
	path := inTree(name)
	if _, err := os.Lstat(path); err == nil {
		return
	}
	switch random.IntN(16) {
	case 0:
		change(t, os.Mkdir(path, 0o755))
	case 1:
		change(t, os.Symlink(pick(random, []string{"nowhere", "80", "../byport/80", "/bin/true", filepath.Base(name)}), path))
		return
	default:
		change(t, os.WriteFile(path, []byte(text), 0o644))
	}
	owner, group, mode := pick(random, owners), pick(random, groups), pick(random, modes)
	if text != "" && random.IntN(4) != 0 { // a byuid file that counts
		owner, mode = 0, pick(random, []uint32{0o644, 0o644, 0o600, 0o600, 0, 0o664, 0o646})
	}
	change(t, os.Chown(path, owner, group))
	change(t, unix.Chmod(path, mode))
}

// randomLine is a line of a byuid file, or nearly one.
func randomLine(random *rand.Rand) string {
	addr, port := spelled(random, pick(random, addrs)), pick(random, ports)
	bits := pick(random, []int{0, 1, 8, 24, 31, 32, 33, 64, 127, 128, 129})
	line := pick(random, []string{
		fmt.Sprintf("%s,%d", addr, port), fmt.Sprintf("%s:%d,%d", addr, port, port), fmt.Sprintf("%s/%d,%d", addr, bits, port),
		fmt.Sprintf("%s/%d:%d,%d", addr, bits, port, port), fmt.Sprintf("%s/%d:%d,%d", addr, bits, min(port, 80), max(port, 80)),
		fmt.Sprintf("%s-%s,%d", addr, spelled(random, pick(random, addrs)), port), fmt.Sprintf("%s,%d-%d", addr, port, port),
		fmt.Sprintf("%s-%s,%d-%d", addr, spelled(random, pick(random, addrs)), min(port, 80), max(port, 512)),
		fmt.Sprintf("%s,%d", addr, 1<<32+int64(port)), fmt.Sprintf("0.0.0.0/%d:%d,%d", bits, port, port), fmt.Sprintf("::/%d,%d-%d", bits, port, 1023), fmt.Sprintf("%s/%d/%d", addr, port, port),
	})
	if random.IntN(6) == 0 && line != "" { // one character more, less or other
		at := random.IntN(len(line))
		line = line[:at] + pick(random, []string{"", " ", "\t", "#", "-", ",", ":", "/", "0", "9", "+", "\x00", "\r"}) + line[at+random.IntN(2):]
	}
	return line + pick(random, []string{"\n", "\n", "\n", "\n", " \n", "\r\n", " # no\n", "", "\n\n"})
}

func change(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
