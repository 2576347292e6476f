package policy

import "strconv"

// Errno is an error number of Linux. Zero is none.
type Errno uint16

// The error numbers that mean something to policy.
const (
	EPERM  Errno = 1
	ENOENT Errno = 2
	EACCES Errno = 13
)

// Error is the symbolic name, or "errno N" for a number that has none here.
func (e Errno) Error() string {
	switch e {
	case EPERM:
		return "EPERM"
	case ENOENT:
		return "ENOENT"
	case EACCES:
		return "EACCES"
	default:
		return "errno " + strconv.Itoa(int(e))
	}
}
