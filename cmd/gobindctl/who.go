package main

import (
	"net/netip"

	"gobind/internal/account"
	"gobind/internal/inet"
)

// whoCmd is gobindctl who.
type whoCmd struct {
	Port string `arg:"" help:"${help_port}"`
}

func (c *whoCmd) run(u *ui) (int, error) {
	here, err := policyFlags{}.open()
	if err != nil {
		return 0, err
	}
	defer here.close()
	wanted, err := parseWanted(c.Port, here.names)
	if err != nil {
		return 0, &inputError{statusData, err}
	}
	sockets, err := inet.Sockets()
	if err != nil {
		return 0, err
	}
	var held []holder
	owners := inet.FindOwners()
	for _, s := range sockets {
		if wanted.Has(s) {
			held = append(held, holders(s, owners, here.accounts)...)
		}
	}
	status := statusYes
	if len(held) == 0 {
		status = statusNo
	}
	if u.json {
		return status, u.printJSON("who", jsonWho{len(held) > 0, owners.Hidden, append([]holder{}, held...)})
	}
	return status, u.who(c.Port, held)
}

// jsonWho is the answer of who --json.
type jsonWho struct {
	Held    bool     `json:"held"`
	Hidden  int      `json:"hidden_processes"` // which this user may not look into
	Sockets []holder `json:"sockets"`
}

// holder is a socket and one process that has it; pid 0: none that is known.
type holder struct {
	Protocol string     `json:"protocol"`
	Address  netip.Addr `json:"address"`
	Port     uint16     `json:"port"`
	State    string     `json:"state"`
	UID      uint32     `json:"uid"` // of the socket
	User     string     `json:"user"`
	PID      int        `json:"pid,omitempty"`
	Name     string     `json:"name,omitempty"`
	Program  string     `json:"program,omitempty"`
	Orphan   bool       `json:"orphan,omitempty"` // the kernel's alone: no process has it any more
}

// holders are the processes that have the socket; one that is not known, if none
// may be seen.
func holders(s inet.Socket, owners inet.Owners, accounts account.Files) []holder {
	h := holder{
		Protocol: s.Protocol, Address: s.Addr.Addr(), Port: s.Addr.Port(),
		State: s.State, UID: s.UID, User: accounts.UserName(s.UID), Orphan: s.Inode == 0,
	}
	var all []holder
	for _, pid := range owners.Of(s) {
		if p, ok := inet.ReadProcess(pid); ok {
			h.PID, h.Name, h.Program = pid, p.Name, p.Program
			all = append(all, h)
		}
	}
	if len(all) == 0 {
		all = append(all, h)
	}
	return all
}
