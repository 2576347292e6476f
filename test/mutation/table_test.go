package mutation

// A mutation takes one defence out: in file, old becomes replacement.
type mutation struct {
	row              string // of docs/threat-model.md
	file             string
	old, replacement string
	pkg, test        string // what must fail
	quick            bool   // in every run
}

const (
	hostile = "./test/hostile"
	entry   = "internal/sys/helper_amd64.s"
)

var mutations = []mutation{
	{"H1", entry, "\tMOVB $0, 0(DI)\n", "", hostile, "TestH1Environment", true},
	{"H3", "internal/broker/caller.go", "unix.CloseRange(3, math.MaxUint32, 0)", "unix.CloseRange(math.MaxInt32, math.MaxUint32, 0)", hostile, "TestH3Descriptors", false},
	{"H3", "internal/broker/main.go", "err == nil && kind == unix.SOCK_SEQPACKET", "err == nil && kind > 0", hostile, "TestH3Descriptors", false},
	{"H3", "internal/broker/main.go", "&& areBlocking(0, 1, 2)", "", hostile, "TestH3NonBlockingChannel", false},
	{"H2", "internal/broker/main.go", "len(os.Args) == 1", "len(os.Args) > 0", hostile, "TestH2Arguments", false},
	{"H5", entry, "\tMOVQ $14, AX\n", "\tMOVQ $39, AX\n", hostile, "TestH5Signals", false},
	{"H7", "internal/broker/main.go", "confine() != nil", "false", "./test/e2e", "TestServingHelperHasShedItsPrivilege", false},
	{"H8", "internal/broker/privileged.go", "statusField(\"NoNewPrivs:\", 10) == 1", "false", hostile, "TestH8WhatTookThePrivilege", false},
	{"H10", "helper/channel.go", "unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT", "unix.MSG_NOSIGNAL", hostile, "TestH10NeverReads", false},
	{"P1", "helper/frame.go", "b[4] == Version && ", "", hostile, "TestP7Addresses", false},
	{"P2", "internal/broker/server.go", "len(fds) != 1", "len(fds) < 1", hostile, "TestP2Descriptors", true},
	{"P2", "internal/broker/server.go", "\tcloseAll(fds) // before the reply: then the socket is the program's alone\n", "", hostile, "TestP2Descriptors", false},
	{"P2", "helper/channel.go", "flags&(unix.MSG_CTRUNC|unix.MSG_TRUNC) != 0", "flags&unix.MSG_TRUNC != 0", hostile, "TestP2Truncated", false},
	{"P3, P4", "internal/broker/socket.go", "if !known || !inet || !typed {", "if !known && !inet && !typed {", hostile, "TestP3P4Objects", false},
	{"P5", "internal/broker/socket.go", "err != nil || cookie != netns", "err != nil || cookie == 0", hostile, "TestP5Namespaces", false},
	{"P7", "internal/broker/handle.go", "return 0 < port && port < 1024", "return true", hostile, "TestP7Addresses", false},
	{"P7b", "helper/encode.go", "b[13] == 4 && allZero(b[24:36]) && r.ScopeID == 0", "b[13] == 4", hostile, "TestP7Addresses", false},
	{"P8", "internal/broker/handle.go", "case decision.Verdict != policy.Permit:", "case decision.Verdict > policy.Permit:", hostile, "TestP8Forms", true},
	{"P10", "internal/broker/record.go", "Quoted(\"claimed_program\"", "Word(\"claimed_program\"", hostile, "TestP10Claims", false},
}
