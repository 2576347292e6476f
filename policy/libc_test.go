package policy_test

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gobind/internal/testenv"
	"gobind/policy"
)

// The C library of this machine writes addresses as AddrText does.
func TestAddrTextIsInetNtop(t *testing.T) {
	var in, want []string
	for _, addr := range ntopAddrs() {
		in = append(in, hex.EncodeToString(addr.AsSlice()))
		want = append(want, policy.AddrText(addr))
	}
	got := libc(t, in, `
b = bytes.fromhex(line)
print(inet_ntop(AF_INET if len(b) == 4 else AF_INET6, b))
`)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-inet_ntop +AddrText)\n%s", diff)
	}
}

// An address in a byuid file is what inet_pton of this machine's C library takes
// for one, and the same one.
func TestAddressIsInetPton(t *testing.T) {
	texts := ptonTexts()
	got := libc(t, texts, `
family = AF_INET6 if ":" in line else AF_INET
try: print("= " + inet_pton(family, line).hex())
except OSError: print("no address")
`)
	accepted := 0
	for i, text := range texts {
		ours, err := netip.ParseAddr(text)
		if raw, ok := strings.CutPrefix(got[i], "= "); ok {
			b, err := hex.DecodeString(raw)
			theirs, _ := netip.AddrFromSlice(b)
			if err != nil || byUID(text+",80", theirs, 80).Verdict == policy.Deny {
				t.Errorf("%q is %v, and a line with it does not permit that", text, theirs)
			}
			accepted++
		} else if err == nil && byUID(text+",80", ours.WithZone(""), 80).Verdict == policy.Permit {
			t.Errorf("%q is no address, and a line with it permits %v", text, ours)
		}
	}
	if accepted < len(texts)/20 || accepted > len(texts)*19/20 {
		t.Errorf("%d of %d texts are addresses: not much of a test", accepted, len(texts))
	}
}

// libc runs a piece of Python for each line, and returns the lines that it
// prints.
func libc(t *testing.T, lines []string, code string) []string {
	t.Helper()
	loop := "import sys\nfrom socket import *\nfor line in sys.stdin.read().splitlines():" +
		strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", "\n    ")
	cmd := exec.Command(testenv.Require(t, "python3"), "-c", loop)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d lines of answers to %d", len(got), len(lines))
	}
	return got
}

// ntopAddrs are all patterns of zero groups, with two values for the others, and
// some thousand addresses at random.
func ntopAddrs() []netip.Addr {
	var addrs []netip.Addr
	for pattern := range 256 {
		for _, value := range []byte{0x01, 0xff} {
			var b [16]byte
			for group := range 8 {
				if pattern>>group&1 != 0 {
					b[2*group], b[2*group+1] = value&0xf0, value
				}
			}
			addrs = append(addrs, netip.AddrFrom16(b))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], random.Uint64()&random.Uint64()&random.Uint64())
		binary.BigEndian.PutUint64(b[8:], random.Uint64()&random.Uint64())
		compatible := netip.AddrFrom16([16]byte{12: b[12], b[13], b[14], b[15]})
		addrs = append(addrs, netip.AddrFrom16(b), compatible, netip.AddrFrom4([4]byte(b[12:])))
	}
	return addrs
}

// ptonTexts are addresses with up to two characters wrong.
func ptonTexts() []string {
	good := []string{"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "::1.2.3.4", "::ffff:127.0.0.1",
		"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:DB8::abcd:0:1", "fe80::1%lo"}
	random := rand.New(rand.NewPCG(3, 4))
	var texts []string
	for range 3000 {
		text := good[random.IntN(len(good))]
		for range random.IntN(3) {
			const odd = "0123f:::...%x -/"
			at, from := random.IntN(len(text)+1), random.IntN(len(odd))
			cut := min(at+random.IntN(2), len(text))
			text = text[:at] + odd[from:from+random.IntN(2)] + text[cut:]
		}
		texts = append(texts, text)
	}
	return texts
}
