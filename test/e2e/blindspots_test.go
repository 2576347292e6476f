package e2e

import (
	"regexp"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
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
	kit.Grant(t, "80", testenv.Alice)
	kit.Allow(t, "byuid/!61001", "0.0.0.0/0,512-1023\n")
	for _, program := range []string{
		kit.Build(t, "unusual", kit.CC, "-pthread", "testdata/unusual.c"),
		kit.LoadedBy(t, "", kit.Build(t, "unusual-static", kit.CC, "-pthread", "-static", "testdata/unusual.c")),
	} {
		kit.WantDenied(t, kit.Run(t, kit.Native(testenv.Alice, program, way)))
		kit.InModes(t, func(t *testing.T, mode string) {
			p := kit.Run(t, kit.Under(t, testenv.Alice, mode, program, way))
			if state := p.Cmd.ProcessState; !state.Success() || !want.MatchString(p.Out()) || p.Err() != "" {
				t.Errorf("%v: %v, stdout %q, want %v, stderr %q", p.Cmd.Args, state, p.Out(), want, p.Err())
			}
		})
	}
}

// Two hundred threads, and two hundred processes, that bind at once.
func TestCrowd(t *testing.T) {
	crowd := kit.Build(t, "crowd", kit.CC, "-pthread", "testdata/crowd.c")
	for _, kind := range []string{"threads", "processes"} {
		t.Run(kind, func(t *testing.T) {
			kit.Grant(t, "80", testenv.Alice)
			if p := kit.Run(t, kit.Native(testenv.Alice, crowd, kind, "200")); p.Out() != "0 bound\n" {
				t.Errorf("without gobind: %s", p.Out())
			}
			kit.InModes(t, func(t *testing.T, mode string) {
				if p := kit.Run(t, kit.Under(t, testenv.Alice, mode, crowd, kind, "200")); p.Out() != "200 bound\n" {
					t.Errorf("%s%s", p.Out(), p.Err())
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
			kit.Grant(t, "80", testenv.Alice)
			kit.InModes(t, func(t *testing.T, mode string) {
				p := kit.Start(t, kit.Under(t, testenv.Alice, mode, argv...))
				wantPage(t)
				kit.WantSilence(t, p)
			})
		})
	}
}
