package main

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/judge"
	"gobind/policy"
)

// subject is who the question is about. A user who is not root asks about the
// process that asks: its groups may be other ones than after the next login.
func (c *checkCmd) subject(u *ui, p *place) (policy.Subject, []note, error) {
	who, notes, err := c.asked(p)
	if err != nil || os.Geteuid() == 0 {
		return who, notes, err
	}
	own, err := self()
	switch {
	case err != nil:
		return who, nil, err
	case who.UID != own.UID, c.Groups != "" && !sameGroups(own, who):
		return who, nil, needsRoot(judge.ErrOthers, u.args)
	case !sameGroups(own, who):
		notes = append(notes, noteLogin)
	}
	return own, notes, nil
}

// asked is the user of the command line, with the groups of /etc/group or of
// --groups.
func (c *checkCmd) asked(p *place) (policy.Subject, []note, error) {
	who, ok := p.accounts.Subject(c.User)
	switch {
	case !ok:
		return who, nil, &inputError{statusData, noUserError(c.User)}
	case c.Groups == "" && !p.names.HasUser(who.UID):
		return who, []note{noteNameless}, nil
	case c.Groups == "":
		return who, nil, nil
	}
	var gids []uint32
	for name := range strings.SplitSeq(c.Groups, ",") {
		gid, ok := p.accounts.Group(name)
		if !ok {
			return who, nil, &inputError{statusData, noGroupError(name)}
		}
		gids = append(gids, gid)
	}
	who.GID, who.Groups = gids[0], gids[1:]
	return who, nil, nil
}

// self is this process as a subject.
func self() (policy.Subject, error) {
	groups, err := unix.Getgroups()
	who := policy.Subject{UID: uint32(os.Getuid()), GID: uint32(os.Getgid())}
	for _, g := range groups {
		who.Groups = append(who.Groups, uint32(g))
	}
	return who, err
}

// sameGroups reports whether two subjects are in the same groups.
func sameGroups(a, b policy.Subject) bool {
	all := func(s policy.Subject) []uint32 {
		list := append([]uint32{s.GID}, s.Groups...)
		slices.Sort(list)
		return slices.Compact(list)
	}
	return a.GID == b.GID && slices.Equal(all(a), all(b))
}
