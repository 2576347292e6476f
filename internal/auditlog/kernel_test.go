package auditlog

import (
	"strings"
	"testing"
)

const byKernel = `verdict=permit uid=61001 gid=1 protocol=tcp address="::1" port=443 reason=policy pid=7 program="a \"b\""`

// A record of the kernel's comes back as gobindctl kernel watch wrote it.
func TestParseKernel(t *testing.T) {
	want := Record{Verdict: "permit", UID: 61001, GID: 1, Protocol: "tcp", Address: "::1", Port: 443, Reason: "policy"}
	for text, noted := range map[string]Kernel{
		byKernel: {PID: 7, Program: `a "b"`}, byKernel + " lost=20": {PID: 7, Program: `a "b"`, Lost: 20},
	} {
		r, ok := ParseKernel(text)
		if !ok || r.Kernel == nil || *r.Kernel != noted {
			t.Errorf("%s: %+v %v", text, r.Kernel, ok)
		}
		if r.Kernel = nil; r != want {
			t.Errorf("%s: %+v, want %+v", text, r, want)
		}
	}
	for _, text := range []string{"", "hello", byKernel + " pid=8", byKernel + " lost=x", strings.Replace(byKernel, "pid=7", "pid=-7", 1), fields} {
		if r, ok := ParseKernel(text); ok {
			t.Errorf("%q: %+v, want none", text, r)
		}
	}
}

// What nobody but root's service can have written is told from what others did.
func TestKernelTrust(t *testing.T) {
	entry := func(exe, uid, transport, more string) string {
		return `{"SYSLOG_IDENTIFIER":"gobind-kernel","MESSAGE":` + quoteJSON(byKernel) + `,"__REALTIME_TIMESTAMP":"1767323045000000","_EXE":` + exe +
			`,"_UID":"` + uid + `","_TRANSPORT":"` + transport + `"` + more + "}\n"
	}
	const systemd = `"/usr/lib/systemd/systemd"`
	for input, want := range map[string]Trust{
		entry(`"`+ctl+`"`, "0", "stdout", ""):                                                  Verified,
		entry(`"`+ctl+` (deleted)"`, "0", "stdout", ""):                                        Verified,
		entry(systemd, "0", "stdout", `,"_SYSTEMD_UNIT":"gobind-kernel-watch.service"`):        Verified, // just executed
		entry(systemd, "0", "stdout", `,"_SYSTEMD_UNIT":"x.service"`):                          Forged,
		entry(systemd, "0", "stdout", `,"UNIT":"gobind-kernel-watch.service"`):                 Forged,
		entry(`null`, "0", "stdout", ""):                                                       Unknown,
		entry(`"`+ctl+`"`, "61001", "stdout", ""):                                              Forged, // whoever runs it
		entry(`"/bin/x"`, "61001", "stdout", `,"_SYSTEMD_UNIT":"gobind-kernel-watch.service"`): Forged,
		entry(`"`+ctl+`"`, "0", "syslog", ""):                                                  Forged,
		entry(`"`+ctl+`"`, "0", "journal", ""):                                                 Forged,
		entry(`"/usr/bin/logger"`, "0", "syslog", ""):                                          Forged,
	} {
		got, err := readJSON(strings.NewReader(input), helper, ctl, Filter{})
		if err != nil || len(got) != 1 || got[0].Trust != want {
			t.Errorf("%s: %+v, %v, want %s", input, got, err, want)
		}
	}
}
