package seccomp

import (
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// run interprets the filter as the kernel does, on the words of struct
// seccomp_data: the operations that libseccomp uses, and no others.
func run(t interface{ Fatalf(string, ...any) }, d Data) uint32 {
	words := []uint32{uint32(d.Nr), d.Arch, uint32(d.IP), uint32(d.IP >> 32)}
	for _, arg := range d.Args {
		words = append(words, uint32(arg), uint32(arg>>32))
	}
	var acc uint32
	for pc := 0; pc < len(filter); pc++ {
		in := filter[pc]
		jump := func(taken bool) {
			if taken {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		}
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = words[in.K/4]
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			acc &= in.K
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			jump(acc == in.K)
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			jump(acc > in.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			jump(acc >= in.K)
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		default:
			t.Fatalf("instruction %d: unknown code %#x", pc, in.Code)
		}
	}
	t.Fatalf("the filter does not return")
	return 0
}

const (
	notify = uint32(0x7fc00000) // SECCOMP_RET_USER_NOTIF
	allow  = uint32(unix.SECCOMP_RET_ALLOW)
)

// nativeArch is AUDIT_ARCH_* of the machine that the tests run on.
var nativeArch = map[int]uint32{49: unix.AUDIT_ARCH_X86_64, 200: unix.AUDIT_ARCH_AARCH64}[unix.SYS_BIND]

// wanted reports whether a bind of the native table is to be notified of.
func wanted(length uint64) bool { return length >= 16 && length <= 31 || length >= 111 }

func TestNativeLengths(t *testing.T) {
	for length := range uint64(300) {
		got := run(t, Data{Nr: unix.SYS_BIND, Arch: nativeArch, Args: [6]uint64{3, 0x7fff00000000, length}})
		if (got == notify) != wanted(length) {
			t.Errorf("length %d: action %#x", length, got)
		}
	}
	// The kernel takes an int: what it would see as 16 must not slip through.
	for _, length := range []uint64{1<<32 | 16, 1<<63 | 28, ^uint64(0), 0xffffffff} {
		if got := run(t, Data{Nr: unix.SYS_BIND, Arch: nativeArch, Args: [6]uint64{3, 0, length}}); got != notify {
			t.Errorf("length %#x: action %#x", length, got)
		}
	}
}

// Every other system call, and every call of an unknown machine, is allowed.
func TestOthersAreAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Data{
			Nr:   rapid.Int32().Draw(t, "nr"),
			Arch: rapid.SampledFrom([]uint32{nativeArch, archI386, archARM, 0, 0x12345678}).Draw(t, "arch"),
		}
		for i := range d.Args {
			d.Args[i] = rapid.Uint64().Draw(t, "argument")
		}
		if got := run(t, d); got != notify && got != allow {
			t.Fatalf("action %#x", got)
		} else if got == notify && !isBind(d) {
			t.Fatalf("notified of %+v", d)
		}
	})
}

// isBind reports whether the system call is a bind of one of the tables.
func isBind(d Data) bool {
	switch d.Arch {
	case unix.AUDIT_ARCH_X86_64:
		return d.Nr == 49 || d.Nr == 0x40000031
	case unix.AUDIT_ARCH_AARCH64:
		return d.Nr == 200
	case archI386:
		return d.Nr == 361 || d.Nr == nrSocketcallI386 && uint32(d.Args[0]) == socketcallBind
	case archARM:
		return d.Nr == 282
	default:
		return false
	}
}

// The tables of 32-bit programs have no condition on the length.
func TestForeignTables(t *testing.T) {
	if nativeArch != unix.AUDIT_ARCH_X86_64 {
		t.Log("the tables of arm64 are in its own filter")
		return
	}
	for name, d := range map[string]Data{
		"i386 bind":       {Nr: 361, Arch: archI386, Args: [6]uint64{3, 0, 1}},
		"i386 socketcall": {Nr: 102, Arch: archI386, Args: [6]uint64{2, 0x8000}},
		"x32 bind":        {Nr: 0x40000031, Arch: unix.AUDIT_ARCH_X86_64, Args: [6]uint64{3, 0, 16}},
	} {
		if got := run(t, d); got != notify {
			t.Errorf("%s: action %#x", name, got)
		}
	}
	for name, d := range map[string]Data{
		"i386 socketcall connect": {Nr: 102, Arch: archI386, Args: [6]uint64{3, 0x8000}},
		"x32 bind of AF_UNIX":     {Nr: 0x40000031, Arch: unix.AUDIT_ARCH_X86_64, Args: [6]uint64{3, 0, 110}},
		"native connect":          {Nr: 42, Arch: nativeArch, Args: [6]uint64{3, 0, 16}},
	} {
		if got := run(t, d); got != allow {
			t.Errorf("%s: action %#x", name, got)
		}
	}
}
