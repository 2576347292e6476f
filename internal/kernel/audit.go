package kernel

import "github.com/cilium/ebpf/asm"

// event is what the programs tell of a bind, as it lies in the ring buffer.
type event struct {
	PID, TGID uint32 // of the thread and of the process
	UID, GID  uint32
	Addr      [16]byte // of IPv4 the first four
	Space     uint32   // 4 or 6
	Protocol  uint32   // 0 is TCP, 4 is UDP
	Port      [2]byte  // big endian
	Waived    uint16
	Word      uint32 // the last word, 0 if there is none
	Program   [16]byte
}

// Offsets of an event.
const (
	eIDs      = 8
	eAddr     = 16
	eSpace    = 32
	eProtocol = 36
	ePort     = 40
	eWaived   = 42
	eWord     = 44
	eProgram  = 48
	eventSize = 64
)

// Bit of CAP_NET_BIND_SERVICE.
const capNetBindService = 1 << 10

// answer ends the program with the answer in R8, which the word in R1 gave, and tells
// who watches.
func (c *code) answer(m kernelMaps, layout taskLayout) {
	c.at("answer")
	c.add(asm.LoadMapValue(asm.R2, m["state"].FD(), 0))
	c.load(asm.R2, asm.R2, 4)
	c.add(asm.JEq.Imm(asm.R2, 0, "end"))
	c.store(asm.R10, at(fEvent)+eWord, asm.R1)
	c.add(asm.JEq.Imm(asm.R8, waive, "tell"))
	c.capable(layout)

	c.at("tell")
	c.event()
	c.add(asm.LoadMapPtr(asm.R1, m["ring"].FD()))
	c.address(asm.R2, asm.R10, int32(at(fEvent)))
	c.add(asm.Mov.Imm(asm.R3, eventSize), asm.Mov.Imm(asm.R4, 0), asm.FnRingbufOutput.Call())
	c.add(asm.JEq.Imm(asm.R0, 0, "end"))
	c.add(asm.LoadMapValue(asm.R1, m["lost"].FD(), 0), asm.Mov.Imm(asm.R2, 1))
	c.add(asm.StoreXAdd(asm.R1, asm.R2, asm.DWord))

	c.at("end")
	c.add(asm.Mov.Reg(asm.R0, asm.R8), asm.Return())
	c.at("neutral")
	c.add(asm.Mov.Imm(asm.R0, neutral), asm.Return())
}

// capable ends the program if the process has the capability: then the bind is not
// refused. The capabilities of a user namespace that is not the first do not count.
func (c *code) capable(layout taskLayout) {
	c.add(asm.FnGetCurrentTask.Call(), asm.Mov.Reg(asm.R3, asm.R0), asm.Add.Imm(asm.R3, layout.cred))
	c.readKernel(int32(at(fGroups)), 8, "tell")
	c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.effective))
	c.readKernel(int32(at(fCount)), 4, "tell")
	c.load(asm.R1, asm.R10, at(fCount))
	c.add(asm.And.Imm(asm.R1, capNetBindService), asm.JEq.Imm(asm.R1, 0, "tell"))
	c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.userNS))
	c.readKernel(int32(at(fGroups)), 8, "tell")
	c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.level))
	c.readKernel(int32(at(fCount)), 4, "tell")
	c.load(asm.R1, asm.R10, at(fCount))
	c.add(asm.JEq.Imm(asm.R1, 0, "end"))
}

// event fills in the event.
func (c *code) event() {
	c.add(asm.FnGetCurrentPidTgid.Call(), asm.StoreMem(asm.R10, at(fEvent), asm.R0, asm.DWord))
	c.add(asm.FnGetCurrentUidGid.Call(), asm.StoreMem(asm.R10, at(fEvent)+eIDs, asm.R0, asm.DWord))
	for i := int16(0); i < 16; i += 4 {
		c.load(asm.R1, asm.R10, at(fAddrKey)+12+i)
		c.store(asm.R10, at(fEvent)+eAddr+i, asm.R1)
	}
	c.load(asm.R1, asm.R10, at(fAddrKey)+8)
	c.store(asm.R10, at(fEvent)+eSpace, asm.R1)
	c.load(asm.R1, asm.R10, at(fProtocol))
	c.store(asm.R10, at(fEvent)+eProtocol, asm.R1)
	c.add(asm.LoadMem(asm.R1, asm.R10, at(fPortKey)+10, asm.Half), asm.StoreMem(asm.R10, at(fEvent)+ePort, asm.R1, asm.Half))
	c.add(asm.Mov.Reg(asm.R1, asm.R8), asm.RSh.Imm(asm.R1, 1), asm.StoreMem(asm.R10, at(fEvent)+eWaived, asm.R1, asm.Half))
	c.address(asm.R1, asm.R10, int32(at(fEvent)+eProgram))
	c.add(asm.Mov.Imm(asm.R2, 16), asm.FnGetCurrentComm.Call())
}
