package tree

import (
	"strconv"
	"strings"
)

// maxIDs bounds passwd(5) and group(5), in bytes.
const maxIDs = 8 << 20

// IDs are the first names that /etc/passwd or /etc/group has for numbers.
func (f *FS) IDs(file string) map[uint32]string {
	all := map[uint32]string{}
	for line := range strings.Lines(string(f.ReadFile(file, maxIDs).Content)) {
		fields := strings.SplitN(line, ":", 4)
		if len(fields) < 4 {
			continue
		}
		id, err := strconv.ParseUint(fields[2], 10, 32)
		if _, taken := all[uint32(id)]; err == nil && !taken {
			all[uint32(id)] = fields[0]
		}
	}
	return all
}
