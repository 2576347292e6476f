package hostile

import (
	"fmt"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/testenv"
	"gobind/test/kit"
)

// The versions of a byuid file. Neither permits what their mixtures do, and nor
// what the second does when it is cut short.
const (
	oldVersion = "127.0.0.1,81\n"
	newVersion = "127.0.0.2,80\n"
	longPort   = "127.0.0.3,802\n"
)

// forbidden are what mixtures and halves of the versions permit.
var forbidden = []netip.AddrPort{
	netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("127.0.0.2:81"), netip.MustParseAddrPort("127.0.0.3:80"),
}

// atRest is for how long half a file may be there without counting as a version:
// less than policydir's quiet, since who looks at the clock is late.
const atRest = 8 * time.Millisecond

// halves tells how long half a version has been there.
type halves struct {
	rested atomic.Int64 // how many were at rest, and so versions
	since  atomic.Int64 // when the present one began, in nanoseconds
}

// around runs rewrite, which leaves half a version for a while.
func (h *halves) around(rewrite func() error) error {
	began := time.Now()
	h.since.Store(began.UnixNano())
	err := rewrite()
	if time.Since(began) > atRest {
		h.rested.Add(1)
	}
	h.since.Store(0)
	return err
}

// excuse reports whether a half was at rest since there were that many.
func (h *halves) excuse(before int64) bool {
	since := h.since.Load()
	return since != 0 && time.Now().UnixNano()-since > int64(atRest) || h.rested.Load() != before
}

// rewriters change the byuid file from one whole version to another.
var rewriters = map[string]func(f *os.File, text string) error{
	"in place": func(f *os.File, text string) error {
		if _, err := f.WriteAt([]byte(text[:10]), 0); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
		_, err := f.WriteAt([]byte(text[10:]), 10)
		return err
	},
	"truncated": func(f *os.File, text string) error {
		if err := f.Truncate(0); err != nil {
			return err
		}
		_, err := f.WriteAt([]byte(text), 0)
		return err
	},
	"half written": func(f *os.File, text string) error {
		if err := f.Truncate(0); err != nil {
			return err
		}
		if _, err := f.WriteAt([]byte(text[:12]), 0); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
		_, err := f.WriteAt([]byte(text[12:]), 12)
		return err
	},
	"replaced": func(_ *os.File, text string) error {
		if err := os.WriteFile(byuidFile+".new", []byte(text), 0o644); err != nil {
			return err
		}
		return os.Rename(byuidFile+".new", byuidFile)
	},
}

// F4: while the file is rewritten, in whatever way, each decision is by one whole
// version of it, or a refusal.
func TestF4Rewritten(t *testing.T) {
	for way, rewrite := range rewriters {
		t.Run(way, func(t *testing.T) {
			kit.Allow(t, "byuid/61001", oldVersion)
			f, err := os.OpenFile(byuidFile, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close() //nolint:errcheck // a test's own file
			var h halves
			done := make(chan error, 1)
			rounds := kit.Hostile.Of(600, 10_000)
			go func() { done <- rewriteOften(f, rewrite, rounds, &h) }()
			asked, bound := askMeanwhile(t, done, &h)
			t.Logf("%d versions, %d requests, %d halves at rest; bound: %v", rounds, asked, h.rested.Load(), bound)
		})
	}
}

// rewriteOften writes one version after the other, with pauses of many lengths.
func rewriteOften(f *os.File, rewrite func(*os.File, string) error, rounds int, h *halves) error {
	versions := []string{oldVersion, newVersion, longPort}
	for i := range rounds {
		if err := h.around(func() error { return rewrite(f, versions[i%len(versions)]) }); err != nil {
			return err
		}
		pause := time.Duration(i%8) * 100 * time.Microsecond
		if i%20 == 0 {
			pause = 25 * time.Millisecond // then this version counts
		}
		time.Sleep(pause)
	}
	return nil
}

// askMeanwhile asks helpers for addresses until done, and checks that none is bound
// that no version permits.
func askMeanwhile(t *testing.T, done chan error, h *halves) (asked int, bound map[netip.AddrPort]int) {
	t.Helper()
	addrs := append([]netip.AddrPort{
		netip.MustParseAddrPort("127.0.0.1:81"), netip.MustParseAddrPort("127.0.0.2:80"), netip.MustParseAddrPort("127.0.0.3:802"),
	}, forbidden...)
	bound = map[netip.AddrPort]int{}
	for channel := -1; ; asked++ {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return asked, bound
		default:
		}
		if asked%500 == 0 && channel >= 0 {
			_ = unix.Shutdown(channel, unix.SHUT_RDWR)
			channel = -1
		}
		if channel < 0 {
			_, channel = kit.StartHelper(t, testenv.Alice)
			kit.Hello(t, channel)
		}
		addr, before := addrs[asked%len(addrs)], h.rested.Load()
		reply := asksOnce(t, channel, addr)
		if reply.Bound() {
			bound[addr]++
		}
		if asked%len(addrs) >= len(addrs)-len(forbidden) && reply.Bound() && !h.excuse(before) {
			t.Errorf("%v is bound, which no version permits: %+v", addr, reply)
		}
		if reply.Reason == helper.ReasonRestart {
			channel = -1
		}
	}
}

