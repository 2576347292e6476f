package supervisor

import (
	"testing"

	"gobind/internal/seccomp"
)

// Whatever a notification holds and the target's memory says, an address comes out
// of it only by a length that the memory was read with, once for each.
func FuzzNotification(f *testing.F) {
	v4 := []byte{2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	f.Add(uint32(0xc000003e), int32(49), uint64(3), uint64(4096), uint64(16), v4)
	f.Add(uint32(0x40000003), int32(102), uint64(2), uint64(4096), uint64(0), v4)
	f.Add(uint32(0x40000003), int32(361), uint64(3), uint64(1)<<40, uint64(28), v4)
	f.Add(uint32(0xc00000b7), int32(200), ^uint64(0), uint64(4096), uint64(1)<<32|16, v4)
	f.Fuzz(func(t *testing.T, arch uint32, nr int32, a, b, c uint64, memory []byte) {
		reads := 0
		read := func(_ uint64, buf []byte) bool {
			reads++
			return copy(buf, memory) == len(buf)
		}
		data := seccomp.Data{Nr: nr, Arch: arch, Args: [6]uint64{a, b, c}}
		call, ok := data.Bind(read)
		if !ok {
			return
		}
		before := reads
		addr, ok := copyAddress(call, read)
		if reads-before > 1 {
			t.Errorf("the address was read %d times", reads-before)
		}
		if ok && (call.AddrLen < minInet4 || call.AddrLen > maxSockaddr || int(call.AddrLen) > len(memory)) {
			t.Errorf("%+v: %v", call, addr)
		}
	})
}
