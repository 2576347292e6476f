package supervisor

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/internal/sys"
)

// SocketPath is the broker socket, set at link time.
var SocketPath = client.SocketPath

// door is the way to a privileged helper for the subject, which is nil where it is
// this process's own: spawn and dial are two.
type door func(as *identity) (*client.Conn, error)

// newHelpers has nobody yet. Its door is the setuid helper; under no_new_privs, which
// disables that, it is the broker socket from the first.
func newHelpers(self identity) helpers {
	h := helpers{open: spawn, socket: dial, self: self}
	if client.Disabled() != nil {
		h.open, h.turned = dialDisabled, true
	}
	return h
}

// dialDisabled is dial where a setuid helper would be disabled: its errors say so.
func dialDisabled(as *identity) (*client.Conn, error) {
	c, err := dial(as)
	if err != nil {
		return nil, errors.Join(client.Disabled(), err)
	}
	return c, nil
}

// turn takes the broker socket from now on, where a setuid helper cannot serve and
// somebody answers there. The error says why neither does.
func (h *helpers) turn(id identity, why error) error {
	if h.turned {
		return why
	}
	h.drop(id)
	c, err := ready(h.socket(h.subject(id)))
	switch {
	case client.NotEnabled(err):
		return why
	case err != nil:
		return errors.Join(why, err)
	}
	h.open, h.turned = h.socket, true
	h.clients = append(h.clients, served{id, c})
	return nil
}

// dial connects to the broker socket as the subject, by a thread that only root can
// make, and that the helper has to see.
func dial(as *identity) (c *client.Conn, err error) {
	if as == nil {
		return client.Dial(SocketPath, patience)
	}
	who := sys.Credential{UID: as.ruid, GID: as.rgid, Groups: as.groups}
	failed := sys.ActAs(who, func() { c, err = ready(client.Dial(SocketPath, patience)) })
	return c, errors.Join(failed, err)
}

// ready waits for the hello of a helper that was reached.
func ready(c *client.Conn, err error) (*client.Conn, error) {
	if err != nil {
		return nil, err
	}
	if err := c.Hello(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// helperSlack is how late timers of a helper may be, in nanoseconds: its runtime has
// one that would go off every 20 us while it serves (see gobind_entry).
const helperSlack = 1_000_000

// spawn starts the setuid helper, with exactly the ids of the subject if that is
// another, which only root can. The helper has a channel, no environment and no
// other descriptor.
func spawn(as *identity) (*client.Conn, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	defer unix.Close(pair[1]) //nolint:errcheck // the helper has its copy
	c := client.New(pair[0])
	if err := errors.Join(c.SetPatience(patience), startHelper(as, pair[1])); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func startHelper(as *identity, channel int) error {
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	defer unix.Close(null) //nolint:errcheck // the helper has its copy
	in, _ := sys.Recorded()
	child := sys.Child{
		Image:     sys.Image{Path: HelperPath, Argv: []string{"gobind-helper"}},
		Inherited: sys.Inherited{Nofile: in.Nofile, Slack: helperSlack},
		Files:     []int{channel, null, null},
		Root:      true,
	}
	if as != nil {
		child.As = &sys.Credential{UID: as.ruid, GID: as.rgid, Groups: as.groups}
	}
	if _, err := child.Start(); err != nil {
		return &client.StartError{Path: HelperPath, Err: err}
	}
	return nil
}
