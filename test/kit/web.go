package kit

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// Web fetches over connections of its own: no server is spoken to by the one
// that had its port before.
var Web = http.Client{
	Transport: &http.Transport{DisableKeepAlives: true},
	Timeout:   Patience,
}

// WaitUDP sends a datagram to addr until there is an answer, which it returns.
func WaitUDP(t *testing.T, addr string) string {
	t.Helper()
	var answer string
	Eventually(t, func() (err error) {
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

// Fetch waits until the page can be had, and returns it.
func Fetch(t *testing.T, url string) string {
	t.Helper()
	return FetchBy(t, &Web, url)
}

// FetchBy does the same by a client of its own.
func FetchBy(t *testing.T, by *http.Client, url string) string {
	t.Helper()
	var page string
	Eventually(t, func() error {
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

// ReadAll waits until addr is served, and returns what comes of it.
func ReadAll(t *testing.T, addr string) string {
	t.Helper()
	var text []byte
	Eventually(t, func() error {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // it was read
		text, err = io.ReadAll(conn)
		return err
	})
	return string(text)
}
