package lowport

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/test/kit"
)

// The examples work for a user who has no privilege but what policy gives.
func TestExamplesAsAlice(t *testing.T) {
	asAlice(t, "^Example", "permit gbalice any *:53,80\n")
}

// Each network listens as its name says, with the helper where one is needed.
func TestNetworks(t *testing.T) {
	if asAlice(t, "^TestNetworks$", "permit gbalice tcp *:80\n") {
		return
	}
	for _, c := range []struct{ network, address, want, by4, by6 string }{
		{"tcp", ":80", "[::]:80", "served", "served"},
		{"tcp", "[::]:http", "[::]:80", "served", "served"},
		{"tcp", "0.0.0.0:80", "0.0.0.0:80", "served", "refused"},
		{"tcp4", ":80", "0.0.0.0:80", "served", "refused"},
		{"tcp6", ":80", "[::]:80", "refused", "served"},
		{"tcp", "localhost:80", "127.0.0.1:80", "served", "refused"},
		{"tcp", "[::1%lo]:80", "[::1]:80", "refused", "served"},
		{"tcp", "127.0.0.1:8080", "127.0.0.1:8080", "refused", "refused"},
	} {
		l, err := Listen(t.Context(), c.network, c.address)
		if err != nil {
			t.Errorf("%s %s: %v", c.network, c.address, err)
			continue
		}
		if got := l.Addr().String(); got != c.want {
			t.Errorf("%s %s: listens on %s, want %s", c.network, c.address, got, c.want)
		}
		for address, want := range map[string]string{"127.0.0.1:80": c.by4, "[::1]:80": c.by6} {
			if got := try(address); got != want {
				t.Errorf("%s %s: %s is %s, want %s", c.network, c.address, address, got, want)
			}
		}
		_ = l.Close()
	}
}

func try(address string) string {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return "refused"
	}
	_ = conn.Close()
	return "served"
}

// A datagram socket serves, on the family that was asked for.
func TestPacket(t *testing.T) {
	if asAlice(t, "^TestPacket$", "permit gbalice udp *:53\n") {
		return
	}
	for _, network := range []string{"udp", "udp4", "udp6"} {
		conn, err := ListenPacket(t.Context(), network, ":53")
		if err != nil {
			t.Fatal(network, err)
		}
		go func() {
			var buf [16]byte
			n, from, err := conn.ReadFrom(buf[:])
			if err == nil {
				_, _ = conn.WriteTo(buf[:n], from)
			}
		}()
		address := "127.0.0.1:53"
		if network == "udp6" {
			address = "[::1]:53"
		}
		if got := kit.WaitUDP(t, address); got != "ping" {
			t.Errorf("%s: answer %q", network, got)
		}
		_ = conn.Close()
	}
}

// Errors are typed, and say what decided.
func TestErrors(t *testing.T) {
	if asAlice(t, "^TestErrors$", "permit gbalice tcp 127.0.0.1:80 0.0.0.0:443\ndeny gbalice tcp 127.0.0.2:*\n") {
		return
	}
	l, err := Listen(t.Context(), "tcp", "127.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody is served
	const rules = "/etc/gobind/rules.d/10.rules"
	for _, c := range []struct {
		address string
		want    *client.RefusedError // nil: EADDRINUSE
		text    string
	}{
		{"127.0.0.1:80", nil, "listen tcp 127.0.0.1:80: bind: address already in use"},
		{"127.0.0.1:81", &client.RefusedError{Reason: helper.ReasonNoRule},
			"listen tcp 127.0.0.1:81: policy does not permit to bind 127.0.0.1:81: no rule permits it"},
		{"127.0.0.2:80", &client.RefusedError{Reason: helper.ReasonRule, Source: helper.Source{File: rules, Line: 2}},
			"listen tcp 127.0.0.2:80: policy does not permit to bind 127.0.0.2:80: " + rules + ":2 denies it"},
		{":443", &client.RefusedError{Reason: helper.ReasonDualStack, Source: helper.Source{File: rules, Line: 1}},
			"listen tcp [::]:443: policy does not permit to bind [::]:443: " + rules +
				":1 permits one of the families that [::] takes, and nothing permits both"},
	} {
		l, err := Listen(t.Context(), "tcp", c.address)
		if err == nil {
			_ = l.Close()
			t.Errorf("%s: it listens", c.address)
			continue
		}
		var refused *client.RefusedError
		switch {
		case err.Error() != c.text:
			t.Errorf("%s: error %q, want %q", c.address, err, c.text)
		case c.want == nil:
			if !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("%s: %v is not EADDRINUSE", c.address, err)
			}
		case !errors.As(err, &refused) || refused.Reason != c.want.Reason || refused.Source != c.want.Source:
			t.Errorf("%s: error %+v, want %+v", c.address, refused, c.want)
		case !errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EACCES):
			t.Errorf("%s: %v is not EACCES", c.address, err)
		}
	}
}

// What cannot be asked for is refused before there is a socket.
func TestBadArguments(t *testing.T) {
	for _, c := range []struct{ network, address string }{
		{"tcp", "80"}, {"tcp", ":70000"}, {"tcp", ":no-such-service"}, {"tcp4", "[::1]:0"}, {"tcp6", "127.0.0.1:0"},
		{"udp", ":0"}, {"unix", "x"}, {"", ":0"}, {"tcp", "[fe80::1%no-such-interface]:0"},
	} {
		if l, err := Listen(t.Context(), c.network, c.address); err == nil {
			t.Errorf("%q %q: listens on %v", c.network, c.address, l.Addr())
		}
	}
}

