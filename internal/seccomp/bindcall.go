package seccomp

import "encoding/binary"

// BindCall is the bind(2) that a notification stands for.
type BindCall struct {
	FD      int32  // a descriptor of the target's thread
	Addr    uint64 // where its sockaddr is, in the target's memory
	AddrLen int32  // the length that it claims
}

// The system calls that the filter notifies of, where they differ from the
// native bind of this architecture.
const (
	archI386 = 0x40000003 // AUDIT_ARCH_I386
	archARM  = 0x40000028 // AUDIT_ARCH_ARM

	nrSocketcallI386 = 102
	socketcallBind   = 2 // SYS_BIND of socketcall(2)
)

// Bind returns the bind(2) of the notification. read copies memory of the
// target, for i386's socketcall, whose arguments are there; it returns false
// where they cannot be read.
func (d Data) Bind(read func(addr uint64, buf []byte) bool) (BindCall, bool) {
	args := d.Args
	if d.Arch == archI386 && d.Nr == nrSocketcallI386 {
		var raw [12]byte
		if uint32(args[0]) != socketcallBind || !read(uint64(uint32(args[1])), raw[:]) {
			return BindCall{}, false
		}
		for i := range 3 {
			args[i] = uint64(binary.NativeEndian.Uint32(raw[4*i:]))
		}
	}
	// The kernel takes descriptor and length as ints: garbage above is nothing.
	call := BindCall{FD: int32(args[0]), Addr: args[1], AddrLen: int32(args[2])}
	if d.Arch == archI386 || d.Arch == archARM {
		call.Addr = uint64(uint32(call.Addr))
	}
	return call, true
}
