package unit

import (
	"path"
	"strings"
)

// Command is one command of ExecStart=.
type Command struct {
	Prefix  string // of -, :, @, +, !, |, as they stood
	Program string // the first word, as it was written, with its quotes
	Rest    string // what follows, as it was written
	File    string
	Line    int
}

// Text is the command as a value of ExecStart=.
func (c Command) Text() string { return strings.TrimSpace(c.Prefix + c.Program + " " + c.Rest) }

// IsWrapped reports whether the command starts gobind already.
func (c Command) IsWrapped() bool { return path.Base(unquote(c.Program)) == "gobind" }

// privileged reports whether the command starts with all of root's rights, whatever
// User= says.
func (c Command) privileged() bool {
	return strings.Contains(c.Prefix, "+") || strings.Count(c.Prefix, "!") == 1
}

// wrap is the command under gobind.
func (c Command) wrap(gobind string) (Command, *RefusalError) {
	refuse := func(why Why) (Command, *RefusalError) {
		return c, &RefusalError{Why: why, Subject: "ExecStart=" + c.Text(), File: c.File, Line: c.Line}
	}
	wrapped := c
	if strings.Contains(c.Prefix, "|") { // through the user's shell
		return refuse(NamedArgument)
	}
	if strings.Contains(c.Prefix, "@") {
		name, rest := word(c.Rest)
		if unquote(name) != unquote(c.Program) {
			return refuse(NamedArgument)
		}
		wrapped.Prefix, wrapped.Rest = strings.ReplaceAll(c.Prefix, "@", ""), rest
	}
	// As the program it would not be expanded, as an argument it is.
	if strings.Contains(c.Program, "$") && !strings.Contains(c.Prefix, ":") {
		return refuse(Variable)
	}
	if strings.HasPrefix(unquote(c.Program), "-") {
		return refuse(Variable)
	}
	wrapped.Program, wrapped.Rest = gobind, strings.TrimSpace(c.Program+" "+wrapped.Rest)
	return wrapped, nil
}

// commandsOf are the commands of the assignments to ExecStart= that count.
func commandsOf(all []Assign) []Command {
	var commands []Command
	for _, a := range all {
		if a.Section != "Service" || a.Key != "ExecStart" {
			continue
		}
		if a.Value == "" {
			commands = nil
		}
		for _, text := range split(a.Value) {
			c := Command{File: a.File, Line: a.Line}
			rest := strings.TrimLeft(text, "-:@+!|")
			c.Prefix = text[:len(text)-len(rest)]
			c.Program, c.Rest = word(rest)
			commands = append(commands, c)
		}
	}
	return commands
}

// split is a value of ExecStart= cut at each semicolon that is a word of its own.
func split(value string) []string {
	var commands []string
	var current []string
	for rest := value; rest != ""; {
		var w string
		if w, rest = word(rest); w != ";" {
			current = append(current, w)
			continue
		}
		commands, current = append(commands, strings.Join(current, " ")), nil
	}
	if len(current) > 0 {
		commands = append(commands, strings.Join(current, " "))
	}
	return commands
}

// word is the first word of a text as it stands, and what follows. Quotes and
// backslashes count as systemd.service(5) has them.
func word(text string) (first, rest string) {
	text = strings.TrimLeft(text, " \t")
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ' ' || c == '\t':
			return text[:i], strings.TrimLeft(text[i:], " \t")
		}
	}
	return text, ""
}

// unquote is a word without its quotes; what a backslash stands for is left as it is.
func unquote(text string) string {
	return strings.NewReplacer(`"`, "", "'", "").Replace(text)
}
