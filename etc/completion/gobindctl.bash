# Completion of gobindctl. Generated from its command line: package internal/completion.
_gobindctl() {
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
		--config | --root | --groups | --user | --port | --unit | --pid | --verdict | --since | --lines | -n | --file | --output | -o | --cgroup | --netns) [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;
		--) rest=$((i + 1)); break ;;
		-* | =) ;;
		*) word=${COMP_WORDS[i]}; rest=$i; break ;;
		esac
	done
	case $prev in
	--config) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--root) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--groups) COMPREPLY=(); return ;;
	--user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
	--port) COMPREPLY=($(compgen -s -- "$cur")); return ;;
	--unit) COMPREPLY=(); return ;;
	--pid) COMPREPLY=(); return ;;
	--verdict) COMPREPLY=($(compgen -W 'permit deny unserved' -- "$cur")); return ;;
	--since) COMPREPLY=(); return ;;
	--lines | -n) COMPREPLY=(); return ;;
	--file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--output | -o) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--cgroup) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--netns) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
	esac
	case $word in
	check)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --explain --groups --help -h --json --version' -- "$cur"))
		else
			COMPREPLY=()
		fi
		;;
	list)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --user --port --help -h --json --version' -- "$cur"))
		fi
		;;
	show)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --help -h --json --version' -- "$cur"))
		fi
		;;
	doctor)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --unit --pid --help -h --json --version' -- "$cur"))
		fi
		;;
	who)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--help -h --json --version' -- "$cur"))
		else
			COMPREPLY=($(compgen -s -- "$cur"))
		fi
		;;
	ps)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--help -h --json --version' -- "$cur"))
		fi
		;;
	log)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--user --port --verdict --since --lines -n --file --help -h --json --version' -- "$cur"))
		fi
		;;
	permit)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --dry-run -n --help -h --json --version' -- "$cur"))
		else
			COMPREPLY=()
		fi
		;;
	revoke)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --dry-run -n --help -h --json --version' -- "$cur"))
		else
			COMPREPLY=()
		fi
		;;
	edit)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --help -h --json --version' -- "$cur"))
		else
			compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))
		fi
		;;
	lint)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --kernel --help -h --json --version' -- "$cur"))
		else
			compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))
		fi
		;;
	import)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--config --root --output -o --force --help -h --json --version' -- "$cur"))
		fi
		;;
	kernel)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--cgroup --netns --help -h --json --version' -- "$cur"))
		else
			COMPREPLY=($(compgen -W 'enable disable reload status probe watch' -- "$cur"))
		fi
		;;
	unit)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--root --dry-run -n --remove --help -h --json --version' -- "$cur"))
		else
			COMPREPLY=()
		fi
		;;
	'')
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--help -h --json --version' -- "$cur"))
		else
			COMPREPLY=($(compgen -W 'check list show doctor who ps log permit revoke edit lint import kernel unit' -- "$cur"))
		fi
		;;
	esac
}
complete -F _gobindctl gobindctl
