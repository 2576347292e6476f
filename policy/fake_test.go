package policy_test

import (
	"net/netip"

	"gobind/policy"
)

// fakeTree is a tree in memory, which records what it is asked.
type fakeTree struct {
	dir    string
	open   policy.Fault
	access map[string]policy.Fault // absent names do not exist
	byUID  map[string]string       // absent names do not exist
	fault  map[string]policy.Fault // of ByUID
	asked  []string
}

func (f *fakeTree) Dir() string { return f.dir }

func (f *fakeTree) Open() policy.Fault {
	f.asked = append(f.asked, "open")
	return f.open
}

func (f *fakeTree) Access(name string) policy.Fault {
	f.asked = append(f.asked, name)
	fault, ok := f.access[name]
	if !ok {
		return enoent
	}
	return fault
}

func (f *fakeTree) ByUID(name string) ([]byte, policy.Fault) {
	f.asked = append(f.asked, "content of "+name)
	if fault, ok := f.fault[name]; ok {
		return nil, fault
	}
	text, ok := f.byUID[name]
	if !ok {
		return nil, enoent
	}
	return []byte(text), policy.Fault{}
}

const uid = 1000

// The faults of the tests. ELOOP has no name in package policy.
var (
	none   = policy.Fault{}
	enoent = policy.Fault{Errno: policy.ENOENT}
	eacces = policy.Fault{Errno: policy.EACCES}
	eloop  = policy.Fault{Errno: 40}
)

func request(addr string, port uint16) policy.Request {
	return requestFor(netip.MustParseAddr(addr), port)
}

func requestFor(addr netip.Addr, port uint16) policy.Request {
	return policy.Request{
		Subject:  policy.Subject{UID: uid, GID: uid},
		Protocol: policy.ProtocolTCP,
		Addr:     addr,
		Port:     port,
	}
}

// byUID decides by nothing but a byuid file. Ports from 512 have it too.
func byUID(text string, addr netip.Addr, port uint16) policy.Decision {
	return policy.Evaluate(requestFor(addr, port), nil, &fakeTree{
		dir:   "/t",
		byUID: map[string]string{"1000": text, "!1000": text},
	})
}
