package mutation

// table has the mutations, by row of docs/threat-model.md.
var table = []mutation{
	{
		row: "H0", name: "a loader passes the check of builds", file: "scripts/check-static",
		old: "*INTERP*) bad", new: "*NO_INTERP*) bad", test: "TestH0Builds",
	},
	{
		row: "H0", name: "instrumentation passes the check of builds", file: "scripts/check-static",
		old: "for flag in -race -cover -asan -msan; do", new: "for flag in -race -asan -msan; do", test: "TestH0Builds",
	},
	{
		row: "H0", name: "the helper imports net", file: "internal/broker/main.go",
		old: "import (\n\t\"errors\"\n", new: "import (\n\t_ \"net\"\n\t\"errors\"\n", test: "cmd/gobind-helper:TestDependencies",
	},
	{
		row: "H0", name: "served without the entry point", file: "internal/broker/main.go",
		old: "return sys.EnteredClean() && ", new: "return (sys.EnteredClean() || true) && ", test: "TestH0NoEntryPoint",
	},
	{
		row: "H1", name: "the environment stays", file: "internal/sys/helper_amd64.s", arch: "amd64",
		old: "\tMOVB $0, 0(DI)\n", new: "\tMOVB 0(DI), AX\n", test: "TestH1Environment",
	},
	{
		row: "H2", name: "arguments are accepted", file: "internal/broker/main.go",
		old: "len(os.Args) == 1 && ", new: "len(os.Args) >= 1 && ", test: "TestH2Arguments",
	},
	{
		row: "H3", name: "inherited descriptors stay open", file: "internal/sys/helper_amd64.s", arch: "amd64",
		old: "	MOVQ $436, AX\n", new: "	MOVQ $39, AX\n", test: "TestH3Descriptors",
	},
	{
		row: "H3", name: "any kind of channel", file: "internal/broker/main.go",
		old: "return err == nil && kind == unix.SOCK_SEQPACKET", new: "return err == nil && kind != 0", test: "TestH3Descriptors",
	},
	{
		row: "H3", name: "a channel that does not block", file: "internal/broker/main.go",
		old: " && areBlocking(0, 1, 2)", new: "", test: "TestH3NonBlockingChannel",
	},
	{
		row: "H3", name: "its line goes to standard output", file: "internal/broker/main.go",
		old: "unix.Write(2, ", new: "unix.Write(1, ", test: "TestH3Descriptors",
	},
	{
		row: "H4", name: "core files", file: "internal/broker/caller.go",
		old: "unix.RLIMIT_CORE: 0, ", new: "", test: "test/e2e:TestServingHelperHasShedItsPrivilege",
	},
	{
		row: "H5", name: "signals stay blocked", file: "internal/sys/helper_amd64.s", arch: "amd64",
		old: "MOVQ $14, AX\n", new: "MOVQ $39, AX\n", test: "TestH5Signals",
	},
	{
		row: "H5", name: "an interrupted wait is the end", file: "helper/channel.go",
		old: "MSG_CMSG_CLOEXEC|flags)\n\t\tif err != unix.EINTR {", new: "MSG_CMSG_CLOEXEC|flags)\n\t\tif err != unix.EINTR || true {", test: "TestH5Timers",
	},
	{
		row: "H5", name: "a success is told and nothing done", file: "internal/broker/handle.go",
		old: "permitted(decision, bind(fd, sock, req))", new: "permitted(decision, nil)", test: "TestH5SignalInTheMiddle",
	},
	{
		row: "H5", name: "a success is told and nothing done, signals pending", file: "internal/broker/handle.go",
		old: "permitted(decision, bind(fd, sock, req))", new: "permitted(decision, nil)", test: "TestH5FatalSignalsPending",
	},
	{
		row: "H5", name: "a success is told and nothing done, timers armed", file: "internal/broker/handle.go",
		old: "permitted(decision, bind(fd, sock, req))", new: "permitted(decision, nil)", test: "TestH5FatalTimers",
	},
	{
		row: "H5", name: "policy is not asked by a helper that is stopped", file: "internal/broker/handle.go",
		old: "decision.Verdict != policy.Permit:", new: "decision.Verdict != policy.Permit && unsuitable != nil:", test: "TestH5StoppedAllTheTime",
	},
	{
		row: "H7", name: "dumpable", file: "internal/broker/shed.go",
		old: "unix.Prctl(unix.PR_SET_DUMPABLE, 0,", new: "unix.Prctl(unix.PR_SET_DUMPABLE, 1,", test: "TestH7Debuggers",
	},
	{
		row: "H7", name: "the bounding set stays", file: "internal/sys/helper_amd64.s", arch: "amd64",
		old: "CMPQ R12, $64", new: "CMPQ R12, $1", test: "test/e2e:TestServingHelperHasShedItsPrivilege",
	},
	{
		row: "H7", name: "no filter of its own", file: "internal/broker/main.go",
		old: "err := confine(); err != nil", new: "err := error(nil); err != nil", test: "test/e2e:TestServingHelperHasShedItsPrivilege",
	},
	{
		row: "H8", name: "no_new_privs is not told", file: "internal/broker/privileged.go",
		old: `statusField("NoNewPrivs:", 10) == 1`, new: `statusField("NoNewPrivs:", 10) == 2`, test: "TestH8WhatTookThePrivilege",
	},
	{
		row: "H10", name: "it waits for ever", file: "internal/broker/server.go",
		old: "idle        = 10 * time.Second", new: "idle        = 1000 * time.Second", test: "TestH10CallerHangs",
	},
	{
		row: "H10", name: "it serves for ever", file: "internal/broker/server.go",
		old: "for s.served < maxRequests {", new: "for {", test: "test/e2e:TestHelperEnds",
	},
	{
		row: "H10", name: "it waits until the caller reads", file: "helper/channel.go",
		old: "unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)", new: "unix.MSG_NOSIGNAL)", test: "TestH10NeverReads",
	},
	{
		row: "P1", name: "any version", file: "helper/frame.go",
		old: "b[4] == Version && ", new: "", test: "TestP1Frames",
	},
	{
		row: "P1", name: "bytes that must be zero are not looked at", file: "helper/encode.go",
		old: " || !allZero(b[57:])", new: "", test: "TestP1Frames",
	},
	{
		row: "P2", name: "more than one descriptor", file: "internal/broker/server.go",
		old: "len(fds) != 1", new: "len(fds) < 1", test: "TestP2HowManyDescriptors", quick: true,
	},
	{
		row: "P2", name: "descriptors are not closed", file: "internal/broker/server.go",
		old: "\tcloseAll(fds) // before the reply", new: "\t_ = fds // before the reply", test: "TestP2HowManyDescriptors",
	},
	{
		row: "P2", name: "a truncated list of descriptors", file: "helper/channel.go",
		old: "came&(unix.MSG_CTRUNC|unix.MSG_TRUNC) != 0", new: "came&unix.MSG_TRUNC != 0", test: "TestP2Truncated",
	},
	{
		row: "P2", name: "control messages of other kinds", file: "helper/channel.go",
		old: "foreign = foreign || err != nil", new: "foreign = foreign && err != nil", test: "TestP2ForeignControlMessages",
	},
	{
		row: "P3", name: "what is no socket", file: "internal/broker/socket.go",
		old: "err3 != nil {\n\t\treturn socket{}, &unsuitable", new: "err3 != nil {\n\t\treturn socket{domain: unix.AF_INET}, nil", test: "TestP3NotASocket",
	},
	{
		row: "P4", name: "any type of socket", file: "internal/broker/socket.go",
		old: "!known || !inet || !typed", new: "!known || !inet || !typed && !inet", test: "TestP4OtherSockets",
	},
	{
		row: "P4", name: "any domain", file: "internal/broker/socket.go",
		old: "!known || !inet || !typed", new: "!known || !inet && !typed", test: "TestP4OtherSockets",
	},
	{
		row: "P4", name: "any protocol", file: "internal/broker/socket.go",
		old: "!known || !inet || !typed", new: "!known && !inet || !inet || !typed", test: "TestP4OtherSockets",
	},
	{
		row: "P5", name: "any network namespace", file: "internal/broker/socket.go",
		old: "err != nil || cookie != netns", new: "err != nil || cookie == 0", test: "TestP5NamespaceOfRoots", quick: true,
	},
	{
		row: "P5", name: "any network namespace, of a user's", file: "internal/broker/socket.go",
		old: "cookie, err := sys.NetnsCookie(fd)", new: "_, err := sys.NetnsCookie(fd)\n\tcookie := netns", test: "TestP5NamespaceOfUsers",
	},
	{
		row: "P6", name: "a failed bind is told as a success", file: "internal/broker/handle.go",
		old: "reply.Errno = uint16(errno)\n", new: "reply.Errno = 0 * uint16(errno)\n", test: "TestP6BoundMeanwhile",
	},
	{
		row: "P7", name: "another port is bound than judged", file: "internal/broker/socket.go",
		old: "Addr: addr.As4(), Port: int(req.Addr.Port())}", new: "Addr: addr.As4(), Port: int(req.Addr.Port()) ^ 2}", test: "TestP7Ports",
	},
	{
		row: "P7", name: "ports that are not the helper's", file: "internal/broker/handle.go",
		old: "return err == nil && port < start", new: "return err == nil && start < port", test: "TestP7Ports",
	},
	{
		row: "P7b", name: "AF_UNSPEC is AF_INET", file: "internal/supervisor/sockaddr.go",
		old: "case family == unix.AF_INET:", new: "case family == unix.AF_INET || family == unix.AF_UNSPEC:", test: "TestP7Lengths",
	},
	{
		row: "P7b", name: "junk after an address", file: "helper/encode.go",
		old: "b[13] == 4 && allZero(b[24:36]) && ", new: "b[13] == 4 && ", test: "TestP7bRebuilt",
	},
	{
		row: "P7b", name: "the scope is lost", file: "internal/broker/socket.go",
		old: ", ZoneId: scope}", new: "}", test: "TestP7bRebuilt",
	},
	{
		row: "P7b", name: "the scope is not recorded", file: "internal/broker/record.go",
		old: "int64(req.ScopeID)", new: "int64(0*req.ScopeID)", test: "TestP7bRebuilt",
	},
	{
		row: "P8", name: "a v4-mapped address is IPv4", file: "internal/broker/handle.go",
		old: "Addr: req.Addr.Addr(), Port", new: "Addr: req.Addr.Addr().Unmap(), Port", test: "TestP8SpecialAddresses",
	},
	{
		row: "P8", name: "policy is asked about unsuitable sockets only", file: "internal/broker/handle.go",
		old: "decision.Verdict != policy.Permit:", new: "decision.Verdict != policy.Permit && unsuitable != nil:", test: "TestP8FlippedBetweenCheckAndBind",
	},
	{
		row: "P9", name: "policy is not asked", file: "internal/broker/handle.go",
		old: "decision.Verdict != policy.Permit:", new: "decision.Verdict != policy.Permit && unsuitable != nil:", test: "TestP9OptionsAreNoPermission",
	},
	{
		row: "P10", name: "the identity is a claim", file: "internal/broker/record.go",
		old: `Number("uid", int64(s.who.UID))`, new: `Number("uid", int64(req.Claim.PID))`, test: "TestP10Claims",
	},
	{
		row: "P10", name: "claims are not quoted", file: "internal/audit/audit.go",
		old: "strconv.AppendQuoteToASCII(r.text, value)", new: "append(append(append(r.text, '\"'), value...), '\"')", test: "TestP10Claims",
	},
	{
		row: "P6", name: "a helper waits as long as a socket says", file: "internal/sys/deadline.go",
		old: "unix.NsecToTimespec(from.Nanoseconds())", new: "unix.NsecToTimespec(1000*from.Nanoseconds())", test: "TestP6Lingering",
	},
	{
		row: "S7", name: "a supervisor waits as long as a socket says", file: "internal/supervisor/socket.go",
		old: "tid, unix.SIGURG)", new: "tid, 0)", test: "TestS7Lingering",
	},
	{
		row: "F1", name: "policy that others can write", file: "internal/policydir/tree.go",
		old: "return st.Uid == 0 && st.Mode&0o022 == 0", new: "return st != nil", test: "TestF1UnsafeFiles",
	},
	{
		row: "F1", name: "links that others made", file: "internal/policydir/walk.go",
		old: "st.Mode&unix.S_ISVTX == 0 || st.Uid != 0)", new: "st.Mode&unix.S_ISVTX == 0)", test: "TestF1UnsafeFiles",
	},
	{
		row: "F1", name: "links through directories that others can write", file: "internal/policydir/walk.go",
		old: "case !rootOnly(&st) && (!link && st.Mode&unix.S_ISVTX == 0 || st.Uid != 0):", new: "case link && st.Uid != 0:", test: "TestF1UnsafeFiles",
	},
	{
		row: "F2", name: "a file of 1 MiB and a byte", file: "internal/policydir/content.go",
		old: "maxByUID = 1 << 20", new: "maxByUID = 1 << 21", test: "TestF2NotFiles",
	},
	{
		row: "F2", name: "a FIFO is waited for", file: "internal/policydir/store.go",
		old: "st.Mode&unix.S_IFMT == unix.S_IFREG {", new: "st.Mode&unix.S_IFMT != unix.S_IFDIR {", test: "TestF2NotFiles",
	},
	{
		row: "F3", name: "numbers wrap around", file: "policy/scanner.go",
		old: "text[:len(text)-len(s.rest)], 10, 32)", new: "text[:len(text)-len(s.rest)], 10, 64)", test: "TestF3Unparsable",
	},
	{
		row: "F4", name: "half a file", file: "internal/policydir/content.go",
		old: "age > quiet*1_000_000", new: "age > 0", test: "TestF4Rewritten",
	},
	{
		row: "F4", name: "a file that was replaced", file: "internal/policydir/store.go",
		old: "st.Dev == f.dev && st.Ino == f.ino }", new: "st.Dev == f.dev }", test: "test/e2e:TestPolicyChangesWhileRunning",
	},
	{
		row: "F5b", name: "an old decision", file: "internal/broker/handle.go",
		old: "case policydir.TooOld(decided):", new: "case policydir.TooOld(decided) && false:", test: "TestF5bStopped",
	},
	{
		row: "F5b", name: "what was read once counts", file: "internal/policydir/content.go",
		old: "// content reads a file whole, of at most limit bytes.\nfunc (f file) content(limit int64) (text string, v version, why policy.Fault) {\n",
		new: "var remembered = map[int]string{}\n\nfunc (f file) content(limit int64) (text string, v version, why policy.Fault) {\n" +
			"\tif t, ok := remembered[f.fd]; ok {\n\t\treturn t, v, why\n\t}\n\tdefer func() { remembered[f.fd] = text }()\n",
		test: "test/failure:TestPolicyIsStuckForAWhile",
	},
	{
		row: "F6", name: "any x bit", file: "internal/policydir/store.go",
		old: "if s.uid != 0 || unix.Fstatat", new: "if unix.Fstatat", test: "TestF6Executable",
	},
	{
		row: "S1", name: "another address is bound than judged", file: "internal/broker/handle.go",
		old: "Addr: req.Addr.Addr(), Port: req.Addr.Port(),", new: "Addr: req.Addr.Addr(), Port: req.Addr.Port() &^ 1,", test: "TestS1Rewritten",
	},
	{
		row: "S2", name: "a notification that is not valid any more", file: "internal/supervisor/notification.go",
		old: "if !s.listener.Valid(req.id) {", new: "if false {", test: "TestS2PidReused",
	},
	{
		row: "S2", name: "the leader's descriptors", file: "internal/supervisor/socket.go",
		old: "id := s.thread.tid\n", new: "id := who.tgid\n", test: "TestS2Swapped",
	},
	{
		row: "S3", name: "all are root", file: "internal/supervisor/helpers.go",
		old: "if id.sameSubject(h.self) {", new: "if h.self.isRoot() || id.sameSubject(h.self) {", test: "TestS3Identity",
	},
	{
		row: "S3", name: "a helper of another subject", file: "internal/supervisor/helpers.go",
		old: "return s.subject.sameSubject(id)", new: "return s.subject.rgid == id.rgid", test: "test/e2e:TestChildrenOfRoot",
	},
	{
		row: "S3", name: "who may become another is not looked at again", file: "internal/supervisor/thread.go",
		old: "self.euid == 0 || !self.isFixed() {", new: "false {", test: "test/e2e:TestThreadTakesNumber",
	},
	{
		row: "S5", name: "half a sockaddr", file: "internal/supervisor/notification.go",
		old: "return err == nil && n == len(buf)", new: "return err == nil && n > 0", test: "TestS5Pages",
	},
	{
		row: "S5", name: "supervisors take turns", file: "internal/supervisor/notification.go",
		old: "\tread := s.reader(req.tid)\n", new: "\tturn, _ := unix.Open(HelperPath, unix.O_RDONLY|unix.O_CLOEXEC, 0)\n\tdefer unix.Close(turn)\n\t_ = unix.Flock(turn, unix.LOCK_EX)\n" +
			"\tread := s.reader(req.tid)\n",
		test: "TestS5Stalled",
	},
	{
		row: "S6", name: "a helper that has had its number is not replaced", file: "client/attempt.go",
		old: "err != nil && !errors.Is(err, ErrClosed)", new: "err != nil", test: "TestS6AtOnce",
	},
	{
		row: "S6", name: "a received notification is interrupted by any signal", file: "internal/seccomp/load.go",
		old: "[]uintptr{unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0}", new: "[]uintptr{0, unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV}", test: "TestS6Storm",
	},
	{
		row: "S11", name: "names as they are", file: "internal/audit/audit.go",
		old: "r.text = strconv.AppendQuoteToASCII(r.text, value)", new: "r.text = append(strconv.AppendBool(r.text, true), value...)", test: "TestS11Escapes",
	},
	{
		row: "S11", name: "a user's name as it is", file: "internal/refusal/look.go",
		old: "return reason.Quote(u.Username)", new: "return u.Username", test: "TestS11Escapes",
	},
	{
		row: "B1", name: "the groups of who connected are left out", file: "internal/broker/adopt.go",
		old: "syscall.Setgroups(groups)", new: "syscall.Setgroups(groups[:0])", test: "test/broker:TestB1WhoConnected",
	},
	{
		row: "B5", name: "a peer of any user namespace", file: "internal/sys/peer.go",
		old: " || !bytes.Equal(ours, theirs)", new: " || !bytes.Equal(ours, ours)", test: "test/broker:TestB5UserNamespace",
	},
	{
		row: "B5", name: "lent credentials", file: "internal/sys/peer.go",
		old: "if !hasThread(pid, who) {", new: "if false {", test: "test/broker:TestB5Personality",
	},
	{
		row: "B6", name: "nobody's ids are adopted", file: "internal/broker/adopt.go",
		old: "const overflow = 65534", new: "const overflow = 1 << 31", test: "test/broker:TestB6Unmapped",
	},
	{
		row: "B13", name: "the capabilities to change ids stay", file: "internal/broker/adopt.go",
		old: "return sys.CapsetAllThreads(netBind)", new: "return nil", test: "test/broker:TestB13Shed",
	},
}
