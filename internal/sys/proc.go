package sys

import (
	"errors"
	"os"
	"strconv"
)

// ErrProc says that /proc does not show the processes as this one sees them: it
// is not mounted, or belongs to another pid namespace, where the same number is
// another process.
var ErrProc = errors.New("/proc is not mounted for this pid namespace")

// CheckProc returns ErrProc unless /proc can be trusted with process ids.
func CheckProc() error {
	self, err := os.Readlink("/proc/self")
	if err != nil || self != strconv.Itoa(os.Getpid()) {
		return ErrProc
	}
	return nil
}
