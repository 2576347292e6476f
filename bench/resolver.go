package main

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gobind/internal/testenv"
)

// resolverMeasures are of unbound, which binds a random port for each question that
// it passes on.
var resolverMeasures = []measure{
	{
		title: "unbound: a question that it passes on from a random port", unit: micros,
		full: effort{rounds: 8, count: 500}, peers: []peer{native, root, authbind, gobind, inKernel100000}, sample: resolve, heavy: true,
		bounds: []bound{
			{"gobind - native", difference(gobind, native), unbounded, asMicros},
			{"authbind - native", difference(authbind, native), unbounded, asMicros},
		},
	},
}

//go:embed testdata/unbound.conf
var unboundConf string

// upstreamPort is where the server is that unbound passes questions on to.
const upstreamPort = 5300

// resolve samples how long unbound takes over one question after the other. What
// they ask for is new each time, so that it has none of the answers.
func resolve(s *setup, p peer, count int) (took []float64, err error) {
	upstream, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: upstreamPort})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, upstream.Close()) }()
	go answerAll(upstream)
	port := p.asked()
	if p.cgroup {
		port = unprivilegedPort // its rules are of TCP
	}
	conf := filepath.Join(testenv.Dir(), "unbound.conf")
	if err := os.WriteFile(conf, []byte(strings.Replace(unboundConf, "PORT", strconv.Itoa(port), 1)), 0o644); err != nil {
		return nil, err
	}
	server, err := startService(p.command(s, "unbound", "-d", "-c", conf), func() error { _, err := ask(s, port, 1); return err })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return ask(s, port, count)
}

// answerAll answers every question with one address, until the socket is closed.
func answerAll(conn *net.UDPConn) {
	text := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFromUDP(text)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < headerSize {
			continue
		}
		_, _ = conn.WriteToUDP(answerTo(text[:n]), from) // who asks, asks again
	}
}

const headerSize = 12

// answerTo is the answer to a question: 192.0.2.1.
func answerTo(question []byte) []byte {
	end := headerSize
	for end < len(question) && question[end] != 0 {
		end += int(question[end]) + 1
	}
	end = min(end+5, len(question)) // of the name, and of type and class
	text := append([]byte{question[0], question[1], 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0}, question[headerSize:end]...)
	return append(text, 0xc0, headerSize, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1)
}

// ask asks count questions, and returns how long each took in nanoseconds.
func ask(s *setup, port, count int) (took []float64, err error) {
	conn, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	answer := make([]byte, 1500)
	for range count {
		s.questions++
		question := newQuestion(s.questions)
		start := time.Now()
		if _, err := conn.Write(question); err != nil {
			return nil, err
		}
		n, err := conn.Read(answer)
		if err != nil {
			return nil, fmt.Errorf("wait for an answer of unbound: %w", err)
		}
		took = append(took, float64(time.Since(start)))
		if n < headerSize || binary.BigEndian.Uint16(answer) != s.questions || answer[3]&15 != 0 || answer[7] != 1 {
			return nil, fmt.Errorf("unbound answers %x to %x", answer[:n], question)
		}
	}
	return took, nil
}

// newQuestion asks for the address of a name that has the number in it.
func newQuestion(number uint16) []byte {
	name := fmt.Sprintf("q%05d", number)
	text := binary.BigEndian.AppendUint16(nil, number)
	text = append(text, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, byte(len(name)))
	return append(append(text, name...), 3, 'n', 'e', 't', 0, 0, 1, 0, 1)
}
