package policy_test

import (
	"strings"
	"testing"

	"gobind/policy"
)

// What every message says, and of which column.
const (
	errWho      = "a rule is about a user, a uid, :group, :gid or *"
	errProtocol = "a protocol is tcp, udp or sctp; commas make a list, and any is all"
	errWhere    = "addresses and ports are as *:80, 192.0.2.1:80,443, [2001:db8::]/32:domain or *:*"
	errAddr     = "an address is IPv4, IPv6 in brackets, or *"
	errPort     = "a port is a number from 1 to 65535, a range, a service or *"
	errService  = "/etc/services has no such service: write the number"
	errText     = "rules are UTF-8 text without control characters, in lines that end in a newline alone"
)

func TestRuleErrors(t *testing.T) {
	rule := "permit * any *:80"
	for _, test := range []struct{ text, want string }{
		// Text.
		{rule + "\r\n" + rule, "1:18: byte 0x0d: " + errText},
		{"\r\n", "1:1: byte 0x0d: " + errText},
		{"# c\r", "1:4: byte 0x0d: " + errText},
		{rule + "\x00", "1:18: byte 0x00: " + errText},
		{"# \x00", "1:3: byte 0x00: " + errText},
		{rule + "\v" + rule, "1:18: byte 0x0b: " + errText},
		{"# \x1b[2J", "1:3: byte 0x1b: " + errText},
		{"# \x7f", "1:3: byte 0x7f: " + errText},
		{"# \u0085", "1:3: byte 0xc2: " + errText},
		{"# \u009b", "1:3: byte 0xc2: " + errText},
		{"# a\xff", "1:4: byte 0xff: " + errText},
		{"# \xc3", "1:3: byte 0xc3: " + errText},
		{"# \xed\xa0\x80", "1:3: byte 0xed: " + errText},
		{"# \xc0\x80", "1:3: byte 0xc0: " + errText},
		{"bad \x00", "1:5: byte 0x00: " + errText},
		{rule + "\n\n" + rule + " #" + strings.Repeat("x", 4096-18), "3:4097: the line is longer than 4096 bytes"},
		{strings.Repeat(" ", 4096) + "\x00", "1:4097: the line is longer than 4096 bytes"},
		// The verdict.
		{"allow * any *:80", `1:1: "allow": a rule begins with permit or deny`},
		{"\n  Permit * any *:80", `2:3: "Permit": a rule begins with permit or deny`},
		{"permit# c", `1:1: "permit#": a rule begins with permit or deny`},
		{"\ufeff" + rule, `1:1: "\ufeffpermit": a rule begins with permit or deny`},
		{"permit\u00a0* any *:80", `1:1: "permit\u00a0*": a rule begins with permit or deny`},
		// Who.
		{"permit", "1:7: " + errWho},
		{"permit  ", "1:9: " + errWho},
		{"permit # alice", "1:8: " + errWho},
		{"permit : any *:80", `1:8: ":": ` + errWho},
		{"permit ** any *:80", `1:8: "**": ` + errWho},
		{"permit :* any *:80", `1:8: ":*": ` + errWho},
		{"permit ::web any *:80", `1:8: "::web": ` + errWho},
		{"permit %web any *:80", `1:8: "%web": ` + errWho},
		{"permit @web any *:80", `1:8: "@web": ` + errWho},
		{"permit !bob any *:80", `1:8: "!bob": ` + errWho},
		{"permit -1 any *:80", `1:8: "-1": ` + errWho},
		{"permit +bob any *:80", `1:8: "+bob": ` + errWho},
		{"permit alice,bob any *:80", `1:8: "alice,bob": ` + errWho},
		{`permit "alice" any *:80`, `1:8: "\"alice\"": ` + errWho},
		{"permit a/b any *:80", `1:8: "a/b": ` + errWho},
		{"permit a#b any *:80", `1:8: "a#b": ` + errWho},
		{"permit a*b any *:80", `1:8: "a*b": ` + errWho},
		{"permit 007 any *:80", `1:8: "007": ` + errWho},
		{"permit 00 any *:80", `1:8: "00": ` + errWho},
		{"permit 4294967295 any *:80", `1:8: "4294967295": ` + errWho},
		{"permit :4294967295 any *:80", `1:8: ":4294967295": ` + errWho},
		{"permit 18446744073709551616 any *:80", `1:8: "18446744073709551616": ` + errWho},
		{"permit 184467440737095516160000000000 any *:80", `1:8: "184467440737095516160000000000": ` + errWho},
		// Protocols.
		{"permit *", "1:9: " + errProtocol},
		{"permit * *:80", `1:10: "*:80": ` + errProtocol},
		{"permit * TCP *:80", `1:10: "TCP": ` + errProtocol},
		{"permit * tcp,dccp *:80", `1:14: "dccp": ` + errProtocol},
		{"permit * tcp,any *:80", `1:14: "any": ` + errProtocol},
		{"permit * any,tcp *:80", `1:10: "any": ` + errProtocol},
		{"permit * tcp, udp *:80", "1:14: " + errProtocol},
		{"permit * ,tcp *:80", "1:10: " + errProtocol},
		{"permit * 6 *:80", `1:10: "6": ` + errProtocol},
		// Addresses.
		{"permit * any", "1:13: " + errWhere},
		{"permit * any # *:80", "1:14: " + errWhere},
		{"permit * any 80", `1:14: "80": ` + errWhere},
		{"permit * any *", `1:14: "*": ` + errWhere},
		{"permit * any [::1]", `1:14: "[::1]": ` + errWhere},
		{"permit * any [::]/0", `1:14: "[::]/0": ` + errWhere},
		{"permit * any *:80 192.0.2.1", `1:19: "192.0.2.1": ` + errWhere},
		{"permit * any *:80] *:81", `1:14: "*:80]": ` + errWhere},
		{"permit * any :80", "1:14: " + errAddr},
		{"permit * any localhost:80", `1:14: "localhost": ` + errAddr},
		{"permit * any localhost/8:80", `1:14: "localhost": ` + errAddr},
		{"permit * any */0:80", `1:14: "*": ` + errAddr},
		{"permit * any 192.0.2:80", `1:14: "192.0.2": ` + errAddr},
		{"permit * any 192.0.2.01:80", `1:14: "192.0.2.01": ` + errAddr},
		{"permit * any 192.0.2.256:80", `1:14: "192.0.2.256": ` + errAddr},
		{"permit * any [192.0.2.1]:80", `1:14: "[192.0.2.1]": ` + errAddr},
		{"permit * any 2001:db8::1:80", `1:14: "2001:db8::1": ` + errAddr},
		{"permit * any ::80", `1:14: ":": ` + errAddr},
		{"permit * any [[::1]]:80", `1:14: "[[::1]]": ` + errAddr},
		{"permit * any [::1:80", `1:14: "[::1": ` + errAddr},
		{"permit * any []:80", `1:14: "[]": ` + errAddr},
		{"permit * any [2001:db8::/32]:80", `1:14: "[2001:db8::": ` + errAddr},
		{"permit * any 1.2.3.0-1.2.3.9:80", `1:14: "1.2.3.0-1.2.3.9": ` + errAddr},
		{"permit * any [fe80::1%lo]:80", `1:14: "[fe80::1%lo]": a rule has no zone`},
		{"permit * any [::ffff:192.0.2.1]:80", `1:14: "[::ffff:192.0.2.1]" is IPv4-mapped: write the IPv4 address, 192.0.2.1`},
		{"permit * any [::ffff:0:0]/96:80", `1:14: "[::ffff:0:0]" is IPv4-mapped: write the IPv4 address, 0.0.0.0`},
		{"permit * any [::ffff:c000:200]/120:80", `1:14: "[::ffff:c000:200]" is IPv4-mapped: write the IPv4 address, 192.0.2.0`},
		{"permit * any 192.0.2.0/33:80", `1:24: "33": the length of a prefix is 0 to 32`},
		{"permit * any 192.0.2.0/:80", "1:24: the length of a prefix is 0 to 32"},
		{"permit * any 192.0.2.0/024:80", `1:24: "024": the length of a prefix is 0 to 32`},
		{"permit * any 192.0.2.0/255.255.255.0:80", `1:24: "255.255.255.0": the length of a prefix is 0 to 32`},
		{"permit * any 192.0.2.0/24/24:80", `1:24: "24/24": the length of a prefix is 0 to 32`},
		{"permit * any [::]/129:80", `1:19: "129": the length of a prefix is 0 to 128`},
		{"permit * any 192.0.2.1/24:80", `1:14: "192.0.2.1" has bits beyond the length of the prefix: write 192.0.2.0`},
		{"permit * any [2001:db8::1]/32:80", `1:14: "[2001:db8::1]" has bits beyond the length of the prefix: write 2001:db8::`},
		// Ports.
		{"permit * any *:", "1:16: " + errPort},
		{"permit * any *:0", `1:16: "0": ` + errPort},
		{"permit * any *:65536", `1:16: "65536": ` + errPort},
		{"permit * any *:080", `1:16: "080": ` + errPort},
		{"permit * any *:99999999999999999999999", `1:16: "99999999999999999999999": ` + errPort},
		{"permit * any *:80,", "1:19: " + errPort},
		{"permit * any *:80,,81", "1:19: " + errPort},
		{"permit * any *:,80", "1:16: " + errPort},
		{"permit * any *:80, 81", "1:19: " + errPort},
		{"permit * any *:-80", `1:16: "-80": ` + errPort},
		{"permit * any *:80-", `1:16: "80-": ` + errPort},
		{"permit * any *:-", `1:16: "-": ` + errPort},
		{"permit * any *:1-2-3", `1:16: "1-2-3": ` + errPort},
		{"permit * any *:0-80", `1:16: "0-80": ` + errPort},
		{"permit * any *:80-0", `1:16: "80-0": ` + errPort},
		{"permit * any *:80-65536", `1:16: "80-65536": ` + errPort},
		{"permit * any *:443-80", `1:16: "443-80": the lower port comes first: write 80-443`},
		{"permit * any *:nosuch", `1:16: "nosuch": ` + errService},
		{"permit * any *:HTTP", `1:16: "HTTP": ` + errService},
		{"permit * any *:http-domain", `1:16: "http-domain": ` + errService},
		{"permit * any *:80#c", `1:16: "80#c": ` + errService},
		{"permit * any *:80 #c\npermit * any *:80,zero", `2:19: "zero": ` + errService},
		{"permit * udp *:shell", `1:16: "shell": ` + errService},
		{"permit * any *:80,two", `1:19: "two" is port 1 or 2, by the protocol: write the number`},
		{"permit * any *:apart", `1:16: "apart" is port 1 or 2, by the protocol: write the number`},
	} {
		_, err := policy.ParseRules("/r", []byte(test.text), fakeNames{})
		if err == nil || err.Error() != "/r:"+test.want {
			t.Errorf("%q:\n got %v\nwant /r:%s", test.text, err, test.want)
		}
	}
}

// The manual lists the messages.
func TestManualHasRuleErrors(t *testing.T) {
	page := read(t, "../man/gobind.rules.5")
	for _, text := range []string{
		errWho, errProtocol, errWhere, errAddr, errPort, errService, errText, "the line is longer than 4096 bytes",
		"a rule begins with permit or deny", "a rule has no zone", "is IPv4-mapped: write the IPv4 address, 192.0.2.1",
		"the length of a prefix is 0 to 32", "has bits beyond the length of the prefix: write 192.0.2.0",
		"the lower port comes first: write 80-443", "by the protocol: write the number",
	} {
		if !strings.Contains(page, text+"\"\n") {
			t.Errorf("not in the manual: %s", text)
		}
	}
}