// asksOnce asks for a bind of a new socket, which is closed again.
func asksOnce(t *testing.T, channel int, addr netip.AddrPort) helper.Reply {
	t.Helper()
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(sock) //nolint:errcheck // ours
	reply := kit.Exchange(t, channel, kit.Request(1, addr), sock)
	if reply.Bound() != kit.IsBound(t, sock) {
		t.Errorf("reply %+v, and the socket is bound: %v", reply, kit.IsBound(t, sock))
	}
	return reply
}

// F5: in a mount namespace of her own Alice may have any policy, and no helper that
// is worth anything; and it changes nothing for a helper outside.
func TestF5OwnPolicy(t *testing.T) {
	kit.RequireUnshare(t, "-Urm")
	gobind := testenv.Install(t).Gobind()
	const fake = `mount -t tmpfs tmpfs /etc/gobind && mkdir /etc/gobind/byport && install -m 755 /dev/null /etc/gobind/byport/80 && exec `
	const bind = `python3 -c '` + kit.TryBind + `' 80`
	kit.InModes(t, func(t *testing.T, mode string) {
		inside := kit.Run(t, testenv.Alice.Command("unshare", "-Urm", "sh", "-c", fake+gobind+" --launch="+mode+" "+bind))
		outside := kit.Run(t, kit.Under(t, testenv.Alice, mode, "unshare", "-Urm", "sh", "-c", fake+bind))
		for _, p := range []*kit.Process{inside, outside} {
			if p.Out() != "80 EACCES\n" {
				t.Errorf("%v: stdout %q, stderr %q", p.Cmd.Args, p.Out(), p.Err())
			}
		}
	})
}

// F7: users are numbers. A name that looks like one, a group named like a user, two
// names of one number and a number without a name change nothing.
func TestF7Names(t *testing.T) {
	testenv.Install(t)
	t.Cleanup(func() { restorePolicy(t) })
	passwd, group := kit.Contents("/etc/passwd"), kit.Contents("/etc/group")
	t.Cleanup(func() {
		kit.Write(t, "/etc/passwd", passwd)
		kit.Write(t, "/etc/group", group)
	})
	const numeric, twin, nameless = 61050, 61002, 61060
	inPolicy(t, `for n in 61001 61060; do echo 127.0.0.1,80 >byuid/$n; done; install -o 61002 -m 500 /dev/null byport/81
		install -g 61001 -m 710 /dev/null byport/82; echo 127.0.0.1,83 >byuid/gbalice`)
	kit.Write(t, "/etc/passwd", fmt.Sprintf("61001:x:%d:%d::/:/bin/sh\ngbtwin:x:%d:%d::/:/bin/sh\n%s", numeric, numeric, twin, twin, passwd))
	kit.Write(t, "/etc/group", fmt.Sprintf("gbalice:x:%d:gbbob\n61001:x:%d:\n%s", numeric, numeric, group))
	for _, c := range []struct {
		uid, gid uint32
		want     string
	}{
		{61001, 61001, "80 bound 81 EACCES 82 bound 83 EACCES "},
		{numeric, numeric, "80 EACCES 81 EACCES 82 EACCES 83 EACCES "},
		{twin, twin, "80 EACCES 81 bound 82 EACCES 83 EACCES "},
		{nameless, nameless, "80 bound 81 EACCES 82 EACCES 83 EACCES "},
		{nameless, 61001, "80 bound 81 EACCES 82 bound 83 EACCES "},
	} {
		const bind = `import errno, socket
for port in 80, 81, 82, 83:
    try:
        socket.socket().bind(("127.0.0.1", port))
        print(port, "bound", end=" ")
    except OSError as e:
        print(port, errno.errorcode[e.errno], end=" ")
`
		u := testenv.User{Name: "x", UID: c.uid, GID: c.gid}
		kit.InModes(t, func(t *testing.T, mode string) {
			cmd := kit.Under(t, u, mode, "python3", "-c", bind)
			cmd.Dir = "/"
			if p := kit.Run(t, cmd); p.Out() != c.want {
				t.Errorf("%d:%d: %q, want %q; stderr %q", c.uid, c.gid, p.Out(), c.want, p.Err())
			} else if c.uid == nameless {
				kit.WantRefusal(t, p, fmt.Sprint(nameless), "tcp 127.0.0.1:81") // and not by $USER
			}
		})
	}
}
