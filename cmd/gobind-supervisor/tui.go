package main

import (
	"fmt"
	"strconv"

	"gobind/internal/refusal"
	"gobind/internal/supervisor"
)

// All that the supervisor tells a user is in this file and in package refusal. One line
// begins with "gobind: ", a second with "gobind: hint: " where the cure is known; lower
// case, no full stop. Names that are not ours are quoted if they need it.

func paths() refusal.Paths {
	return refusal.Paths{ConfDir: supervisor.ConfDir, AuthbindDir: supervisor.AuthbindDir, Helper: supervisor.HelperPath}
}

// Refused implements [supervisor.Reporter].
func (t *tui) Refused(r supervisor.Refusal) {
	line, cure := paths().Refused(r)
	t.tell(r.Where(), line, cure)
}

// Trouble implements [supervisor.Reporter].
func (t *tui) Trouble(r supervisor.Trouble) { t.tell(trouble(r)) }

// trouble are the words for a bind that could not be judged, and what they are told
// once of.
func trouble(r supervisor.Trouble) (subject, line, cure string) {
	switch r.Kind {
	case supervisor.OpaqueTarget:
		return "opaque", fmt.Sprintf("process %d cannot be looked into, and binds without gobind: %v", r.PID, refusal.Errno(r.Err)),
			"its program file must be readable, and it must not give itself other ids"
	case supervisor.ForeignIdentity:
		return "foreign " + strconv.Itoa(int(r.UID)), fmt.Sprintf("cannot bind %s: the program became user %s", r.Addr, refusal.UserName(r.UID)),
			"start gobind as that user, or as root"
	default:
		why, cure := paths().NoHelper(r.Status, r.Err)
		return "helper", fmt.Sprintf("cannot bind %s: %s", r.Addr, why), cure
	}
}

// fail reports that the supervisor itself cannot go on.
func (t *tui) fail(err error) { t.tell("fail", ends(err), "") }

func ends(err error) string { return fmt.Sprintf("the supervisor ends: %v", err) }

// byHand is what is told to whoever starts gobind-supervisor from a shell.
const byHand = "gobind-supervisor: not for use by hand: gobind starts it\n"

// lines are a diagnostic and its cure, as they are written.
func lines(line, cure string) string {
	text := "gobind: " + line + "\n"
	if cure != "" {
		text += "gobind: hint: " + cure + "\n"
	}
	return text
}
