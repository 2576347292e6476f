package interop

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// A program is one row of the table, and comes from a file of programs.
type program struct {
	name    string // of the file
	what    string // a few words about it
	ports   []string
	make    []string       // commands that prepare its directory, run by root
	run     string         // the command line, the word of a shell
	steps   []step         // what is done with it when it runs
	log     string         // files in which it complains, beside its output
	refused *regexp.Regexp // what it says when it is refused the port
	fails   map[string]bool
	note    string
	files   []txtar.File
}

// A step is a command that is run once and must succeed, or a question that is
// asked until the wanted text is in the answer.
type step struct {
	command string
	want    string
}

// denied is what most programs say that may not bind.
const denied = `(?i)permission denied|EACCES|not permitted|access denied`

// parse reads a program from its file: a txtar archive of the files that it needs,
// before which stand lines of a key and its value. They are
//
//	what:      a few words for the table
//	packages:  of Debian's, and npm: of npm's registry; read by scripts/interop
//	ports:     that the user may have, and that nobody may have in column plain
//	make:      a command that prepares the directory, run by root; any number
//	run:       the command line that is started
//	log:       a pattern of files in which it complains, if it does so there
//	refused:   a regular expression for what it says if refused
//	ask:       a command that asks the program, and
//	want:      what its answer must contain
//	do:        a command that is run between questions
//	fails:     the columns, beside plain, in which it is known not to work
//	note:      why, or what else is to be said
//
// Commands are run by a shell in the directory of the program, [home].
func parse(file string) (*program, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	p := &program{
		name:    strings.TrimSuffix(filepath.Base(file), ".txtar"),
		refused: regexp.MustCompile(denied),
		fails:   map[string]bool{plain: true},
		files:   archive.Files,
	}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok && key != "" {
			return nil, fmt.Errorf("%s: not a key and a value: %q", file, line)
		}
		if err := p.set(key, strings.TrimSpace(value)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return p, nil
}

func (p *program) set(key, value string) (err error) {
	switch key {
	case "what":
		p.what = value
	case "ports":
		p.ports = strings.Fields(value)
	case "make":
		p.make = append(p.make, value)
	case "run":
		p.run = value
	case "log":
		p.log = value
	case "refused":
		p.refused, err = regexp.Compile(value)
	case "ask", "do":
		p.steps = append(p.steps, step{command: value})
	case "want":
		p.steps[len(p.steps)-1].want = value
	case "fails":
		for _, column := range strings.Split(value, ",") {
			p.fails[strings.TrimSpace(column)] = true
		}
	case "note":
		p.note = strings.TrimSpace(p.note + " " + value)
	case "", "packages", "npm":
	default:
		err = fmt.Errorf("unknown key %q", key)
	}
	return err
}
