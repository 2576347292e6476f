package reason

import (
	"fmt"
	"strconv"

	"gobind/helper"
)

// Of says why a helper refused a request, or did not judge it.
func Of(r helper.Reason, source helper.Source) string {
	file := Quote(source.File)
	line := file + ":" + strconv.Itoa(source.Line)
	switch r {
	case helper.ReasonNotExecutable:
		return file + " is not executable by the user"
	case helper.ReasonUnsafe:
		return file + " could be written by others than root"
	case helper.ReasonError:
		return "cannot examine " + file
	case helper.ReasonRule:
		return line + " denies it"
	case helper.ReasonSyntax:
		return line + " is no rule"
	case helper.ReasonDualStack:
		return line + " permits one of the families that [::] takes, and nothing permits both"
	case helper.ReasonSocket:
		return "not a socket of TCP, UDP, SCTP or DCCP"
	case helper.ReasonNamespace:
		return "the socket is of another network namespace"
	case helper.ReasonFrame:
		return "the request was not understood"
	case helper.ReasonPort:
		return "the port is not privileged"
	default:
		return "no rule permits it"
	}
}

// OfStatus says why the helper at path cannot serve.
func OfStatus(s helper.Status, path string) string {
	switch s {
	case helper.StatusNotSetuid:
		return path + " has neither a setuid bit nor a file capability"
	case helper.StatusNosuid:
		return path + " is on a file system mounted nosuid"
	case helper.StatusNoNewPrivs:
		return "no_new_privs is set, which disables the setuid helper"
	case helper.StatusBoundingSet:
		return "the capability bounding set lacks CAP_NET_BIND_SERVICE"
	case helper.StatusUserNamespace:
		return "the helper has no privilege to use in this user namespace, or under a tracer"
	case helper.StatusFailed:
		return "gobind-helper could not shed its privilege"
	default:
		return fmt.Sprintf("gobind-helper cannot serve (status %d)", s)
	}
}

// Quote quotes a text that a terminal or a shell might take for more.
func Quote(text string) string {
	for _, r := range text {
		if r <= ' ' || r > '~' || r == '\'' || r == '"' || r == '\\' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}
