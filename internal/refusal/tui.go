package refusal

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/helper"
	"gobind/internal/reason"
)

// All that is told of a refusal is in this file, and of a helper that does not serve in
// helper.go. Names that are not ours are quoted if they need it.

// Paths are where policy and the helper are.
type Paths struct{ ConfDir, AuthbindDir, Helper string }

// Refusal is a bind that policy does not permit.
type Refusal struct {
	UID      uint32
	Protocol string // "" if unknown
	Addr     netip.AddrPort
	Reason   helper.Reason
	Source   helper.Source
}

// Where is the refused address, with its protocol.
func (r Refusal) Where() string {
	if r.Protocol == "" {
		return r.Addr.String()
	}
	return r.Protocol + " " + r.Addr.String()
}

// Refused says that and why the bind was refused, and the cure.
func (p Paths) Refused(r Refusal) (line, cure string) {
	who := UserName(r.UID)
	return fmt.Sprintf("user %s may not bind %s: %s", who, r.Where(), reason.Of(r.Reason, r.Source)), p.hint(r, who)
}

// hint says what an administrator can do about it.
func (p Paths) hint(r Refusal, who string) string {
	file := shellWord(r.Source.File)
	switch r.Reason {
	case helper.ReasonNotExecutable:
		return asRoot(executable(r, who))
	case helper.ReasonUnsafe:
		return asRoot(fmt.Sprintf("chown root %s && chmod go-w %s", file, file))
	case helper.ReasonError, helper.ReasonSyntax:
		return asRoot("gobindctl lint")
	case helper.ReasonRule:
		return asRoot("gobindctl edit " + shellWord(filepath.Base(r.Source.File)))
	case helper.ReasonDualStack:
		return asRoot(permit(r, who))
	default:
		return p.unsaid(r, who)
	}
}

func asRoot(command string) string { return "as root, run: " + command }

// permit is the command that permits the bind.
func permit(r Refusal, who string) string {
	return fmt.Sprintf("gobindctl permit %s %s %s", who, protocolOr(r, "any"), shellWord(place(r.Addr)))
}

// place is the address and port as a rule has them. A bind of [::] takes both
// families, and a rule has no zone and no IPv4-mapped address.
func place(addr netip.AddrPort) string {
	ip := addr.Addr().WithZone("").Unmap()
	if ip == netip.IPv6Unspecified() {
		return fmt.Sprintf("*:%d", addr.Port())
	}
	return netip.AddrPortFrom(ip, addr.Port()).String()
}

// unsaid is what to do where no policy says anything: look for what was meant to,
// and else permit it.
func (p Paths) unsaid(r Refusal, who string) string {
	for _, dir := range []string{p.ConfDir, p.AuthbindDir} {
		for _, name := range names(r.Addr) {
			wrong, right := filepath.Join(dir, mark(name, r.Addr.Port() < 512)), filepath.Join(dir, mark(name, r.Addr.Port() >= 512))
			if unix.Access(wrong, unix.X_OK) == nil {
				return asRoot(fmt.Sprintf("mv %s %s", shellWord(wrong), shellWord(right)))
			}
		}
		for _, marked := range []bool{false, true} {
			file := filepath.Join(dir, mark("byuid/"+strconv.FormatUint(uint64(r.UID), 10), marked))
			if line := near(file, r.Addr.Port()); line > 0 {
				return fmt.Sprintf("%s:%d is about that port; why not about this bind: gobindctl check --explain %s %s %s",
					reason.Quote(file), line, who, protocolOr(r, "tcp"), shellWord(r.Addr.String()))
			}
		}
	}
	return asRoot(permit(r, who))
}

// protocolOr is the protocol, or other if it is not known.
func protocolOr(r Refusal, other string) string {
	if r.Protocol == "" {
		return other
	}
	return r.Protocol
}

// executable is the command that makes the file executable for the user, and
// takes it from nobody. Where the file is not what keeps the user out, a rule does.
func executable(r Refusal, who string) string {
	file := shellWord(r.Source.File)
	var st unix.Stat_t
	var fs unix.Statfs_t
	err := unix.Stat(r.Source.File, &st)
	switch {
	case errors.Is(err, unix.EACCES):
		dir := shellWord(filepath.Dir(r.Source.File))
		return fmt.Sprintf("chmod a+x %s %s", shellWord(filepath.Dir(filepath.Dir(r.Source.File))), dir)
	case err != nil, unix.Statfs(r.Source.File, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0:
		return permit(r, who)
	case st.Uid == r.UID:
		return "chmod u+x " + file
	case st.Uid == 0:
		return fmt.Sprintf("chown %s %s && chmod u+x %s", who, file, file)
	default:
		return fmt.Sprintf("setfacl -m u:%s:x %s", who, file)
	}
}

// shellWord quotes a text so that a shell takes it as it is.
func shellWord(text string) string {
	if quoted := reason.Quote(text); strings.Contains(quoted, `\`) { // for a terminal's sake
		return quoted
	}
	for _, r := range text {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("/._-+,:@%=", r) {
			return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		}
	}
	return text
}
