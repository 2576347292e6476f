package main

import (
	"net/netip"
	"slices"

	"gobind/internal/account"
	"gobind/internal/inet"
	"gobind/internal/layout"
	"gobind/internal/running"
)

// psCmd is gobindctl ps.
type psCmd struct{}

func (c *psCmd) run(u *ui) (int, error) {
	here, err := policyFlags{}.open()
	if err != nil {
		return 0, err
	}
	defer here.close()
	sockets, err := inet.Sockets()
	if err != nil {
		return 0, err
	}
	found := []supervised{}
	for _, s := range running.Supervisors(layout.SupervisorPath) {
		found = append(found, supervisedBy(s, sockets, here.accounts))
	}
	status := statusYes
	if len(found) == 0 {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("ps", found)
	}
	return status, u.ps(found)
}

// supervised is a supervisor and what is known to be under it.
type supervised struct {
	Supervisor int       `json:"supervisor"`
	Sure       bool      `json:"sure"` // it is the installed program; else it only says so
	Mode       string    `json:"mode"`
	Authbind   bool      `json:"authbind"`
	UID        uint32    `json:"uid"`
	User       string    `json:"user"`
	Complete   bool      `json:"complete"` // no other process can be under it
	Processes  []covered `json:"processes"`
}

// covered is a process under a supervisor.
type covered struct {
	PID     int      `json:"pid"`
	User    string   `json:"user"`
	Name    string   `json:"name"`
	Program string   `json:"program,omitempty"`
	Ports   []string `json:"ports"` // privileged ones, as tcp:0.0.0.0:80
	Hidden  bool     `json:"hidden,omitempty"`
}

// privileged is the end of the ports that gobind is about.
const privileged = 1024

func supervisedBy(s running.Supervisor, sockets []inet.Socket, accounts account.Files) supervised {
	found := supervised{s.PID, s.Sure, s.Mode, s.Authbind, s.UID, accounts.UserName(s.UID), s.Complete, []covered{}}
	for _, p := range s.Covered {
		c := covered{p.PID, accounts.UserName(p.UID), p.Name, p.Program, []string{}, false}
		inodes, err := inet.SocketsOf(p.PID)
		c.Hidden = err != nil
		for _, socket := range sockets {
			if socket.State == inet.Listen && socket.Addr.Port() < privileged && slices.Contains(inodes, socket.Inode) {
				c.Ports = append(c.Ports, where(socket.Protocol, socket.Addr))
			}
		}
		found.Processes = append(found.Processes, c)
	}
	return found
}

// where is protocol, address and port in one word.
func where(protocol string, addr netip.AddrPort) string { return protocol + ":" + addr.String() }
