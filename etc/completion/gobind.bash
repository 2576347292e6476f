# Completion of gobind. Generated from its command line: package internal/completion.
_gobind() {
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
		--launch | --listen | --depth) [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;
		--) rest=$((i + 1)); break ;;
		-* | =) ;;
		*) word=${COMP_WORDS[i]}; rest=$i; break ;;
		esac
	done
	if ((rest > 0)); then
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
	case $prev in
	--launch) COMPREPLY=($(compgen -W 'auto inplace parent' -- "$cur")); return ;;
	--listen) COMPREPLY=(); return ;;
	--depth) COMPREPLY=(); return ;;
	esac
	case $word in
	'')
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--help -h --launch --quiet -q --verbose -v --listen --deep --depth --version' -- "$cur"))
		else
			COMPREPLY=($(compgen -c -- "$cur"))
		fi
		;;
	esac
}
complete -F _gobind gobind
