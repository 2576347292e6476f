package completion

import (
	"fmt"
	"strings"
)

// Bash writes the completion for bash. It needs no package bash-completion, but
// for the arguments of a program that is run.
func Bash(p Program) string {
	var b strings.Builder
	b.WriteString(header(p.Name))
	fmt.Fprintf(&b, `_%[1]s() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word= rest=0
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	COMPREPLY=()
	# The first word that is neither an option nor the value of one.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
`, p.Name)
	if values := withValue(p); values != "" {
		fmt.Fprintf(&b, "\t\t%s) [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;\n", values)
	}
	b.WriteString(`		--) rest=$((i + 1)); break ;;
		-* | =) ;;
		*) word=${COMP_WORDS[i]}; rest=$i; break ;;
		esac
	done
`)
	if p.Runs {
		b.WriteString(bashRun)
	}
	b.WriteString("\tcase $prev in\n")
	seen := map[string]bool{}
	for _, f := range p.all() {
		if names := strings.Join(f.words(), " | "); f.Kind != "" && !seen[names] {
			seen[names] = true
			fmt.Fprintf(&b, "\t%s) %s; return ;;\n", names, f.bash())
		}
	}
	b.WriteString("\tesac\n\tcase $word in\n")
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "\t%s)\n\t\tif [[ $cur == -* ]]; then\n\t\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n", c.Name, spellings(append(c.Flags, p.Flags...)))
		if c.Arg.Kind != "" {
			fmt.Fprintf(&b, "\t\telse\n\t\t\t%s\n", c.Arg.bash())
		}
		b.WriteString("\t\tfi\n\t\t;;\n")
	}
	fmt.Fprintf(&b, "\t'')\n\t\tif [[ $cur == -* ]]; then\n\t\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\telse\n\t\t\t%s\n\t\tfi\n\t\t;;\n\tesac\n}\ncomplete -F _%s %[3]s\n",
		spellings(p.Flags), p.bashFirst(), p.Name)
	return b.String()
}

// bashRun completes the program that is run, and its arguments.
const bashRun = `	if ((rest > 0)); then
		if declare -F _comp_command_offset >/dev/null; then
			_comp_command_offset "$rest"
		elif declare -F _command_offset >/dev/null; then
			_command_offset "$rest"
		elif ((COMP_CWORD == rest)); then
			COMPREPLY=($(compgen -c -- "$cur"))
		else
			compopt -o filenames
			COMPREPLY=($(compgen -f -- "$cur"))
		fi
		return
	fi
`

// bashFirst completes the first word that is no option.
func (p Program) bashFirst() string {
	if p.Runs {
		return `COMPREPLY=($(compgen -c -- "$cur"))`
	}
	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	return fmt.Sprintf(`COMPREPLY=($(compgen -W '%s' -- "$cur"))`, strings.Join(names, " "))
}

// bash completes the value of an option.
func (f Flag) bash() string {
	switch {
	case f.Values != nil:
		return fmt.Sprintf(`COMPREPLY=($(compgen -W '%s' -- "$cur"))`, strings.Join(f.Values, " "))
	case f.Kind == "DIR":
		return `compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))`
	case f.Kind == "FILE":
		return `compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))`
	case f.Kind == "USER":
		return `COMPREPLY=($(compgen -u -- "$cur"))`
	case f.Kind == "PORT":
		return `COMPREPLY=($(compgen -s -- "$cur"))`
	default:
		return "COMPREPLY=()"
	}
}

// all are the options of the program and of its commands.
func (p Program) all() []Flag {
	all := p.Flags
	for _, c := range p.Commands {
		all = append(all[:len(all):len(all)], c.Flags...)
	}
	return all
}

// withValue is a pattern of the options whose value may be a word of its own.
func withValue(p Program) string {
	var words []string
	seen := map[string]bool{}
	for _, f := range p.all() {
		for _, w := range f.words() {
			if f.Kind != "" && !seen[w] {
				seen[w] = true
				words = append(words, w)
			}
		}
	}
	return strings.Join(words, " | ")
}
