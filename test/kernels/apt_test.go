//go:build kernels

package kernels

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// apt is what apt-get has to be told before a command, so that it sees a suite's
// packages, of the machine's architecture; no suite is the system's own. They are looked
// up aside from the system's, which stay as they are.
func (m machine) apt(t *testing.T, suite string) []string {
	t.Helper()
	if m.debian == "amd64" && suite == "" {
		return nil
	}
	dir := t.TempDir()
	must(t, dir, "mkdir", "-p", "lists/partial", "cache/archives/partial")
	options := []string{
		"-o", "APT::Architecture=" + m.debian, "-o", "APT::Architectures=" + m.debian,
		"-o", "Dir::State::lists=" + filepath.Join(dir, "lists"), "-o", "Dir::State::status=/dev/null",
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"), "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none",
	}
	if suite != "" {
		list := filepath.Join(dir, "sources.list")
		if err := os.WriteFile(list, []byte(m.source(t, suite)), 0o644); err != nil {
			t.Fatal(err)
		}
		options = append(options, "-o", "Dir::Etc::SourceList="+list, "-o", "Dir::Etc::SourceParts=-")
	}
	must(t, dir, "apt-get", append(append([]string{}, options...), "-q", "update")...)
	return options
}

// source is where a suite is: Debian, or Ubuntu, whose keys Debian has in a package.
func (m machine) source(t *testing.T, suite string) string {
	t.Helper()
	release, pocket, _ := strings.Cut(suite, "-")
	switch {
	case release == "focal" || release == "jammy" || release == "noble":
		tree := t.TempDir()
		must(t, tree, "dpkg-deb", "-x", download(t, amd64.apt(t, "trixie"), "ubuntu-keyring"), tree)
		return fmt.Sprintf("deb [signed-by=%s/usr/share/keyrings/ubuntu-archive-keyring.gpg] http://archive.ubuntu.com/ubuntu %s main\n", tree, suite)
	case pocket == "security":
		return "deb http://deb.debian.org/debian-security " + suite + " main\n"
	default:
		return "deb http://deb.debian.org/debian " + suite + " main\n"
	}
}
