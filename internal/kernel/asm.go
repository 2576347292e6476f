package kernel

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// code is a program that is being written.
type code struct {
	list   asm.Instructions
	symbol string // of the next instruction
	labels int
}

func (c *code) add(list ...asm.Instruction) {
	for _, ins := range list {
		if c.symbol != "" {
			ins, c.symbol = ins.WithSymbol(c.symbol), ""
		}
		c.list = append(c.list, ins)
	}
}

// at names the next instruction. One that has a name already is a jump to the next.
func (c *code) at(label string) {
	if c.symbol != "" {
		c.add(asm.Instruction{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Ja)})
	}
	c.symbol = label
}

// fresh is a label that was not used before.
func (c *code) fresh() string {
	c.labels++
	return fmt.Sprintf("l%d", c.labels)
}

// load reads a word of 32 bits, which also clears the upper half.
func (c *code) load(dst, src asm.Register, offset int16) {
	c.add(asm.LoadMem(dst, src, offset, asm.Word))
}

func (c *code) store(dst asm.Register, offset int16, src asm.Register) {
	c.add(asm.StoreMem(dst, offset, src, asm.Word))
}

func (c *code) set(dst asm.Register, offset int16, value int64) {
	c.add(asm.StoreImm(dst, offset, value, asm.Word))
}

// address puts the address base+offset into dst.
func (c *code) address(dst, base asm.Register, offset int32) {
	c.add(asm.Mov.Reg(dst, base), asm.Add.Imm(dst, offset))
}

func (c *code) jump(label string) { c.add(asm.Ja.Label(label)) }

// lookup looks up the key at base+offset in a map; R0 is the value, or 0.
func (c *code) lookup(m *ebpf.Map, base asm.Register, offset int32) {
	c.add(asm.LoadMapPtr(asm.R1, m.FD()))
	c.address(asm.R2, base, offset)
	c.add(asm.FnMapLookupElem.Call())
}

// lookupIn is lookup in the map whose address a field of the frame holds, by the key
// that another one holds.
func (c *code) lookupIn(table, key int16) {
	c.add(asm.LoadMem(asm.R1, asm.R10, at(table), asm.DWord))
	c.address(asm.R2, asm.R10, int32(at(key)))
	c.add(asm.FnMapLookupElem.Call())
}

// raise makes a word of the frame the greater of itself and R1; R1 to R3 are lost.
// Without a branch, since the verifier walks every path.
func (c *code) raise(field int16) {
	c.load(asm.R2, asm.R10, at(field))
	c.add(asm.Sub.Reg(asm.R2, asm.R1), asm.Mov.Reg(asm.R3, asm.R2), asm.ArSh.Imm(asm.R3, 63))
	c.add(asm.Xor.Imm(asm.R3, -1), asm.And.Reg(asm.R2, asm.R3)) // what it is greater by, or 0
	c.add(asm.Add.Reg(asm.R1, asm.R2))
	c.store(asm.R10, at(field), asm.R1)
}

// readKernel reads size bytes of the kernel's memory at R3 to frame+at, or jumps.
func (c *code) readKernel(at, size int32, onError string) {
	c.address(asm.R1, asm.R10, at)
	c.add(asm.Mov.Imm(asm.R2, size), asm.FnProbeReadKernel.Call(), asm.JNE.Imm(asm.R0, 0, onError))
}
