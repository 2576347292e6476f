package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"unicode/utf16"

	"golang.org/x/sys/unix"
)

// schema is the version of what --json prints. It changes when a field changes
// its meaning or goes away, not when one is added.
const schema = 1

// ui collects the answer, and writes it in one go.
type ui struct {
	json           bool
	args           []string // the command line
	color          bool
	tty            bool
	stdout, stderr io.Writer
	out            bytes.Buffer
}

func newUI(stdout, stderr io.Writer) *ui {
	u := &ui{stdout: stdout, stderr: stderr}
	if f, ok := stdout.(*os.File); ok {
		_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
		u.tty = err == nil
	}
	u.color = u.tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return u
}

// flush writes the answer out.
func (u *ui) flush() error {
	_, err := u.stdout.Write(u.out.Bytes())
	return err
}

// jsonError is what --json prints of an error, on standard error.
type jsonError struct {
	Schema int    `json:"schema"`
	Error  string `json:"error"`
	Hint   string `json:"hint,omitempty"`
	Status int    `json:"status"` // gobindctl's exit status
}

// printJSON prints a value, with the schema and the command first.
func (u *ui) printJSON(command string, value any) error {
	text, err := asciiJSON(struct {
		Schema  int    `json:"schema"`
		Command string `json:"command"`
		Answer  any    `json:"answer"`
	}{schema, command, value})
	u.out.Write(text)
	return err
}

// asciiJSON is a value as JSON. What is not ASCII, which is in texts only, is escaped:
// a terminal might take it for more.
func asciiJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	var ascii []byte
	for _, r := range text.String() {
		if r < 0x7f {
			ascii = append(ascii, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			ascii = fmt.Appendf(ascii, `\u%04x`, unit)
		}
	}
	return ascii, err
}

// table prints rows under a head, in columns.
func (u *ui) table(head []string, rows [][]string) error {
	w := tabwriter.NewWriter(&u.out, 0, 0, 2, ' ', tabwriter.DiscardEmptyColumns)
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			if i > 0 {
				cell = "\t" + cell
			}
			if _, err := io.WriteString(w, cell); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}
