# capture.zsh DIRECTORY OUT DUMP: sets this interactive zsh up so that the next Tab
# writes what it would offer to OUT, a word a line, and ends the shell. What
# compinit found out it keeps in DUMP.
fpath=($1 $fpath)
out=$2
autoload -Uz compinit
compinit -C -d $3
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits
	builtin compadd -A hits "$@"
	print -rl -- $hits >>$out
	builtin compadd "$@"
}
finish() { exit }
comppostfuncs=(finish)
