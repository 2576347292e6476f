package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/internal/unit"
)

// Every refusal of unit's with its cure and its status, and what it tells of a drop-in.
func TestUnitWords(t *testing.T) {
	var all strings.Builder
	for _, why := range slices.Sorted(maps.Keys(refusalTexts)) {
		err := &unit.RefusalError{Why: why, Unit: "UNIT.service", File: "/FILE\x1b", Line: 3, Subject: "SUBJECT\x1b"}
		fmt.Fprintf(&all, "%d %s\n\t%s\n", unitStatus(err), unitWords(err), unitHint(err))
	}
	fmt.Fprintf(&all, "%v\n%v\n", noProcessError(1), errPIDRoot)
	for _, a := range []jsonUnit{
		{Removed: true}, {Removed: true, DryRun: true}, {}, {removing: true}, {Needed: true}, {Needed: true, DryRun: true},
		{Needed: true, Changed: true, Socket: true, Dynamic: true},
	} {
		a.Unit, a.File, a.Text = "UNIT.service", "/FILE", "[Service]\n"
		a.Next = (&unitCmd{}).next(a)
		var u ui
		u.unit(a)
		all.WriteString(u.out.String() + "--\n")
	}
	testenv.Golden(t, "unit.golden", all.String())
}
