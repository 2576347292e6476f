package supervisor

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/helper"
	"gobind/internal/sys"
)

// Paths that are set at link time: gobind-helper, and the policy directory that
// diagnostics name.
var (
	HelperPath = "/usr/local/libexec/gobind/gobind-helper"

	// Where policy is, for whoever tells the user of it.
	ConfDir     = "/etc/gobind"
	AuthbindDir = "/etc/authbind"
)

// maxHelpers bounds how many credential sets have a helper at a time.
const maxHelpers = 16

// maxAttempts bounds how many helpers are asked about one request, where each
// ended before it served.
const maxAttempts = 4

// patience is how long a helper may take for one request, in seconds.
const patience = 10

// door is the way to a privileged helper for the subject: spawn is one; it is
// nil where the subject is this process's own.
type door func(as *identity) (*client.Conn, error)

// helpers are the helpers that run for this supervisor, one for each subject.
type helpers struct {
	open    door
	self    identity
	clients map[string]*client.Conn
}

// bind asks the helper of the subject, and starts one if there is none.
func (h *helpers) bind(id identity, ask func(*client.Conn) (helper.Reply, error)) (helper.Reply, error) {
	var last error
	for range maxAttempts {
		conn, err := h.client(id)
		if err != nil {
			return helper.Reply{}, err
		}
		reply, err := ask(conn)
		if err == nil && reply.Reason != helper.ReasonRestart {
			return reply, nil
		}
		h.drop(id)
		last = err
		if err != nil && !errors.Is(err, client.ErrClosed) {
			return helper.Reply{}, err
		}
	}
	return helper.Reply{}, fmt.Errorf("no helper lived long enough: %w", errors.Join(last, client.ErrClosed))
}

// client returns the helper of the subject.
func (h *helpers) client(id identity) (*client.Conn, error) {
	if c, ok := h.clients[id.key()]; ok {
		return c, nil
	}
	for key, c := range h.clients {
		if len(h.clients) < maxHelpers {
			break
		}
		_ = c.Close()
		delete(h.clients, key)
	}
	as := &id
	if id.sameSubject(h.self) {
		as = nil
	}
	c, err := h.open(as)
	if err != nil {
		return nil, err
	}
	h.clients[id.key()] = c
	return c, nil
}

// drop forgets the helper of the subject, which ends.
func (h *helpers) drop(id identity) {
	if c, ok := h.clients[id.key()]; ok {
		_ = c.Close()
		delete(h.clients, id.key())
	}
}

// key names the subject.
func (id identity) key() string { return fmt.Sprint(id.ruid, id.rgid, id.groups) }

// spawn starts the setuid helper, with exactly the ids of the subject if that is
// another, which only root can. The helper has a channel, no environment and no
// other descriptor.
func spawn(as *identity) (*client.Conn, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	defer unix.Close(pair[1]) //nolint:errcheck // the helper has its copy
	null, err := sys.DevNull()
	if err != nil {
		_ = unix.Close(pair[0])
		return nil, err
	}
	defer unix.Close(null) //nolint:errcheck // likewise
	in, _ := sys.Recorded()
	child := sys.Child{
		Image:     sys.Image{Path: HelperPath, Argv: []string{"gobind-helper"}},
		Inherited: sys.Inherited{Nofile: in.Nofile},
		Files:     []int{pair[1], null, null},
		Root:      true,
	}
	if as != nil {
		child.As = &sys.Credential{UID: as.ruid, GID: as.rgid, Groups: as.groups}
	}
	if _, err := child.Start(); err != nil {
		_ = unix.Close(pair[0])
		return nil, fmt.Errorf("start %s: %w", HelperPath, err)
	}
	// A helper is its user's, who may stop it: that stops nobody else for long.
	limit := unix.Timeval{Sec: patience}
	if err := errors.Join(unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(pair[0], unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit)); err != nil {
		_ = unix.Close(pair[0])
		return nil, fmt.Errorf("setsockopt: %w", err)
	}
	return client.New(pair[0]), nil
}
