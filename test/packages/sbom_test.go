package packages

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
)

// sbom is what is looked at of an SPDX document.
type sbom struct {
	Version  string `json:"spdxVersion"`
	Packages []struct {
		Name, VersionInfo, LicenseDeclared, SPDXID string
		ExternalRefs                               []struct{ ReferenceType, ReferenceLocator string }
	}
	Files []struct {
		FileName  string
		Checksums []struct{ Algorithm, ChecksumValue string }
	}
}

// The list of what is linked in is of the very programs that the package has, and names
// each module that Go says is in one; the file copyright speaks of each as well.
func TestSBOM(t *testing.T) {
	for format, files := range formats(t, "gobind") {
		var doc sbom
		if err := json.Unmarshal(files["/usr/share/doc/gobind/gobind.spdx.json"].text, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Version != "SPDX-2.3" || len(doc.Files) != 4 {
			t.Errorf("%s: %s, %d files", format, doc.Version, len(doc.Files))
		}
		copyright := string(files["/usr/share/doc/gobind/copyright"].text)
		for _, p := range doc.Packages {
			if !strings.Contains(copyright, p.Name) || !strings.Contains(copyright, "License: "+p.LicenseDeclared+"\n") {
				t.Errorf("%s: copyright says nothing of %s, %s", format, p.Name, p.LicenseDeclared)
			}
		}
		listed := doc.modules()
		for _, f := range doc.Files {
			text := files[strings.TrimPrefix(f.FileName, ".")].text
			sum := sha256.Sum256(text)
			if got := f.Checksums[1]; got.Algorithm != "SHA256" || got.ChecksumValue != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: %s is not the one that the package has", format, f.FileName)
			}
			for _, module := range linked(t, text) {
				if !listed[module] {
					t.Errorf("%s: %s has %s, which is not on the list with its purl", format, f.FileName, module)
				}
			}
		}
	}
}

// modules are those with a package URL, each with its version.
func (s sbom) modules() map[string]bool {
	listed := map[string]bool{}
	for _, p := range s.Packages {
		for _, r := range p.ExternalRefs {
			if r.ReferenceType == "purl" && strings.HasPrefix(r.ReferenceLocator, "pkg:golang/") && strings.HasSuffix(r.ReferenceLocator, "@"+p.VersionInfo) {
				listed[p.Name+" "+p.VersionInfo] = true
			}
		}
	}
	return listed
}

// linked are the modules that a program says it has linked in.
func linked(t *testing.T, program []byte) []string {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil || len(info.Deps) == 0 {
		t.Fatalf("%d modules, %v", len(info.Deps), err)
	}
	var modules []string
	for _, d := range append(info.Deps, &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}) {
		modules = append(modules, d.Path+" "+d.Version)
	}
	return modules
}
