package completion

import (
	"fmt"
	"strings"
)

// Fish writes the completion for fish.
func Fish(p Program) string {
	var b strings.Builder
	b.WriteString(header(p.Name))
	condition := ""
	if p.Runs {
		fmt.Fprintf(&b, "complete -c %s -x -a '(__fish_complete_subcommand)'\n", p.Name)
	} else {
		fmt.Fprintf(&b, "complete -c %s -f\n", p.Name)
	}
	for _, f := range p.Flags {
		b.WriteString(f.fish(p.Name, condition))
	}
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", p.Name, c.Name, fishQuote(strings.TrimSuffix(c.Help, ".")))
	}
	for _, c := range p.Commands {
		condition := fmt.Sprintf(" -n '__fish_seen_subcommand_from %s'", c.Name)
		for _, f := range c.Flags {
			b.WriteString(f.fish(p.Name, condition))
		}
		if c.Arg.Kind != "" {
			fmt.Fprintf(&b, "complete -c %s%s%s\n", p.Name, condition, c.Arg.fishValue())
		}
	}
	return b.String()
}

func (f Flag) fish(program, condition string) string {
	short := ""
	if f.Short != "" {
		short = " -s " + f.Short
	}
	return fmt.Sprintf("complete -c %s%s%s -l %s%s -d %s\n", program, condition, short, f.Name, f.fishValue(), fishQuote(f.Help))
}

// fishValue completes the value of an option.
func (f Flag) fishValue() string {
	switch {
	case f.Kind == "":
		return ""
	case f.Values != nil:
		return fmt.Sprintf(" -x -a '%s'", strings.Join(f.Values, " "))
	case f.Kind == "DIR":
		return " -x -a '(__fish_complete_directories)'"
	case f.Kind == "FILE":
		return " -r -F"
	case f.Kind == "USER":
		return " -x -a '(__fish_complete_users)'"
	case f.Kind == "PORT":
		return ` -x -a '(string match -rg "^(\\w[\\w-]*)\\s+\\d" < /etc/services)'`
	default:
		return " -x"
	}
}

func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
