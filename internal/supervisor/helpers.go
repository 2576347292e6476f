package supervisor

import (
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
	return client.Attempt(way{h, id}, ask)
}

// way leads to the helper of one subject.
type way struct {
	h  *helpers
	id identity
}

// Open implements [client.Way].
func (w way) Open() (*client.Conn, error) { return w.h.client(w.id) }

// Drop implements [client.Way].
func (w way) Drop() { w.h.drop(w.id) }

// Turn implements [client.Way].
func (w way) Turn(why error) error { return w.h.turn(w.id, why) }

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
