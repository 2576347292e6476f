package policy

import "strconv"

// Evaluate decides req by the rules, which may be nil, and then by the trees, in
// order: the first one that permits or forbids it has the word. With nothing said
// anywhere, or a request that no policy can be about (port 0, an invalid address,
// a zone), it denies.
//
// Decision.Errno of a refusal is what authbind would answer if the last tree
// were its own: EPERM if the subject has no byuid file there, ENOENT if no line
// of it matches or there is no such tree, or the error of a file that forbids.
// It is EACCES if that tree alone would have permitted the request.
func Evaluate(req Request, rules Rules, trees ...Tree) Decision {
	if !req.decidable() {
		return Decision{Errno: EACCES}
	}
	d := judgeRules(req, rules)
	switch {
	case d.Reason == ReasonNoRule:
		return judgeTrees(req, trees)
	case d.Reason == ReasonDualStack:
		byTrees := judgeTrees(req, trees)
		if byTrees.Verdict == Permit {
			return byTrees
		}
		d.Errno = byTrees.Errno
	case d.Verdict == Deny:
		d.Errno = refusal(req, trees)
	}
	return d
}

// judgeTrees decides req by the trees.
func judgeTrees(req Request, trees []Tree) Decision {
	d := Decision{Errno: ENOENT}
	for i, tree := range trees {
		d = judge(req, tree)
		if d.Reason == ReasonNoRule {
			continue
		}
		if d.Verdict == Deny && i < len(trees)-1 {
			d.Errno = refusal(req, trees)
		}
		break
	}
	return d
}

// refusal is the errno of a request that was refused before the last tree was
// asked, by what that alone would have decided.
func refusal(req Request, trees []Tree) Errno {
	last := judgeTrees(req, trees[max(len(trees)-1, 0):])
	if last.Verdict == Permit {
		return EACCES
	}
	return last.Errno
}

// judge decides req by one tree. ReasonNoRule: the tree says nothing about it.
func judge(req Request, tree Tree) Decision {
	if fault := tree.Open(); fault.absent() {
		return Decision{Errno: ENOENT}
	} else if fault != (Fault{}) {
		return fault.stop(tree.Dir(), ReasonError)
	}
	for _, name := range accessNames(req) {
		file := tree.Dir() + "/" + name
		fault := tree.Access(name)
		if fault == (Fault{}) {
			return Decision{Verdict: Permit, Reason: ReasonAccess, Source: Source{File: file}}
		}
		if !fault.absent() {
			return fault.stop(file, ReasonNotExecutable)
		}
	}
	return judgeByUID(req, tree)
}

// judgeByUID is the last step of judge.
func judgeByUID(req Request, tree Tree) Decision {
	name := mark(req.Port) + strconv.FormatUint(uint64(req.Subject.UID), 10)
	file := tree.Dir() + "/byuid/" + name
	text, fault := tree.ByUID(name)
	switch {
	case fault.absent():
		return Decision{Errno: EPERM}
	case fault != (Fault{}):
		return fault.stop(file, ReasonError)
	}
	line := matchByUID(string(text), req.Addr, req.Port)
	if line == 0 {
		return Decision{Errno: ENOENT}
	}
	return Decision{Verdict: Permit, Reason: ReasonLine, Source: Source{File: file, Line: line}}
}

// accessNames are the files, below the directory of a tree, whose execute
// permission decides req, in the order in which they do.
func accessNames(req Request) []string {
	prefix, addr := mark(req.Port), AddrText(req.Addr)
	port := strconv.Itoa(int(req.Port))
	byPort, byAddr := "byport/"+prefix+port, "byaddr/"+prefix
	if req.Addr.Is4() {
		return []string{byPort, byAddr + addr + ":" + port, byAddr + addr + "," + port}
	}
	return []string{byPort, byAddr + addr + "," + port, byAddr + AddrFull(req.Addr) + "," + port}
}

// mark is the prefix of the names of the upper half of the privileged ports,
// which authbind wants to be allowed knowingly.
func mark(port uint16) string {
	if port >= 512 {
		return "!"
	}
	return ""
}
