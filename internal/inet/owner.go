package inet

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// Owners are the processes that have a socket, by its inode.
type Owners struct {
	byInode map[uint64][]int
	Hidden  int // processes that could not be looked into
}

// FindOwners looks into all processes that this one may look into.
func FindOwners() Owners {
	o := Owners{byInode: map[uint64][]int{}}
	for _, pid := range PIDs() {
		inodes, err := SocketsOf(pid)
		if os.IsPermission(err) {
			o.Hidden++
		}
		for _, inode := range inodes {
			if !slices.Contains(o.byInode[inode], pid) {
				o.byInode[inode] = append(o.byInode[inode], pid)
			}
		}
	}
	for _, pids := range o.byInode {
		slices.Sort(pids)
	}
	return o
}

// Of returns the processes that have the socket.
func (o Owners) Of(s Socket) []int {
	if s.Inode == 0 {
		return nil
	}
	return o.byInode[s.Inode]
}

// SocketsOf returns the inodes of a process's sockets.
func SocketsOf(pid int) ([]uint64, error) {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var inodes []uint64
	for _, name := range names {
		target, err := os.Readlink(dir + "/" + name)
		if err != nil {
			continue // closed meanwhile
		}
		rest, ok := strings.CutPrefix(target, "socket:[")
		if inode, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 64); ok && err == nil {
			inodes = append(inodes, inode)
		}
	}
	return inodes, nil
}
