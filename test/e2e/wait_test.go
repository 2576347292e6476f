package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"
)

// patience is how long anything that is waited for may take.
const patience = 30 * time.Second

// eventually waits until try succeeds.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// waitUDP sends a datagram to addr until there is an answer, which it returns.
func waitUDP(t *testing.T, addr string) string {
	t.Helper()
	var answer string
	eventually(t, func() (err error) {
		answer, err = askUDP(addr)
		return err
	})
	return answer
}

func askUDP(addr string) (string, error) {
	conn, err := net.Dial("udp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to be sent
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, err := conn.Write([]byte("ping")); err != nil {
		return "", err
	}
	var buf [512]byte
	n, err := conn.Read(buf[:])
	return string(buf[:n]), err
}

// web fetches over connections of its own: no server is spoken to by the one
// that had its port before.
var web = http.Client{
	Transport: &http.Transport{DisableKeepAlives: true},
	Timeout:   patience,
}

// fetch waits until the page can be had, and returns it.
func fetch(t *testing.T, url string) string {
	t.Helper()
	return fetchBy(t, &web, url)
}

func fetchBy(t *testing.T, by *http.Client, url string) string {
	t.Helper()
	var page string
	eventually(t, func() error {
		resp, err := by.Get(url)
		if err != nil {
			return err
		}
		defer resp.Body.Close() //nolint:errcheck // it was read
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		body, err := io.ReadAll(resp.Body)
		page = string(body)
		return err
	})
	return page
}

// wantNotServed reports a server at addr as an error.
func wantNotServed(t *testing.T, addr string) {
	t.Helper()
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Errorf("%s is served", addr)
	}
}

// wantRefusal waits for the two lines that tell a user of a refusal.
func wantRefusal(t *testing.T, p *process, user, where string) {
	t.Helper()
	lines := regexp.MustCompile(`(?m)^gobind: user ` + user + ` may not bind ` + regexp.QuoteMeta(where) +
		`: .*\ngobind: hint: as root, run: .*\b` + user + `\b`)
	eventually(t, func() error {
		if stderr := p.err(); !lines.MatchString(stderr) {
			return fmt.Errorf("no refusal of %s to %s on stderr:\n%s", where, user, stderr)
		}
		return nil
	})
}
