package policy

import (
	"math"
	"net/netip"
	"slices"
	"strings"
)

// place reads addresses and ports.
func (p *ruleParser) place(word string, at int, protocols []Protocol) {
	colon := strings.LastIndexByte(word, ':')
	if colon <= strings.LastIndexByte(word, ']') {
		p.fail(at, "%q: addresses and ports are as *:80, 192.0.2.1:80,443, [2001:db8::]/32:domain or *:*", word)
		return
	}
	prefix := p.prefix(word[:colon], at)
	at += colon + 1
	p.ports = room(p.ports)
	for item := range strings.SplitSeq(word[colon+1:], ",") {
		p.ports = append(p.ports, p.portRange(item, at, protocols))
		at += len(item) + 1
	}
	p.where = append(p.where, Where{Prefix: prefix, Ports: slices.Clip(p.ports)})
}

// prefix reads *, an address, or an address and a length.
func (p *ruleParser) prefix(text string, at int) netip.Prefix {
	if text == "*" {
		return netip.Prefix{}
	}
	host, length, sliced := strings.Cut(text, "/")
	bare, bracketed := host, strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	if bracketed {
		bare = host[1 : len(host)-1]
	}
	addr, err := netip.ParseAddr(bare)
	if err != nil || bracketed != addr.Is6() {
		p.fail(at, "%q: an address is IPv4, IPv6 in brackets, or *", host)
	}
	bits := addr.BitLen()
	if n, ok := number(length, uint32(bits)); sliced && !ok {
		p.fail(at+len(host)+1, "%q: the length of a prefix is 0 to %d", length, bits)
	} else if sliced {
		bits = int(n)
	}
	prefix := netip.PrefixFrom(addr, bits).Masked()
	switch {
	case addr.Zone() != "":
		p.fail(at, "%q: a rule has no zone", host)
	case addr.Is4In6():
		p.fail(at, "%q is IPv4-mapped: write the IPv4 address, %s", host, addr.Unmap())
	case prefix.Addr() != addr:
		p.fail(at, "%q has bits beyond the length of the prefix: write %s", host, prefix.Addr())
	}
	return prefix
}

// portRange reads a port, a range of ports, or the name of a service.
func (p *ruleParser) portRange(text string, at int, protocols []Protocol) PortRange {
	if text == "*" {
		return PortRange{1, math.MaxUint16}
	}
	low, high, ok := strings.Cut(text, "-")
	if !ok {
		high = low
	}
	from, ok1 := number(low, math.MaxUint16)
	to, ok2 := number(high, math.MaxUint16)
	switch good := ok1 && ok2 && from != 0 && to != 0; {
	case !good && strings.Trim(text, digits+"-") != "":
		port := p.service(text, at, protocols)
		return PortRange{port, port}
	case !good:
		p.fail(at, "%q: a port is a number from 1 to 65535, a range, a service or *", text)
	case from > to:
		p.fail(at, "%q: the lower port comes first: write %d-%d", text, to, from)
	}
	return PortRange{uint16(from), uint16(to)}
}

// service is the one port that a service has by the protocols of the rule, as far
// as it is known for them.
func (p *ruleParser) service(name string, at int, protocols []Protocol) uint16 {
	var found uint16
	for _, protocol := range protocols {
		port, ok := p.names.Service(name, protocol)
		if ok && found != 0 && port != found {
			p.fail(at, "%q is port %d or %d, by the protocol: write the number", name, found, port)
		}
		if ok {
			found = port
		}
	}
	if found == 0 {
		p.fail(at, "%q: /etc/services has no such service: write the number", name)
	}
	return found
}
