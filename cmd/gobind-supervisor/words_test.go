package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/supervisor"
	"gobind/internal/testenv"
)

// What is said of each trouble; package refusal has what is said of refusals.
func TestWords(t *testing.T) {
	addr := netip.MustParseAddrPort("127.0.0.1:80")
	var all strings.Builder
	for _, r := range []supervisor.Trouble{
		{Kind: supervisor.NoHelper, Addr: addr, Err: errors.New("ERROR")},
		{Kind: supervisor.NoHelper, Addr: addr, Status: helper.StatusNosuid},
		{Kind: supervisor.OpaqueTarget, PID: 7, Err: fmt.Errorf("duplicate: %w", unix.EPERM)},
		{Kind: supervisor.ForeignIdentity, Addr: addr, UID: 4711},
	} {
		subject, line, cure := trouble(r)
		fmt.Fprintf(&all, "%s\n%s", subject, lines(line, cure))
	}
	all.WriteString(lines(ends(unix.EBADF), "") + byHand)
	testenv.Golden(t, "words.golden", all.String())
}
