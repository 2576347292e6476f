package inet

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Socket is a socket that has a port of its own.
type Socket struct {
	Protocol string // tcp, udp, udplite or sctp
	Addr     netip.AddrPort
	State    string // "listen", or the state of a connection
	UID      uint32 // who made it
	Inode    uint64 // 0: the kernel's alone, no process has it any more
}

// Protocols are those whose ports are looked at.
var Protocols = []string{"tcp", "udp", "udplite", "sctp"}

// Sockets are the sockets of this network namespace, by port, listening ones
// first. A protocol that the kernel does not have has none.
func Sockets() ([]Socket, error) {
	var all []Socket
	for _, file := range []string{"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "sctp/eps"} {
		f, err := os.Open("/proc/self/net/" + file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		scanner := bufio.NewScanner(f)
		for scanner.Scan() {
			if s, ok := parse(file, scanner.Text()); ok {
				all = append(all, s)
			}
		}
		err = errors.Join(scanner.Err(), f.Close())
		if err != nil {
			return nil, fmt.Errorf("read /proc/self/net/%s: %w", file, err)
		}
	}
	slices.SortStableFunc(all, func(a, b Socket) int {
		return cmp.Or(cmp.Compare(a.Addr.Port(), b.Addr.Port()), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Protocol, b.Protocol))
	})
	return all, nil
}

func rank(s Socket) int {
	if s.State == Listen {
		return 0
	}
	return 1
}

// Listen is the state of a socket that waits for others: a TCP or SCTP listener,
// an unconnected UDP socket.
const Listen = "listen"

var states = map[string]string{
	"01": "established", "02": "syn-sent", "03": "syn-recv", "04": "fin-wait-1", "05": "fin-wait-2", "06": "time-wait",
	"07": "close", "08": "close-wait", "09": "last-ack", "0A": Listen, "0B": "closing", "0C": "syn-recv", "0D": "bound",
}

// parse parses a line of a file of /proc/net; not ok: it is none of a socket.
func parse(file, line string) (s Socket, ok bool) {
	fields := strings.Fields(line)
	if file == "sctp/eps" {
		return parseSCTP(fields)
	}
	if len(fields) < 10 {
		return s, false
	}
	addr, err := parseAddr(fields[1])
	uid, uidErr := strconv.ParseUint(fields[7], 10, 32)
	inode, inodeErr := strconv.ParseUint(fields[9], 10, 64)
	if errors.Join(err, uidErr, inodeErr) != nil {
		return s, false
	}
	protocol := strings.TrimSuffix(file, "6")
	state := states[fields[3]]
	if protocol != "tcp" && state == "close" {
		state = Listen
	}
	return Socket{protocol, addr, state, uint32(uid), inode}, true
}

// parseSCTP parses a line of sctp/eps: endpoint, socket, two states, bucket,
// port, uid, inode, addresses.
func parseSCTP(fields []string) (s Socket, ok bool) {
	if len(fields) < 9 {
		return s, false
	}
	port, err := strconv.ParseUint(fields[5], 10, 16)
	uid, uidErr := strconv.ParseUint(fields[6], 10, 32)
	inode, inodeErr := strconv.ParseUint(fields[7], 10, 64)
	addr, addrErr := netip.ParseAddr(fields[8])
	if errors.Join(err, uidErr, inodeErr, addrErr) != nil {
		return s, false
	}
	return Socket{"sctp", netip.AddrPortFrom(addr, uint16(port)), Listen, uint32(uid), inode}, true
}

var errAddr = errors.New("not an address of /proc/net")

// parseAddr parses an address of /proc/net: 32-bit words in this machine's byte
// order, a colon, the port.
func parseAddr(text string) (netip.AddrPort, error) {
	rawAddr, rawPort, _ := strings.Cut(text, ":")
	words, err := hex.DecodeString(rawAddr)
	port, portErr := strconv.ParseUint(rawPort, 16, 16)
	if err != nil || portErr != nil || len(words) != 4 && len(words) != 16 {
		return netip.AddrPort{}, errAddr
	}
	for i := 0; i < len(words); i += 4 {
		binary.NativeEndian.PutUint32(words[i:], binary.BigEndian.Uint32(words[i:]))
	}
	addr, _ := netip.AddrFromSlice(words)
	return netip.AddrPortFrom(addr, uint16(port)), nil
}
