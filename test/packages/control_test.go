package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// No format has a maintainer script, trigger or configuration file: nothing runs as
// root when a package comes or goes.
func TestNoScripts(t *testing.T) {
	dir := packages(t)
	for _, name := range []string{"gobind", "gobind-authbind"} {
		_, control := debEntries(t, file(t, dir, name+"_*.deb"))
		for n := range control {
			if n != "/" && n != "/control" && n != "/md5sums" {
				t.Errorf("%s deb: has %s", name, n)
			}
		}
		_, control = apkEntries(t, file(t, dir, name+"_*.apk"))
		for n := range control {
			if n != "/.PKGINFO" {
				t.Errorf("%s apk: has %s", name, n)
			}
		}
		testenv.Require(t, "rpm")
		rpm := file(t, dir, name+"-[0-9]*.rpm")
		for _, flag := range []string{"--scripts", "--triggers", "--filetriggers", "--configfiles"} {
			if out := output(t, "rpm", "-qp", flag, rpm); strings.TrimSpace(out) != "" {
				t.Errorf("%s rpm %s: %s", name, flag, out)
			}
		}
	}
}

// The packages say what they need and what they take the place of.
func TestRelations(t *testing.T) {
	dir := packages(t)
	fields := func(file string) string { return output(t, "dpkg-deb", "-f", file) }
	gobind := fields(file(t, dir, "gobind_*.deb"))
	for _, lacking := range []string{"\nDepends:", "\nPre-Depends:"} { // static, and no libseccomp: the filter is built in
		if strings.Contains("\n"+gobind, lacking) {
			t.Errorf("the deb of gobind has %q:\n%s", lacking, gobind)
		}
	}
	_, version, _ := strings.Cut(gobind, "\nVersion: ")
	version, _, _ = strings.Cut(version, "\n")
	authbind := fields(file(t, dir, "gobind-authbind_*.deb"))
	for _, line := range []string{"Depends: gobind (>= " + version + "), gobind (<< " + version + ".1~)", "Provides: authbind", "Conflicts: authbind", "Replaces: authbind", "Architecture: all"} {
		if !slices.Contains(strings.Split(authbind, "\n"), line) {
			t.Errorf("the deb of gobind-authbind lacks %q:\n%s", line, authbind)
		}
	}
	for name, want := range map[string][]string{"gobind": nil, "gobind-authbind": {"gobind = " + version}} {
		var needs []string
		for line := range strings.Lines(output(t, testenv.Require(t, "rpm"), "-qp", "--requires", file(t, dir, name+"-[0-9]*.rpm"))) {
			if !strings.HasPrefix(line, "rpmlib(") {
				needs = append(needs, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(needs, want) {
			t.Errorf("the rpm of %s needs %q, want %q", name, needs, want)
		}
		if provided := output(t, "rpm", "-qp", "--provides", file(t, dir, name+"-[0-9]*.rpm")); name == "gobind" && !strings.Contains(provided, "\nbundled(golang(golang.org/x/sys)) = 0.") {
			t.Errorf("the rpm does not say what is linked in:\n%s", provided)
		}
	}
	if got := output(t, "rpm", "-qp", "--qf", "%{SUMMARY}|%{DESCRIPTION}", file(t, dir, "gobind-authbind-[0-9]*.rpm")); !strings.HasPrefix(got, "Gobind in place of authbind|gobind under authbind's name: ") {
		t.Errorf("the rpm of gobind-authbind says of itself %q", got)
	}
	_, control := apkEntries(t, file(t, dir, "gobind_*.apk"))
	if info := string(control["/.PKGINFO"].text); strings.Contains(info, "\ndepend = ") {
		t.Errorf("the apk of gobind needs something:\n%s", info)
	}
	_, control = apkEntries(t, file(t, dir, "gobind-authbind_*.apk"))
	info := string(control["/.PKGINFO"].text)
	for _, line := range []string{"depend = !authbind", "provides = authbind", "replaces = authbind", "pkgdesc = gobind in place of authbind"} {
		if !slices.Contains(strings.Split(info, "\n"), line) {
			t.Errorf("the apk of gobind-authbind lacks %q:\n%s", line, info)
		}
	}
	for line := range strings.Lines(info) {
		if !strings.Contains(line, " = ") && !strings.HasPrefix(line, "#") {
			t.Errorf("no line of .PKGINFO: %q", line)
		}
	}
}

// The list of what is linked in is of the very programs that the package has.
func TestSBOM(t *testing.T) {
	for format, files := range formats(t, "gobind") {
		var doc struct {
			Version  string `json:"spdxVersion"`
			Packages []struct{ Name, VersionInfo, LicenseDeclared, SPDXID string }
			Files    []struct {
				FileName  string
				Checksums []struct{ Algorithm, ChecksumValue string }
			}
			Relationships []struct{ SPDXElementID, RelationshipType, RelatedSpdxElement string }
		}
		if err := json.Unmarshal(files["/usr/share/doc/gobind/gobind.spdx.json"].text, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Version != "SPDX-2.3" || len(doc.Files) != 4 {
			t.Errorf("%s: %s, %d files", format, doc.Version, len(doc.Files))
		}
		for _, f := range doc.Files {
			sum := sha256.Sum256(files[strings.TrimPrefix(f.FileName, ".")].text)
			if got := f.Checksums[1]; got.Algorithm != "SHA256" || got.ChecksumValue != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: %s is not the one that the package has", format, f.FileName)
			}
		}
		for _, p := range doc.Packages {
			copyright := string(files["/usr/share/doc/gobind/copyright"].text)
			if !strings.Contains(copyright, p.Name) || !strings.Contains(copyright, "License: "+p.LicenseDeclared+"\n") {
				t.Errorf("%s: copyright says nothing of %s, %s", format, p.Name, p.LicenseDeclared)
			}
		}
	}
}

// lintian has nothing to say, but for what the overrides give a reason for.
func TestLintian(t *testing.T) {
	dir := packages(t)
	cmd := exec.Command(testenv.Require(t, "lintian"), "--allow-root", "--fail-on", "error,warning,info", "--tag-display-limit", "0", "--pedantic", "--display-info",
		file(t, dir, "gobind_*.deb"), file(t, dir, "gobind-authbind_*.deb"))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("lintian: %v\n%s", err, out)
	}
}
