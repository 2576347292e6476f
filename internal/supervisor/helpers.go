package supervisor

import (
	"slices"

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
	clients []served // no subject twice, the newest last
}

// served is a subject with its helper.
type served struct {
	subject identity
	conn    *client.Conn
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
	if at := h.find(id); at >= 0 {
		return h.clients[at].conn, nil
	}
	if len(h.clients) >= maxHelpers {
		h.drop(h.clients[0].subject)
	}
	c, err := h.open(h.subject(id))
	if err != nil {
		return nil, err
	}
	h.clients = append(h.clients, served{id, c})
	return c, nil
}

// find returns where the subject is in clients, -1 if it is not.
func (h *helpers) find(id identity) int {
	return slices.IndexFunc(h.clients, func(s served) bool { return s.subject.sameSubject(id) })
}

// greet hears what the helper of the subject said first, if it did. One that cannot serve
// is forgotten, and the next will say so again.
func (h *helpers) greet(id identity) {
	if at := h.find(id); at >= 0 && h.clients[at].conn.HasMessage() && h.clients[at].conn.Hello() != nil {
		h.drop(id)
	}
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
	if at := h.find(id); at >= 0 {
		_ = h.clients[at].conn.Close()
		h.clients = slices.Delete(h.clients, at, at+1)
	}
}
