package policy_test

import (
	"fmt"
	"testing"

	"gobind/policy"
)

func TestWords(t *testing.T) {
	for _, test := range []struct{ value, want any }{
		{policy.ProtocolTCP, "tcp"},
		{policy.ProtocolUDP, "udp"},
		{policy.ProtocolSCTP, "sctp"},
		{policy.Protocol(0), "protocol-0"},
		{policy.EPERM, "EPERM"},
		{policy.ENOENT, "ENOENT"},
		{policy.EACCES, "EACCES"},
		{policy.Errno(40), "errno 40"},
		{policy.Fault{Errno: policy.EPERM}, "EPERM"},
		{policy.Fault{Errno: policy.EPERM, Unsafe: true}, "others than root could write it"},
		{policy.Source{}, ""},
		{policy.Source{File: "/etc/gobind/byport/80"}, "/etc/gobind/byport/80"},
		{policy.Source{File: "/etc/gobind/byuid/1", Line: 7}, "/etc/gobind/byuid/1:7"},
	} {
		if got := fmt.Sprint(test.value); got != test.want {
			t.Errorf("%T(%#v): %q, want %q", test.value, test.value, got, test.want)
		}
	}
}
