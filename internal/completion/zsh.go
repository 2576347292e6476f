package completion

import (
	"fmt"
	"strings"
)

// Zsh writes the completion for zsh: a function of its name for fpath.
func Zsh(p Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n%s", p.Name, header(p.Name))
	fmt.Fprintf(&b, "_%s() {\n\tlocal curcontext=$curcontext state line\n\ttypeset -A opt_args\n", p.Name)
	if p.Runs {
		fmt.Fprintf(&b, "\t_arguments -S \\\n%s\t\t'(-):program: _command_names -e' \\\n\t\t'*::arguments: _normal'\n}\n_%s \"$@\"\n",
			zshFlags(p.Flags, "\t\t"), p.Name)
		return b.String()
	}
	fmt.Fprintf(&b, "\t_arguments -C \\\n%s\t\t'1:command:((", zshFlags(p.Flags, "\t\t"))
	for i, c := range p.Commands {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, `%s\:"%s"`, c.Name, zshQuote(strings.TrimSuffix(c.Help, ".")))
	}
	b.WriteString("))' \\\n\t\t'*::argument:->argument'\n\t[[ $state == argument ]] || return\n\tcase $line[1] in\n")
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "\t%s)\n\t\t_arguments \\\n%s", c.Name, zshFlags(append(c.Flags[:len(c.Flags):len(c.Flags)], p.Flags...), "\t\t\t"))
		if c.Arg.Kind != "" {
			fmt.Fprintf(&b, "\t\t\t'1:%s:%s'\n", strings.ToLower(c.Arg.Kind), c.Arg.zsh())
		} else {
			b.WriteString("\t\t\t': :'\n")
		}
		b.WriteString("\t\t;;\n")
	}
	fmt.Fprintf(&b, "\tesac\n}\n_%s \"$@\"\n", p.Name)
	return b.String()
}

func zshFlags(flags []Flag, indent string) string {
	var b strings.Builder
	for _, f := range flags {
		for _, word := range f.words() {
			equals, value := "", ""
			if f.Kind != "" {
				equals, value = "=", ":"+strings.ToLower(f.Kind)+":"+f.zsh()
			}
			if len(word) == 2 && equals != "" {
				equals = "+"
			}
			fmt.Fprintf(&b, "%s'%s%s[%s]%s' \\\n", indent, word, equals, zshQuote(f.Help), value)
		}
	}
	return b.String()
}

// zsh completes the value of an option.
func (f Flag) zsh() string {
	switch {
	case f.Values != nil:
		return "(" + strings.Join(f.Values, " ") + ")"
	case f.Kind == "DIR":
		return "_files -/"
	case f.Kind == "FILE":
		return "_files"
	case f.Kind == "USER":
		return "_users"
	case f.Kind == "PORT":
		return "_ports"
	default:
		return ""
	}
}

// zshQuote quotes a text inside single quotes, brackets and, for a command, double
// quotes.
func zshQuote(text string) string {
	return strings.NewReplacer(`\`, `\\`, "'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`, `"`, "").Replace(text)
}
