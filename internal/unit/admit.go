package unit

import (
	"slices"
	"strings"
)

// admits reports whether values of SystemCallFilter= or RestrictAddressFamilies= let
// pass what the words match: the first one that is not empty says whether the list is
// one of what is allowed, or with a ~ of what is not.
func admits(values []string, match func(word string) bool) bool {
	set, allowing, listed := false, false, false
	for _, value := range values {
		if value == "" {
			set, allowing, listed = false, false, false
			continue
		}
		rest, invert := strings.CutPrefix(value, "~")
		if rest == "none" {
			set, allowing, listed = true, true, false
			continue
		}
		if !set {
			set, allowing = true, !invert
		}
		for word := range strings.FieldsSeq(rest) {
			name, _, _ := strings.Cut(word, ":")
			if match(name) {
				listed = invert != allowing
			}
		}
	}
	return !set || listed == allowing
}

// Calls are the system calls of gobind and its supervisor beside those that every
// program needs to start (@default), and the groups of systemd that have them: what a
// filter has to let pass. Measured by strace(1), and by units whose filter is this.
var calls = map[string][]string{
	"seccomp":          {"@sandbox"},
	"pidfd_getfd":      {"@debug"},
	"pidfd_open":       {"@process", "@system-service"},
	"process_vm_readv": {"@ipc", "@system-service"},
	"clone":            {"@process", "@system-service"},
	"prctl":            {"@process", "@system-service"},
	"tgkill":           {"@process", "@system-service"},
	"wait4":            {"@process", "@system-service"},
	"setsid":           {"@system-service"},
	"chdir":            {"@file-system", "@system-service"},
	"fcntl":            {"@file-system", "@system-service"},
	"openat":           {"@file-system", "@system-service"},
	"readlinkat":       {"@file-system", "@system-service"},
	"close_range":      {"@basic-io", "@system-service"},
	"dup3":             {"@basic-io", "@system-service"},
	"getsockopt":       {"@network-io", "@system-service"},
	"setsockopt":       {"@network-io", "@system-service"},
	"recvmsg":          {"@network-io", "@system-service"},
	"sendmsg":          {"@network-io", "@system-service"},
	"socket":           {"@network-io", "@system-service"},
	"socketpair":       {"@network-io", "@system-service"},
	"connect":          {"@network-io", "@system-service"},
	"ioctl":            {"@system-service"},
	"madvise":          {"@system-service"},
	"ppoll":            {"@io-event", "@system-service"},
	"rt_sigaction":     {"@signal", "@system-service"},
	"rt_sigprocmask":   {"@signal", "@system-service"},
	"sigaltstack":      {"@signal", "@system-service"},
}

// refusedCalls are the calls of gobind's that the filter does not let pass, in order.
func refusedCalls(values []string) []string {
	var refused []string
	for call, groups := range calls {
		if !admits(values, func(word string) bool {
			return word == call || word == "@known" || slices.Contains(groups, word)
		}) {
			refused = append(refused, call)
		}
	}
	slices.Sort(refused)
	return refused
}

// admitsFamily reports whether sockets of the family may be made.
func admitsFamily(values []string, family string) bool {
	return admits(values, func(word string) bool { return word == family })
}

// netBind is the capability that the setuid helper must be able to gain.
const netBind = "CAP_NET_BIND_SERVICE"

// capability reports whether a set of capabilities has the one that binds; initial
// says whether it does where nothing was assigned.
func capability(values []string, initial bool) bool {
	has, untouched := initial, true
	for _, value := range values {
		rest, invert := strings.CutPrefix(value, "~")
		words := strings.Fields(rest)
		listed := slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, netBind) })
		switch {
		case len(words) == 0 || untouched:
			has = listed != invert
		case listed:
			has = !invert
		}
		untouched = false
	}
	return has
}
