package interop

import (
	"fmt"
	"strings"
)

// The columns, as the table and the files of programs name them.
const (
	plain    = "plain"
	authbind = "authbind"
	inplace  = "gobind"
	parent   = "gobind parent"
	inKernel = "in the kernel"
)

var columns = []string{plain, authbind, inplace, parent, inKernel}

// tableHead is the head of the table in docs/interop.md.
const tableHead = "| program | | port | plain | authbind --deep | gobind | gobind, as parent | in the kernel |\n|---|---|---|---|---|---|---|---|\n"

// row is the program's row of the table: served tells in which columns it answered.
func (p *program) row(served map[string]bool) string {
	cells := []string{p.name, p.what, strings.Join(p.ports, ", ")}
	for _, column := range columns {
		cells = append(cells, word(served, column))
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func word(served map[string]bool, column string) string {
	yes, known := served[column]
	switch {
	case !known:
		return "?"
	case yes:
		return "yes"
	default:
		return "no"
	}
}

// expected tells in which columns the program is known to answer.
func (p *program) expected() map[string]bool {
	served := map[string]bool{}
	for _, column := range columns {
		served[column] = !p.fails[column]
	}
	return served
}

// table is the table of the programs, and below it what is to be said about some.
func table(programs []*program, served func(*program) map[string]bool) string {
	var rows, notes strings.Builder
	for _, p := range programs {
		rows.WriteString(p.row(served(p)))
		if p.note != "" {
			fmt.Fprintf(&notes, "- **%s**: %s\n", p.name, p.note)
		}
	}
	return tableHead + rows.String() + "\n" + notes.String()
}
