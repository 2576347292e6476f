package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

func noMemory(uint64, []byte) bool { return false }

func TestBindCall(t *testing.T) {
	memory := func(addr uint64, buf []byte) bool {
		if addr != 0x8000 || len(buf) != 12 {
			t.Errorf("read of %d bytes at %#x", len(buf), addr)
		}
		for i, word := range []uint32{7, 0xffff0000, 0xffffffff} {
			binary.NativeEndian.PutUint32(buf[4*i:], word)
		}
		return true
	}
	for name, c := range map[string]struct {
		data Data
		read func(uint64, []byte) bool
		want BindCall
		ok   bool
	}{
		"native": {
			Data{Nr: unix.SYS_BIND, Arch: nativeArch, Args: [6]uint64{3, 0x7fff12345678, 16}}, noMemory,
			BindCall{3, 0x7fff12345678, 16}, true,
		},
		"garbage above an int": {
			Data{Nr: unix.SYS_BIND, Arch: nativeArch, Args: [6]uint64{1<<32 | 3, 1, 1<<40 | 28}}, noMemory,
			BindCall{3, 1, 28}, true,
		},
		"negative": {
			Data{Nr: unix.SYS_BIND, Arch: nativeArch, Args: [6]uint64{^uint64(0), 1, ^uint64(0)}}, noMemory,
			BindCall{-1, 1, -1}, true,
		},
		"i386": {
			Data{Nr: 361, Arch: archI386, Args: [6]uint64{3, 1<<32 | 5, 16}}, noMemory,
			BindCall{3, 5, 16}, true,
		},
		"socketcall": {
			Data{Nr: 102, Arch: archI386, Args: [6]uint64{2, 0x8000}}, memory,
			BindCall{7, 0xffff0000, -1}, true,
		},
		"socketcall, bad pointer": {Data{Nr: 102, Arch: archI386, Args: [6]uint64{2, 0x8000}}, noMemory, BindCall{}, false},
		"socketcall, other call":  {Data{Nr: 102, Arch: archI386, Args: [6]uint64{3, 0x8000}}, memory, BindCall{}, false},
	} {
		got, ok := c.data.Bind(c.read)
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v, want %+v, %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestSupportedHere(t *testing.T) {
	if err := Supported(); err != nil {
		t.Error(err)
	}
}
