package kernel

import "github.com/cilium/ebpf/asm"

// What a program answers: whoever lacks the capability is refused by the kernel,
// or has no need of it. 0 and 2 would refuse those who have it, too.
const (
	neutral = 1
	waive   = 3
)

// MaxGroups is how many supplementary groups the programs look at. Whoever has
// more gets nothing where any clause is about a group: it might be one that denies.
const MaxGroups = 128

// Fields of struct bpf_sock_addr.
const (
	ctxIP4      = 4
	ctxIP6      = 8
	ctxPort     = 24
	ctxProtocol = 36
)

// The frame of a program: offsets from its start.
const (
	fPorts     = 0  // the tables of the slot
	fRanges    = 8  //
	fHosts     = 16 //
	fPrefixes  = 24 //
	fPrimary   = 32 // the last word so far of rules, for the address
	fSecondary = 36 // and for the second one
	fTrees     = 40 // the last word so far of trees
	fProtocol  = 44 // 0 is TCP, 4 is UDP
	fPortKey   = 48 // key of the table of ranges, and from 4 on of that of ports
	fAddrKey   = 64 // key of the table of prefixes, and from 4 on of that of hosts
	fSecondKey = 96 // and the second one
	fMode      = 124
	fGroups    = 128 // group_info
	fCount     = 136 // how many groups there are
	fGID       = 140
	fUnnamed   = 144 // some id so far has no name
	fSlot      = 148
	fKnownKey  = 152 // key of the table of ports, of what is known of a subject
	fEvent     = 160 // what is told to who watches
	frameSize  = fEvent + eventSize
)

// Modes of a request.
const (
	plain  = iota // one address
	dual          // ::, whose second address is 0.0.0.0: rules must permit both
	mapped        // an IPv4-mapped one, whose second address is the IPv4 one: rules see that alone
)

// at is an offset of the frame from R10.
func at(field int16) int16 { return field - frameSize }

// program is the program for INET4_BIND (six: INET6_BIND).
//
// R6 is the context, R7 the config, R8 the port, R10 the end of the frame.
func program(m kernelMaps, layout taskLayout, six bool) asm.Instructions {
	c := &code{}
	c.gate(m)
	c.begin(m)
	if six {
		c.address6()
	} else {
		c.load(asm.R1, asm.R6, ctxIP4)
		c.key(fAddrKey, 4, 32)
		c.store(asm.R10, at(fAddrKey)+12, asm.R1)
	}
	c.subjects(layout, six)
	c.judge(six)
	c.answer(m, layout)
	return c.list
}

// gate leaves alone what the tables are not about: other ports, other protocols,
// other network namespaces.
func (c *code) gate(m kernelMaps) {
	c.at("main")
	c.add(asm.Mov.Reg(asm.R6, asm.R1))
	c.load(asm.R8, asm.R6, ctxPort)
	c.add(asm.HostTo(asm.BE, asm.R8, asm.Half), asm.JEq.Imm(asm.R8, 0, "neutral"))
	c.add(asm.LoadMapValue(asm.R1, m["state"].FD(), 0))
	c.load(asm.R1, asm.R1, 0)
	c.store(asm.R10, at(fSlot), asm.R1)
	c.lookup(m["configs"], asm.R10, int32(at(fSlot)))
	c.add(asm.JEq.Imm(asm.R0, 0, "neutral"), asm.Mov.Reg(asm.R7, asm.R0))
	c.load(asm.R1, asm.R7, 4)
	c.add(asm.JGE.Reg(asm.R8, asm.R1, "neutral"))

	c.protocol()

	c.at("known")
	c.add(asm.LoadMem(asm.R9, asm.R7, 8, asm.DWord), asm.JNE.Imm(asm.R9, 0, "namespace"))
	c.add(asm.Mov.Imm(asm.R1, 0), asm.FnGetNetnsCookie.Call(), asm.Mov.Reg(asm.R9, asm.R0))
	c.at("namespace")
	c.add(asm.Mov.Reg(asm.R1, asm.R6), asm.FnGetNetnsCookie.Call(), asm.JNE.Reg(asm.R0, asm.R9, "neutral"))
}

// protocol prepares where the words on the protocol are: bit 4 or 7 of its number
// says that it is UDP. Before it is compared with those that count, so that the
// verifier, to which it is then any number, need not walk all that follows for each.
func (c *code) protocol() {
	c.load(asm.R1, asm.R6, ctxProtocol)
	c.add(asm.Mov.Reg(asm.R2, asm.R1), asm.RSh.Imm(asm.R2, 4), asm.Mov.Reg(asm.R3, asm.R1), asm.RSh.Imm(asm.R3, 7))
	c.add(asm.Or.Reg(asm.R2, asm.R3), asm.And.Imm(asm.R2, 1), asm.LSh.Imm(asm.R2, 2))
	c.store(asm.R10, at(fProtocol), asm.R2)
	for _, number := range []int32{protoTCP, protoUDP, protoMPTCP} {
		c.add(asm.JEq.Imm(asm.R1, number, "known"))
	}
	c.add(asm.JNE.Imm(asm.R1, protoUDPLite, "neutral"))
}