// A helper that is not there, that cannot be executed and that has no privilege are
// told apart.
func TestNoHelper(t *testing.T) {
	if asAlice(t, "^TestNoHelper$", "permit gbalice tcp *:80\n") {
		return
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	text, err := os.ReadFile(os.Getenv(helperVar))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(plain, text, 0o755), os.WriteFile(filepath.Join(dir, "locked"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	var start *client.StartError
	var unavailable *client.UnavailableError
	for name, right := range map[string]func(error) bool{
		"absent": func(err error) bool { return errors.Is(err, client.ErrNotInstalled) },
		"locked": func(err error) bool { return errors.As(err, &start) && !errors.Is(err, client.ErrNotInstalled) },
		"plain": func(err error) bool {
			return errors.As(err, &unavailable) && unavailable.Status == helper.StatusNotSetuid && !errors.Is(err, fs.ErrPermission)
		},
	} {
		lc := ListenConfig{Binder: &client.Binder{HelperPath: filepath.Join(dir, name)}}
		if l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:80"); err == nil || !right(err) {
			t.Errorf("%s: %v, error %v", name, l, err)
		}
		_ = lc.Binder.Close()
	}
}

// Where the setuid helper is not there or has no privilege, the broker socket serves,
// for one request after the other; and what policy refuses is refused there.
func TestOverTheSocket(t *testing.T) {
	if os.Getenv(helperVar) == "" {
		kit.ServeBroker(t)
	}
	if asAlice(t, "^TestOverTheSocket$", "permit gbalice tcp *:80\n") {
		return
	}
	plain := filepath.Join(t.TempDir(), "helper") // not setuid
	text, err := os.ReadFile(os.Getenv(helperVar))
	if err == nil {
		err = os.WriteFile(plain, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/nonexistent", plain} {
		binder := &client.Binder{HelperPath: path}
		lc := ListenConfig{Binder: binder}
		for range 3 {
			l, err := lc.Listen(t.Context(), "tcp", ":80")
			if err != nil {
				t.Fatal(path, err)
			}
			_ = l.Close()
		}
		var refused *client.RefusedError
		if _, err := lc.Listen(t.Context(), "tcp", ":81"); !errors.As(err, &refused) {
			t.Errorf("%s: error %v", path, err)
		}
		_ = binder.Close()
	}
	binder := &client.Binder{HelperPath: "/nonexistent", SocketPath: "/nonexistent.sock"}
	lc := ListenConfig{Binder: binder}
	if _, err := lc.Listen(t.Context(), "tcp", ":80"); !errors.Is(err, client.ErrNotInstalled) {
		t.Errorf("without any way: error %v", err)
	}
}

// stuck is a helper that never says anything.
const stuck = "#!/bin/sh\nexec sleep 1000\n"

// A context that ends stops the waiting, and nothing else: the next bind works.
func TestCancel(t *testing.T) {
	if asAlice(t, "^TestCancel$", "permit gbalice tcp *:80\n") {
		return
	}
	path := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(path, []byte(stuck), 0o755); err != nil {
		t.Fatal(err)
	}
	binder := &client.Binder{HelperPath: path}
	lc := ListenConfig{Binder: binder}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lc.Listen(ctx, "tcp", "127.0.0.1:80"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: error %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := lc.Listen(ctx, "tcp", "127.0.0.1:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancel: error %v", err)
	}
	if _, err := lc.Listen(ctx, "tcp", "127.0.0.1:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: error %v", err)
	}
	if err := errors.Join(os.Remove(path), os.Symlink(os.Getenv(helperVar), path)); err != nil {
		t.Fatal(err)
	}
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

// One Binder serves many goroutines by one helper, which is gone when it is closed.
func TestBinder(t *testing.T) {
	if asAlice(t, "^TestBinder$", "permit gbalice tcp 127.0.0.1:100-199\n") {
		return
	}
	binder := new(client.Binder)
	lc := ListenConfig{Binder: binder}
	done := make(chan error)
	for i := range 100 {
		go func() {
			l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(100+i))
			if err == nil {
				err = l.Close()
			}
			done <- err
		}()
	}
	for range 100 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := children(t); len(got) != 1 {
		t.Errorf("helpers: %v", got)
	}
	if err := binder.Close(); err != nil {
		t.Error(err)
	}
	if got := children(t); len(got) != 0 {
		t.Errorf("helpers after Close: %v", got)
	}
}

// children are the children of this process.
func children(t *testing.T) []string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(tasks) == 0 {
		t.Fatal("no list of children", err)
	}
	var pids []string
	for _, file := range tasks {
		text, err := os.ReadFile(file)
		if err == nil {
			pids = append(pids, strings.Fields(string(text))...)
		}
	}
	return pids
}

// A Control of net.ListenConfig that binds is of no use: package net binds once more.
func TestControlOfNetCannotBind(t *testing.T) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) { err = unix.Bind(int(fd), &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}) })
		return errors.Join(failed, err)
	}}
	l, err := lc.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v, error %v: lowport can offer such a function now", l, err)
	}
}

// The deadline of a listener is the caller's own, as with package net.
func TestAccept(t *testing.T) {
	l, err := Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it is tried once
	if err := l.(*net.TCPListener).SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("accept: %v", err)
	}
	if _, err := io.WriteString(io.Discard, l.Addr().Network()); err != nil || l.Addr().Network() != "tcp" {
		t.Error(l.Addr().Network())
	}
}
