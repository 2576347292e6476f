package e2e

import (
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// What authbind cannot intercept, beside the static programs and those in Go of
// TestWebServers, or does wrong: each way to bind of testdata/unusual.c.
func TestUnusualBinds(t *testing.T) {
	reserved := `127\.0\.0\.1|0\.0\.0\.0`
	for way, want := range map[string]string{
		"ordinary":        `127\.0\.0\.1 80`,
		"raw":             `127\.0\.0\.1 80`,
		"bindresvport":    reserved + ` (5[1-9][0-9]|[6-9][0-9]{2}|10[01][0-9]|102[0-3])`,
		"rresvport":       reserved + ` 1023`,
		"storage":         `::1 80`,
		"rfc2133":         `::1 80`,
		"zero":            `127\.0\.0\.1 80`,
		"sigchld-ignored": `127\.0\.0\.1 80`,
		"sigchld-handled": `127\.0\.0\.1 80`,
		"waiting":         `127\.0\.0\.1 80`,
	} {
		t.Run(way, func(t *testing.T) { showUnusual(t, way, regexp.MustCompile(`^(`+want+`)\n$`)) })
	}
}

// showUnusual shows that a way to bind works, for a program that was linked
// dynamically and one that was linked statically, and not without gobind.
func showUnusual(t *testing.T, way string, want *regexp.Regexp) {
	t.Helper()
	grant(t, "80", testenv.Alice)
	allow(t, "byuid/!61001", "0.0.0.0/0,512-1023\n")
	for _, program := range []string{
		build(t, "unusual", cc, "-pthread", "testdata/unusual.c"),
		loadedBy(t, "", build(t, "unusual-static", cc, "-pthread", "-static", "testdata/unusual.c")),
	} {
		wantDenied(t, run(t, native(testenv.Alice, program, way)))
		inModes(t, func(t *testing.T, mode string) {
			p := run(t, under(t, testenv.Alice, mode, program, way))
			if state := p.cmd.ProcessState; !state.Success() || !want.MatchString(p.out()) || p.err() != "" {
				t.Errorf("%v: %v, stdout %q, want %v, stderr %q", p.cmd.Args, state, p.out(), want, p.err())
			}
		})
	}
}

// Two hundred threads, and two hundred processes, that bind at once.
func TestCrowd(t *testing.T) {
	crowd := build(t, "crowd", cc, "-pthread", "testdata/crowd.c")
	for _, kind := range []string{"threads", "processes"} {
		t.Run(kind, func(t *testing.T) {
			grant(t, "80", testenv.Alice)
			if p := run(t, native(testenv.Alice, crowd, kind, "200")); p.out() != "0 bound\n" {
				t.Errorf("without gobind: %s", p.out())
			}
			inModes(t, func(t *testing.T, mode string) {
				if p := run(t, under(t, testenv.Alice, mode, crowd, kind, "200")); p.out() != "200 bound\n" {
					t.Errorf("%s%s", p.out(), p.err())
				}
			})
		})
	}
}

// The server is reached through programs that LD_PRELOAD does not survive, or
// that leave their session.
func TestChains(t *testing.T) {
	server := staticServer(t)
	for name, argv := range map[string][]string{
		"cleared environment": {"env", "-i", server},
		"shells":              {"sh", "-c", `env -i /bin/sh -c "env -i $0"; true`, server},
		"python":              {"sh", "-c", `env -i /usr/bin/env python3 -c 'import os, sys; os.execve(sys.argv[1], sys.argv[1:], {})' $0; true`, server},
		"background":          {"sh", "-c", "$0 & wait", server},
		"session":             {"setsid", server},
		"session in the back": {"setsid", "--fork", server},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			grant(t, "80", testenv.Alice)
			inModes(t, func(t *testing.T, mode string) {
				p := start(t, under(t, testenv.Alice, mode, argv...))
				wantPage(t)
				wantSilence(t, p)
			})
		})
	}
}
