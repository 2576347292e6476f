package main

import (
	"maps"
	"testing"

	"gobind/internal/inet"
	"gobind/policy"
)

// services has http for tcp and sctp, and domain for tcp and udp.
type services struct{ policy.Names }

func (services) Service(name string, protocol policy.Protocol) (uint16, bool) {
	switch {
	case name == "http" && protocol != policy.ProtocolUDP:
		return 80, true
	case name == "domain" && protocol != policy.ProtocolSCTP:
		return 53, true
	default:
		return 0, false
	}
}

func TestParseWanted(t *testing.T) {
	for text, want := range map[string]inet.Wanted{
		"80":             {"tcp": 80, "udp": 80, "udplite": 80, "sctp": 80},
		"tcp:443":        {"tcp": 443},
		"http":           {"tcp": 80, "sctp": 80},
		"domain":         {"tcp": 53, "udp": 53, "udplite": 53},
		"udplite:domain": {"udplite": 53},
	} {
		if got, err := parseWanted(text, services{}); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "65536", "-1", "+1", "tcp:", "icmp:1", "x y", "80:tcp", "udp:http"} {
		if got, err := parseWanted(text, services{}); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}