// Protocols by the number of the socket; the subflow of an MPTCP socket is TCP.
const (
	protoTCP     = 6
	protoUDP     = 17
	protoUDPLite = 136
	protoMPTCP   = 262
)

// zeroAt is where a config has a zero that the verifier takes for any number. What
// begins as that is the same to it on every path, and walked once.
const zeroAt = 68

// begin prepares the frame: the tables of the slot, no word yet, and the port.
func (c *code) begin(m kernelMaps) {
	for i, name := range []string{"ports", "ranges", "hosts", "prefixes"} {
		c.lookup(m[name], asm.R10, int32(at(fSlot)))
		c.add(asm.JEq.Imm(asm.R0, 0, "neutral"), asm.StoreMem(asm.R10, at(fPorts+8*int16(i)), asm.R0, asm.DWord))
	}
	c.load(asm.R1, asm.R7, zeroAt)
	for _, field := range []int16{fPrimary, fSecondary, fTrees, fUnnamed,
		fPortKey + 4, fPortKey + 8, fAddrKey + 4, fSecondKey + 4} {
		c.store(asm.R10, at(field), asm.R1)
	}
	c.set(asm.R10, at(fPortKey), fixedPortBits+16)
	c.add(asm.Mov.Reg(asm.R1, asm.R8), asm.HostTo(asm.BE, asm.R1, asm.Half),
		asm.StoreMem(asm.R10, at(fPortKey)+10, asm.R1, asm.Half))
}

// key prepares a key of the tables of hosts and prefixes; R1 is kept.
func (c *code) key(field int16, space, bits int64) {
	c.set(asm.R10, at(field), fixedAddrBits+bits)
	c.set(asm.R10, at(field)+8, space)
	for i := int16(12); i < 28; i += 4 {
		c.set(asm.R10, at(field)+i, 0)
	}
}

// mode keeps the mode. R1 is kept.
func (c *code) mode(mode int32) {
	c.load(asm.R2, asm.R7, zeroAt)
	c.add(asm.Add.Imm(asm.R2, mode))
	c.store(asm.R10, at(fMode), asm.R2)
}

// address6 prepares the keys for an IPv6 address, and the mode.
func (c *code) address6() {
	c.key(fAddrKey, 6, 128)
	c.key(fSecondKey, 4, 32)
	for i := int16(0); i < 16; i += 4 {
		c.load(asm.R1, asm.R6, ctxIP6+i)
		c.store(asm.R10, at(fAddrKey)+12+i, asm.R1)
	}
	c.mode(plain)
	c.load(asm.R2, asm.R10, at(fAddrKey)+12)
	c.load(asm.R3, asm.R10, at(fAddrKey)+16)
	c.add(asm.Or.Reg(asm.R2, asm.R3), asm.JNE.Imm(asm.R2, 0, "ready"))
	c.load(asm.R2, asm.R10, at(fAddrKey)+20)
	c.add(asm.JEq.Imm(asm.R2, 0, "wildcard"))
	c.add(asm.HostTo(asm.BE, asm.R2, asm.Word), asm.JNE.Imm(asm.R2, 0xffff, "ready"))
	c.mode(mapped)
	c.store(asm.R10, at(fSecondKey)+12, asm.R1)
	c.jump("ready")
	c.at("wildcard")
	c.add(asm.JNE.Imm(asm.R1, 0, "ready"))
	c.mode(dual)
	c.at("ready")
}

// judge makes the answer of the last words.
func (c *code) judge(six bool) {
	c.at("judge")
	c.load(asm.R1, asm.R10, at(fPrimary))
	if six {
		c.combine()
	}
	c.add(asm.JNE.Imm(asm.R1, 0, "verdict"))
	c.at("trees")
	c.load(asm.R1, asm.R10, at(fTrees))
	c.at("verdict")
	c.add(asm.Mov.Imm(asm.R8, waive), asm.JSet.Imm(asm.R1, 1, "answer"))
	c.jump("denied")
	c.at("refused")
	c.add(asm.Mov.Imm(asm.R1, 0))
	c.at("denied")
	c.add(asm.Mov.Imm(asm.R8, neutral))
}

// combine makes R1 the word of rules on both addresses of an IPv6 request.
func (c *code) combine() {
	c.load(asm.R2, asm.R10, at(fSecondary))
	c.load(asm.R3, asm.R10, at(fMode))
	c.add(asm.JEq.Imm(asm.R3, plain, "rules"), asm.JEq.Imm(asm.R3, dual, "both"))
	c.add(asm.Mov.Reg(asm.R1, asm.R2))
	c.jump("rules")

	c.at("both")
	c.add(asm.JEq.Imm(asm.R1, 0, "second"), asm.JSet.Imm(asm.R1, 1, "second"))
	c.jump("denied")
	c.at("second")
	c.add(asm.JEq.Imm(asm.R2, 0, "trees"), asm.JSet.Imm(asm.R2, 1, "rules"))
	c.add(asm.Mov.Reg(asm.R1, asm.R2))
	c.jump("denied")
	c.at("rules")
}
