package main

import (
	"slices"

	"gobind/internal/grants"
	"gobind/internal/judge"
	"gobind/policy"
)

// listCmd is gobindctl list.
type listCmd struct {
	policyFlags
	User string `placeholder:"USER" help:"${help_listuser}"`
	Port string `placeholder:"PORT" help:"${help_listport}"`
}

func (c *listCmd) run(u *ui) (int, error) {
	p, err := c.open()
	if err != nil {
		return 0, err
	}
	defer p.close()
	all, err := p.grants()
	if err != nil {
		return 0, err
	}
	k, err := p.inKernel()
	if err != nil {
		return 0, err
	}
	if c.User != "" {
		who, ok := p.accounts.Subject(c.User)
		if !ok {
			return 0, &inputError{statusData, noUserError(c.User)}
		}
		all.Entries = ofUser(all.Entries, who)
	}
	if c.Port != "" {
		ports := portsOf(c.Port, p.names)
		if len(ports) == 0 {
			return 0, &inputError{statusData, portError(c.Port)}
		}
		all.Entries = atPorts(all.Entries, ports)
	}
	status := statusNo
	if slices.ContainsFunc(all.Entries, func(e grants.Entry) bool { return e.Verdict == policy.Permit }) {
		status = statusYes
	}
	if u.json {
		err = u.printJSON("list", grantsAnswer(all, k))
	} else {
		err = u.list(all, k)
	}
	return u.whole(status, all, err)
}

// showCmd is gobindctl show.
type showCmd struct {
	policyFlags
}

func (c *showCmd) run(u *ui) (int, error) {
	p, err := c.open()
	if err != nil {
		return 0, err
	}
	defer p.close()
	all, err := p.grants()
	if err != nil {
		return 0, err
	}
	k, err := p.inKernel()
	if err != nil {
		return 0, err
	}
	slices.Reverse(all.Entries) // as in rules files: the last has the word
	status := statusYes
	if slices.ContainsFunc(all.Entries, faulty) {
		status = statusFailure
	}
	if u.json {
		err = u.printJSON("show", grantsAnswer(all, k))
	} else {
		u.show(all, k)
	}
	return u.whole(status, all, err)
}

// whole is the status of an answer, or of one that is not whole: then only root
// gets all of it.
func (u *ui) whole(status int, all grants.All, err error) (int, error) {
	if err != nil || len(all.Hidden) == 0 {
		return status, err
	}
	if err := u.flush(); err != nil {
		return 0, err
	}
	u.out.Reset()
	return 0, needsRoot(&judge.HiddenError{File: all.Hidden[0]}, u.args)
}

// faulty reports whether an entry is there because policy is faulty.
func faulty(e grants.Entry) bool { return e.Because != "" && e.Because != grants.NobodyElse }

// grants are all of policy.
func (p *place) grants() (grants.All, error) {
	survey, err := judge.Policy{Root: p.root, Dirs: p.dirs, Filecap: isFilecap(p)}.Survey(p.fs)
	if err != nil {
		return grants.All{}, err
	}
	return grants.Read(p.fs, p.accounts, survey, p.dirs), nil
}

// ofUser are the entries that are about the subject: of one file of a tree the
// first alone, which decides.
func ofUser(entries []grants.Entry, who policy.Subject) []grants.Entry {
	decided := map[string]bool{}
	return slices.DeleteFunc(entries, func(e grants.Entry) bool {
		access := e.Kind == grants.ByPort || e.Kind == grants.ByAddr
		if access && decided[e.Source.File] || !e.Is(who) {
			return true
		}
		decided[e.Source.File] = access
		return false
	})
}

// portsOf are the ports of a number or a service.
func portsOf(text string, names policy.Names) []uint16 {
	var ports []uint16
	for _, protocol := range []policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP} {
		if port, ok := parsePort(text, protocol, names); ok && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports
}

// atPorts are the entries that are about one of the ports.
func atPorts(entries []grants.Entry, ports []uint16) []grants.Entry {
	var list []grants.Entry
	for _, e := range entries {
		for _, port := range ports {
			if at, ok := e.At(port); ok {
				list = append(list, at)
				break
			}
		}
	}
	return list
}
