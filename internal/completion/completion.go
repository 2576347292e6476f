// Package completion writes shell completions from a command line's model, as
// kong has it, so that no option is left out. The files in etc/completion are
// its output; the tests of the commands compare, and write them anew under
// UPDATE=1.
package completion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Program is what is to be completed.
type Program struct {
	Name     string
	Flags    []Flag // everywhere
	Commands []Command
	Runs     bool // another program, whose name and arguments follow
}

// Command is a subcommand.
type Command struct {
	Name, Help string
	Flags      []Flag // its own
	Arg        Flag   // its last argument: Kind and Values; no Kind, if it has none
}

// Flag is an option.
type Flag struct {
	Name   string
	Short  string // "" or a letter
	Help   string
	Values []string // all that it takes; nil: see Kind
	Kind   string   // what its value is: DIR, FILE, USER, PORT, another word, or "" for none
}

// Of returns the program of a model. One without commands runs another program.
func Of(app *kong.Application) Program {
	p := Program{Name: app.Name, Flags: flags(app.Flags)}
	for _, node := range app.Children {
		c := Command{Name: node.Name, Help: node.Help, Flags: flags(node.Flags)}
		for _, arg := range node.Positional {
			c.Arg = Flag{Kind: strings.ToUpper(arg.Name)}
			if arg.Enum != "" {
				c.Arg.Values = arg.EnumSlice()
			}
		}
		p.Commands = append(p.Commands, c)
	}
	p.Runs = len(p.Commands) == 0
	return p
}

func flags(all []*kong.Flag) []Flag {
	var found []Flag
	for _, f := range all {
		if f.Hidden {
			continue
		}
		out := Flag{Name: f.Name, Help: strings.TrimSuffix(f.Help, ".")}
		if f.Short != 0 {
			out.Short = string(f.Short)
		}
		if !f.IsBool() && !f.IsCounter() {
			out.Kind = strings.ToUpper(f.PlaceHolder)
			if out.Kind == "" {
				out.Kind = strings.ToUpper(f.Name)
			}
		}
		if f.Enum != "" {
			out.Values = slices.DeleteFunc(f.EnumSlice(), func(v string) bool { return v == "" })
		}
		found = append(found, out)
	}
	return found
}

// words are an option's names, as they are typed.
func (f Flag) words() []string {
	words := []string{"--" + f.Name}
	if f.Short != "" {
		words = append(words, "-"+f.Short)
	}
	return words
}

// spellings are the names of all the options.
func spellings(flags []Flag) string {
	var all []string
	for _, f := range flags {
		all = append(all, f.words()...)
	}
	return strings.Join(all, " ")
}

// header is the first comment of a file.
func header(name string) string {
	return fmt.Sprintf("# Completion of %s. Generated from its command line: package internal/completion.\n", name)
}
