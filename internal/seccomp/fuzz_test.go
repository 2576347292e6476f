package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever a notification holds, the bind is what the kernel would make of it:
// descriptor and length are ints, a 32-bit program has 32-bit pointers, and the
// arguments of i386's socketcall are read once, all together, from where it says.
func FuzzBindCall(f *testing.F) {
	f.Add(int32(unix.SYS_BIND), nativeArch, uint64(3), uint64(0x7fff12345678), uint64(16), []byte{})
	f.Add(int32(102), uint32(archI386), uint64(2), uint64(0x8000), uint64(0), []byte{7, 0, 0, 0, 0, 0, 255, 255, 16, 0, 0, 0})
	f.Add(int32(102), uint32(archI386), uint64(1<<32|2), uint64(1<<40|0x8000), uint64(0), []byte{7, 0, 0, 0, 0, 0, 255, 255, 16, 0, 0})
	f.Add(int32(361), uint32(archI386), uint64(1<<32|3), ^uint64(0), uint64(1<<32|28), []byte{})
	f.Add(int32(282), uint32(archARM), ^uint64(0), ^uint64(0), ^uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, nr int32, arch uint32, a, b, c uint64, memory []byte) {
		var reads []uint64
		read := func(addr uint64, buf []byte) bool {
			reads = append(reads, addr)
			return copy(buf, memory) == len(buf)
		}
		got, ok := Data{Nr: nr, Arch: arch, Args: [6]uint64{a, b, c}}.Bind(read)
		if arch != archI386 || nr != 102 {
			pointer := b
			if arch == archI386 || arch == archARM {
				pointer &= 0xffffffff
			}
			if want := (BindCall{int32(a), pointer, int32(c)}); !ok || got != want || len(reads) != 0 {
				t.Errorf("%+v, %v, %d reads, want %+v", got, ok, len(reads), want)
			}
			return
		}
		whole := uint32(a) == 2 && len(memory) >= 12
		if ok != whole || len(reads) > 1 || len(reads) == 1 && reads[0] != b&0xffffffff {
			t.Errorf("socketcall %d with %d bytes: %v, read at %#x", uint32(a), len(memory), ok, reads)
		}
		if ok {
			word := func(i int) uint32 { return binary.NativeEndian.Uint32(memory[4*i:]) }
			if want := (BindCall{int32(word(0)), uint64(word(1)), int32(word(2))}); got != want {
				t.Errorf("socketcall: %+v, want %+v", got, want)
			}
		} else if got != (BindCall{}) {
			t.Errorf("refused, and %+v", got)
		}
	})
}
