package kernel

import "github.com/cilium/ebpf/asm"

// subjects consults the tables about everything that the process is. R6 is its real
// ids from here on.
//
// What is done for each group is written out for each: in a loop, the verifier
// would confuse the states of one turn with those of others, and give up.
func (c *code) subjects(layout taskLayout, six bool) {
	c.askIf(anyone, six)
	c.add(asm.FnGetCurrentUidGid.Call(), asm.Mov.Reg(asm.R6, asm.R0))
	c.add(asm.Mov.Reg32(asm.R1, asm.R6))
	c.ask(user, six)
	c.askUnnamed(unnamedUser, six)
	c.load(asm.R1, asm.R7, zeroAt)
	c.store(asm.R10, at(fUnnamed), asm.R1)

	c.load(asm.R1, asm.R7, 0)
	c.add(asm.And.Imm(asm.R1, int32(forGroups)), asm.JEq.Imm(asm.R1, 0, "judge"))
	c.add(asm.Mov.Reg(asm.R1, asm.R6), asm.RSh.Imm(asm.R1, 32))
	c.ask(group, six)
	c.findGroups(layout)
	for i := range int32(MaxGroups) {
		c.load(asm.R1, asm.R10, at(fCount))
		c.add(asm.JLE.Imm(asm.R1, i, "unnamed"))
		c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.gids+4*i))
		c.readKernel(int32(at(fGID)), 4, "refused")
		c.load(asm.R1, asm.R10, at(fGID))
		c.ask(group, six)
	}
	c.at("unnamed")
	c.askUnnamed(unnamedGroup, six)
}

// findGroups finds the supplementary groups of the task that binds, and how many
// they are.
func (c *code) findGroups(layout taskLayout) {
	c.add(asm.FnGetCurrentTask.Call(), asm.Mov.Reg(asm.R3, asm.R0), asm.Add.Imm(asm.R3, layout.cred))
	c.readKernel(int32(at(fGroups)), 8, "refused")
	c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.groupInfo))
	c.readKernel(int32(at(fGroups)), 8, "refused")
	c.add(asm.LoadMem(asm.R3, asm.R10, at(fGroups), asm.DWord), asm.Add.Imm(asm.R3, layout.count))
	c.readKernel(int32(at(fCount)), 4, "refused")
	c.load(asm.R1, asm.R10, at(fCount))
	c.add(asm.JGT.Imm(asm.R1, MaxGroups, "refused"))
}

// askIf consults the tables about a kind without ids, if any clause is about it.
func (c *code) askIf(k kind, six bool) {
	skip := c.fresh()
	c.load(asm.R1, asm.R7, 0)
	c.add(asm.And.Imm(asm.R1, int32(flagOf(k)&^forGroups)), asm.JEq.Imm(asm.R1, 0, skip))
	c.add(asm.Mov.Imm(asm.R1, 0))
	c.ask(k, six)
	c.at(skip)
}

// askUnnamed consults the tables about those without a name, if the user, or any of
// the groups, has none.
func (c *code) askUnnamed(k kind, six bool) {
	skip := c.fresh()
	c.load(asm.R1, asm.R10, at(fUnnamed))
	c.add(asm.JEq.Imm(asm.R1, 0, skip))
	c.askIf(k, six)
	c.at(skip)
}

// ask raises the last words by those about a subject whose id is in R1, and notes
// whether it has a name, if it could. R8 and R9 are lost.
func (c *code) ask(k kind, six bool) {
	done, found := c.fresh(), c.fresh()
	c.store(asm.R10, at(fPortKey)+4, asm.R1)
	c.add(asm.StoreImm(asm.R10, at(fPortKey)+8, int64(k), asm.Half))
	c.askKnown(k)

	c.lookupIn(fPorts, fPortKey+4)
	c.add(asm.JNE.Imm(asm.R0, 0, found))
	c.add(asm.And.Imm(asm.R9, int32(hasRanges)), asm.JEq.Imm(asm.R9, 0, done))
	c.lookupIn(fRanges, fPortKey)
	c.add(asm.JEq.Imm(asm.R0, 0, done))

	c.at(found)
	c.load(asm.R8, asm.R0, 16)
	c.load(asm.R9, asm.R0, 20)
	c.words(fPrimary, fTrees)
	c.words(fSecondary, none)
	c.add(asm.JEq.Imm(asm.R8, 0, done))
	c.askAddress(fAddrKey, fPrimary, fTrees)
	if six {
		c.load(asm.R1, asm.R10, at(fMode))
		c.add(asm.JEq.Imm(asm.R1, plain, done))
		c.askAddress(fSecondKey, fSecondary, none)
	}
	c.at(done)
}

// askKnown makes R9 what is known of the subject whose id is in R1, and notes whether
// it has a name.
func (c *code) askKnown(k kind) {
	known, unknown := c.fresh(), c.fresh()
	c.load(asm.R9, asm.R7, zeroAt) // if nothing is
	c.load(asm.R2, asm.R7, 0)
	c.add(asm.And.Imm(asm.R2, int32(forKnown)), asm.JEq.Imm(asm.R2, 0, known))
	c.store(asm.R10, at(fKnownKey), asm.R1)
	c.set(asm.R10, at(fKnownKey)+4, int64(k)) // and port 0
	c.lookupIn(fPorts, fKnownKey)
	c.add(asm.JEq.Imm(asm.R0, 0, unknown))
	c.load(asm.R9, asm.R0, 20)
	c.at(unknown)
	if k == user || k == group {
		c.note()
	}
	c.at(known)
}

// note keeps whether the subject that R9 says what is known of has no name.
func (c *code) note() {
	c.add(asm.Mov.Reg(asm.R2, asm.R9), asm.Xor.Imm(asm.R2, int32(isNamed)), asm.And.Imm(asm.R2, int32(isNamed)))
	c.load(asm.R3, asm.R10, at(fUnnamed))
	c.add(asm.Or.Reg(asm.R3, asm.R2))
	c.store(asm.R10, at(fUnnamed), asm.R3)
}

// askAddress raises the last words by those of the class in R8, whose flags are in R9,
// about one of the two addresses.
func (c *code) askAddress(key, ofRules, ofTrees int16) {
	prefixes, found, unknown := c.fresh(), c.fresh(), c.fresh()
	c.store(asm.R10, at(key)+4, asm.R8)
	c.add(asm.Mov.Reg(asm.R1, asm.R9), asm.And.Imm(asm.R1, int32(hasHosts)), asm.JEq.Imm(asm.R1, 0, prefixes))
	c.lookupIn(fHosts, key+4)
	c.add(asm.JNE.Imm(asm.R0, 0, found))
	c.at(prefixes)
	c.add(asm.Mov.Reg(asm.R1, asm.R9), asm.And.Imm(asm.R1, int32(hasPrefixes)), asm.JEq.Imm(asm.R1, 0, unknown))
	c.lookupIn(fPrefixes, key)
	c.add(asm.JEq.Imm(asm.R0, 0, unknown))
	c.at(found)
	c.words(ofRules, ofTrees)
	c.at(unknown)
}

// none is no field of the frame.
const none = -1

// words raises the last words by those at R0 on the protocol: of rules, and of
// trees. R0 is kept.
func (c *code) words(ofRules, ofTrees int16) {
	c.load(asm.R4, asm.R10, at(fProtocol))
	c.add(asm.And.Imm(asm.R4, 4), asm.Add.Reg(asm.R4, asm.R0))
	c.load(asm.R1, asm.R4, 0)
	c.raise(ofRules)
	if ofTrees != none {
		c.load(asm.R1, asm.R4, 8)
		c.raise(ofTrees)
	}
}
