package activation

import (
	"errors"
	"strings"
	"testing"
)

// What Parse takes, and as what.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"tcp:80":                    "unknown tcp [::]:80 both",
		"udp:*:53":                  "unknown udp [::]:53 both",
		"tcp4:80":                   "unknown tcp 0.0.0.0:80",
		"udp4:*:53":                 "unknown udp 0.0.0.0:53",
		"tcp6:80":                   "unknown tcp [::]:80 only",
		"tcp:[::]:80":               "unknown tcp [::]:80 both",
		"tcp6:[::]:80":              "unknown tcp [::]:80 only",
		"tcp:0.0.0.0:80":            "unknown tcp 0.0.0.0:80",
		"tcp4:192.0.2.1:443":        "unknown tcp 192.0.2.1:443",
		"tcp:[::ffff:192.0.2.1]:80": "unknown tcp 192.0.2.1:80",
		"tcp:[fe80::1%eth0]:80":     "unknown tcp [fe80::1%eth0]:80",
		"a b=tcp:65535":             "a b tcp [::]:65535 both",
		"tcp=udp:1":                 "tcp udp [::]:1 both",
	} {
		s, err := Parse(text)
		got := s.Name + " " + s.String()
		for word, set := range map[string]bool{" both": s.both, " only": s.only} {
			if set {
				got += word
			}
		}
		if err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "tcp", "80", ":80", "tcp:", "tcp:0", "tcp:65536", "tcp:-1", "tcp:+80", "tcp:80:", "tcp: 80", "tcp:::80", "tcp:::1:80",
		"tcp:[]:80", "tcp:[::1:80", "tcp:::1]:80", "tcp:[127.0.0.1]:80", "tcp:[*]:80", "tcp:localhost:80", "tcp5:80", "tcp46:80",
		"tcp44:80", "sctp:80", "TCP:80", "tcp6:127.0.0.1:80", "tcp6:[::ffff:127.0.0.1]:80", "tcp4:[::1]:80", "=tcp:80", "a:b=tcp:80",
		"\n=tcp:80", "\u00e4=tcp:80", strings.Repeat("a", maxName+1) + "=tcp:80", "a=b=tcp:80",
	} {
		var wrong *SpecError
		if s, err := Parse(text); !errors.As(err, &wrong) || wrong.Text != text {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}

// What Parse takes is a port of an address of the family that it says, and a name that
// systemd takes.
func FuzzParse(f *testing.F) {
	f.Add("tcp:80")
	f.Add("name=udp6:[fe80::1%lo]:53")
	f.Add("tcp4:127.0.0.1:1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if !isName(s.Name) || s.Protocol != "tcp" && s.Protocol != "udp" || s.Addr.Port() == 0 || !s.Addr.Addr().IsValid() ||
			s.Addr.Addr().Is4In6() || (s.only || s.both) && s.Addr.Addr().Is4() || s.only && s.both {
			t.Errorf("%q is %+v", text, s)
		}
		if again, err := Parse(s.Name + "=" + s.Protocol + ":" + s.Addr.String()); err != nil || again.Addr != s.Addr || again.Name != s.Name {
			t.Errorf("%q: %+v is %+v, %v", text, s, again, err)
		}
	})
}

// The variables are those of the sockets alone, whatever there was before.
func TestEnvironment(t *testing.T) {
	got := environment([]string{"A=1", "LISTEN_FDS=7", "LISTEN_FDNAMES=x", "LISTEN_FDS=8", "LISTEN_PIDFDID=3", "LISTEN_PID=1", "LISTEN=2", "odd"},
		[]string{"a", "unknown"}, 42)
	want := "A=1 LISTEN=2 odd LISTEN_PID=42 LISTEN_FDS=2 LISTEN_FDNAMES=a:unknown"
	if strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Sockets for another process are none of ours, and what does not agree is an error.
func TestInherited(t *testing.T) {
	for env, want := range map[string]string{
		"":                                "",
		"LISTEN_FDS=1":                    "",
		"LISTEN_PID=41 LISTEN_FDS=1":      "",
		"LISTEN_PID=42":                   "",
		"LISTEN_PID=42 LISTEN_FDS=0":      "",
		"LISTEN_PID=42 LISTEN_FDS=x":      "error",
		"LISTEN_PID=42 LISTEN_FDS=-1":     "error",
		"LISTEN_PID=42 LISTEN_FDS=900000": "error",
		"LISTEN_PID=42 LISTEN_FDS=99999999999999999999": "error",
	} {
		names, err := inherited(strings.Fields(env), 42)
		got := strings.Join(names, " ")
		var wrong *InheritedError
		if errors.As(err, &wrong) {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %q, %v", env, got, err)
		}
	}
}
