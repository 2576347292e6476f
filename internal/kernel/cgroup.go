package kernel

import (
	"bufio"
	"errors"
	"os"
	"strings"
)

// ErrNoCgroup2 is the error where cgroup v2 is not mounted.
var ErrNoCgroup2 = errors.New("cgroup v2 is not mounted")

// RootCgroup is the root of cgroup v2 as this process sees it.
func RootCgroup() (string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		mount, kind, _ := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(mount)
		if strings.HasPrefix(kind, "cgroup2 ") && len(fields) > 4 {
			return fields[4], nil
		}
	}
	return "", errors.Join(ErrNoCgroup2, lines.Err())
}
