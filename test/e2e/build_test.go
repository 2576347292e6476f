package e2e

import (
	"testing"

	"gobind/test/kit"
)

// staticServer is the path of testdata/server.c, statically linked.
func staticServer(t *testing.T) string {
	t.Helper()
	return kit.LoadedBy(t, "", kit.Build(t, "server-static", kit.CC, "-static", "testdata/server.c"))
}

// goServer is the path of testdata/goserver, which is static as well.
func goServer(t *testing.T) string {
	t.Helper()
	return kit.LoadedBy(t, "", kit.Build(t, "goserver", kit.Golang, "./testdata/goserver"))
}
