package main

import (
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"gobind/internal/inet"
	"gobind/policy"
)

// parseRequests reads a protocol, or any, and an address and port as in a rule: a
// star is both wildcard addresses. The requests have one port.
func parseRequests(who policy.Subject, protocol, where string, names policy.Names) ([]policy.Request, error) {
	protocols, ok := map[string][]policy.Protocol{
		"tcp": {policy.ProtocolTCP}, "udp": {policy.ProtocolUDP}, "sctp": {policy.ProtocolSCTP},
		"any": {policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP},
	}[protocol]
	if !ok {
		return nil, protocolError(protocol)
	}
	colon := strings.LastIndexByte(where, ':')
	switch colon {
	case -1:
		return nil, placeError(where)
	case 0:
		return nil, noAddressError(where)
	}
	addrs, err := parseAddrs(where[:colon])
	if err != nil {
		return nil, err
	}
	var all []policy.Request
	for _, protocol := range protocols {
		port, ok := parsePort(where[colon+1:], protocol, names)
		for _, addr := range addrs {
			if ok {
				all = append(all, policy.Request{Subject: who, Protocol: protocol, Addr: addr, Port: port})
			}
		}
	}
	if len(all) == 0 {
		return nil, portError(where[colon+1:])
	}
	for _, r := range all {
		if r.Port != all[0].Port {
			return nil, serviceError(where[colon+1:])
		}
	}
	return all, nil
}

// parseAddrs reads an IPv4 address, an IPv6 address in brackets, or a star.
func parseAddrs(text string) ([]netip.Addr, error) {
	if text == "*" {
		return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, nil
	}
	bare, opened := strings.CutPrefix(text, "[")
	bare, closed := strings.CutSuffix(bare, "]")
	addr, err := netip.ParseAddr(bare)
	if err != nil || opened != closed || opened != addr.Is6() || addr.Zone() != "" {
		return nil, addressError(text)
	}
	return []netip.Addr{addr}, nil
}

// parsePort reads a number, or the name of a service that the protocol has.
func parsePort(text string, protocol policy.Protocol, names policy.Names) (uint16, bool) {
	if port, err := strconv.ParseUint(text, 10, 16); err == nil {
		return uint16(port), port > 0
	}
	return names.Service(text, protocol)
}

// parseWanted reads a port or a service, of all protocols or of the one that stands
// before it with a colon.
func parseWanted(text string, names policy.Names) (inet.Wanted, error) {
	protocols, port := inet.Protocols, text
	if protocol, rest, ok := strings.Cut(text, ":"); ok {
		if !slices.Contains(inet.Protocols, protocol) {
			return nil, kindError(protocol)
		}
		protocols, port = []string{protocol}, rest
	}
	kinds := map[string]policy.Protocol{
		"tcp": policy.ProtocolTCP, "udp": policy.ProtocolUDP, "udplite": policy.ProtocolUDP, "sctp": policy.ProtocolSCTP,
	}
	wanted := inet.Wanted{}
	for _, protocol := range protocols {
		if number, ok := parsePort(port, kinds[protocol], names); ok {
			wanted[protocol] = number
		}
	}
	if len(wanted) == 0 {
		return nil, portError(port)
	}
	return wanted, nil
}

// portStart is the first port that the kernel lets everybody bind, here; 1024 for
// an image, which does not run.
func portStart(p *place) int {
	const usual = 1024
	if p.root != "" {
		return usual
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil {
		return usual
	}
	start, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return usual
	}
	return start
}

// notesOn are what else there is to say about requests.
func notesOn(p *place, requests []policy.Request) []note {
	var notes []note
	r := requests[0]
	if start := portStart(p); r.Port < 1024 && int(r.Port) >= start {
		notes = append(notes, noteKernel)
	}
	if r.Subject.UID == 0 {
		notes = append(notes, noteRoot)
	}
	return notes
}
