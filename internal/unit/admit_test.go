package unit

import (
	"slices"
	"strings"
	"testing"
)

// A filter is what systemd makes of its assignments; each row is what it refuses of
// seccomp, pidfd_getfd and process_vm_readv.
func TestRefusedCalls(t *testing.T) {
	for _, test := range []struct{ values, want string }{
		{"", ""},
		{"@system-service", "pidfd_getfd seccomp"},
		{"@system-service|@sandbox", "pidfd_getfd"},
		{"@system-service|seccomp pidfd_getfd", ""},
		{"@system-service seccomp:EPERM|@debug", ""},
		{"@system-service seccomp pidfd_getfd|~@ipc", "process_vm_readv"},
		{"@known", ""},
		{"~@debug", "pidfd_getfd"},
		{"~@debug|pidfd_getfd", ""},
		{"~@debug @ipc:EPERM", "pidfd_getfd process_vm_readv"},
		{"~@debug||@system-service seccomp", "pidfd_getfd"},
		{"~", ""},
	} {
		got := slices.DeleteFunc(refusedCalls(strings.Split(test.values, "|")), func(call string) bool {
			return !slices.Contains([]string{"seccomp", "pidfd_getfd", "process_vm_readv"}, call)
		})
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q refuses %q, want %q", test.values, got, test.want)
		}
	}
	if got := refusedCalls([]string{"read"}); len(got) != len(calls) {
		t.Errorf("a filter of read alone refuses %d of %d calls", len(got), len(calls))
	}
}

func TestAdmitsFamily(t *testing.T) {
	for values, want := range map[string]bool{
		"": true, "~": true, "none": false, "AF_INET": false, "AF_INET|AF_UNIX": true, "~AF_UNIX": false,
		"~AF_NETLINK": true, "AF_UNIX|~AF_UNIX": false, "AF_INET||": true, "none|AF_UNIX": true,
	} {
		if got := admitsFamily(strings.Split(values, "|"), "AF_UNIX"); got != want {
			t.Errorf("%q admits AF_UNIX: %t", values, got)
		}
	}
}

func TestCapability(t *testing.T) {
	for values, want := range map[string]bool{
		"CAP_KILL": false, "CAP_KILL|cap_net_bind_service": true, "~CAP_KILL": true, "~CAP_NET_BIND_SERVICE": false,
		"": false, "~": true, "CAP_KILL||CAP_NET_BIND_SERVICE": true, "CAP_NET_BIND_SERVICE|": false,
		"CAP_NET_BIND_SERVICE CAP_KILL|~CAP_NET_BIND_SERVICE": false,
	} {
		if got := capability(strings.Split(values, "|"), true); got != want {
			t.Errorf("%q has it: %t", values, got)
		}
	}
	if !capability(nil, true) || capability(nil, false) {
		t.Error("what was not assigned")
	}
}
