package supervisor

import (
	"errors"
	"fmt"

	"gobind/client"
	"gobind/helper"
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

// patience is how long a helper may take for one request, in seconds: a helper is its
// user's, who may stop it, and that stops nobody else for long.
const patience = 10

// helpers are the helpers that run for this supervisor, one for each subject.
type helpers struct {
	open    door
	socket  door // where open leads to no privileged helper
	turned  bool // open is socket
	self    identity
	clients map[string]*client.Conn
}

// bind asks the helper of the subject, and starts one if there is none.
func (h *helpers) bind(id identity, ask func(*client.Conn) (helper.Reply, error)) (helper.Reply, error) {
	var last error
	for range maxAttempts {
		reply, err := h.ask(id, ask)
		if err == nil && reply.Reason != helper.ReasonRestart {
			return reply, nil
		}
		h.drop(id)
		if last = err; unprivileged(err) {
			if err = h.turn(id, err); err == nil {
				continue
			}
		}
		if err != nil && !errors.Is(err, client.ErrClosed) {
			return helper.Reply{}, err
		}
	}
	return helper.Reply{}, fmt.Errorf("no helper lived long enough: %w", errors.Join(last, client.ErrClosed))
}

// ask asks the subject's helper.
func (h *helpers) ask(id identity, ask func(*client.Conn) (helper.Reply, error)) (helper.Reply, error) {
	conn, err := h.client(id)
	if err != nil {
		return helper.Reply{}, err
	}
	return ask(conn)
}

// unprivileged reports whether the error says that there is no setuid helper, or that
// it has no privilege.
func unprivileged(err error) bool {
	var unavailable *client.UnavailableError
	var start *StartHelperError
	return errors.As(err, &unavailable) || errors.As(err, &start)
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
	c, err := h.open(h.subject(id))
	if err != nil {
		return nil, err
	}
	h.clients[id.key()] = c
	return c, nil
}

// subject is nil where the identity is this process's own.
func (h *helpers) subject(id identity) *identity {
	if id.sameSubject(h.self) {
		return nil
	}
	return &id
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
