package refusal

import (
	"bufio"
	"io"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"gobind/internal/reason"
)

// portsOf is what a line of byuid, whatever is wrong with it, has for ports.
var portsOf = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(\d+)(?:[-,](\d+))?\s*(?:#.*)?$`)
})

// maxByUID bounds what is read of a byuid file.
const maxByUID = 1 << 20

// near is the first line of a byuid file that is about the port, 0 if none is or
// the file may not be read.
func near(name string, port uint16) int {
	file, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0
	}
	defer file.Close() //nolint:errcheck // only read
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return 0
	}
	lines := bufio.NewScanner(io.LimitReader(file, maxByUID))
	for number := 1; lines.Scan(); number++ {
		if m := portsOf().FindStringSubmatch(lines.Text()); m != nil && !strings.HasPrefix(lines.Text(), "#") {
			low, _ := strconv.Atoi(m[1]) // one that is too large is no port
			high, err := strconv.Atoi(m[2])
			if low == int(port) || err == nil && low <= int(port) && int(port) <= high {
				return number
			}
		}
	}
	return 0
}

// names are the files that may give the bind, without the mark of their names.
func names(addr netip.AddrPort) []string {
	port := strconv.Itoa(int(addr.Port()))
	ip := addr.Addr().WithZone("").String()
	return []string{"byport/" + port, "byaddr/" + ip + ":" + port, "byaddr/" + ip + "," + port}
}

// mark puts ! before the last part of a name, if it is to be marked.
func mark(name string, marked bool) string {
	if !marked {
		return name
	}
	dir, file := filepath.Split(name)
	return dir + "!" + file
}

// UserName is the user's name by /etc/passwd, or the number. For one who is not
// there os/user would take the name from the environment, which is the user's word:
// so USER is cleared.
func UserName(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	_ = os.Unsetenv("USER") // the target has its own
	if u, err := user.LookupId(number); err == nil {
		return reason.Quote(u.Username)
	}
	return number
}
