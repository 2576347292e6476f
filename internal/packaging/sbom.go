package packaging

import (
	"crypto/sha1" //nolint:gosec // SPDX's package verification code is one
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The parts of an SPDX 2.3 document that are used here.
type (
	document struct {
		Version       string         `json:"spdxVersion"`
		DataLicence   string         `json:"dataLicense"`
		ID            string         `json:"SPDXID"`
		Name          string         `json:"name"`
		Namespace     string         `json:"documentNamespace"`
		Creation      creation       `json:"creationInfo"`
		Packages      []spdxPackage  `json:"packages"`
		Files         []spdxFile     `json:"files"`
		Relationships []relationship `json:"relationships"`
	}
	creation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID           string        `json:"SPDXID"`
		Name         string        `json:"name"`
		Version      string        `json:"versionInfo"`
		Supplier     string        `json:"supplier,omitempty"`
		Download     string        `json:"downloadLocation"`
		Analyzed     bool          `json:"filesAnalyzed"`
		Verification *verification `json:"packageVerificationCode,omitempty"`
		Concluded    string        `json:"licenseConcluded"`
		Declared     string        `json:"licenseDeclared"`
		Copyright    string        `json:"copyrightText"`
		Comment      string        `json:"comment,omitempty"`
		Refs         []externalRef `json:"externalRefs,omitempty"`
		Purpose      string        `json:"primaryPackagePurpose"`
	}
	verification struct {
		Value string `json:"packageVerificationCodeValue"`
	}
	externalRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxFile struct {
		ID        string     `json:"SPDXID"`
		Name      string     `json:"fileName"`
		Types     []string   `json:"fileTypes"`
		Checksums []checksum `json:"checksums"`
		Concluded string     `json:"licenseConcluded"`
		Copyright string     `json:"copyrightText"`
	}
	checksum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	relationship struct {
		From string `json:"spdxElementId"`
		Type string `json:"relationshipType"`
		To   string `json:"relatedSpdxElement"`
	}
)

const (
	ours       = "Apache-2.0"
	ownersLine = "2026 The gobind authors"
	rootID     = "SPDXRef-Package-gobind"
)

// SBOM is the SPDX 2.3 document of a package: its programs, and what is linked into
// each. The same programs and date make the same bytes.
func SBOM(version string, date time.Time, programs []Program) ([]byte, error) {
	doc := document{
		Version: "SPDX-2.3", DataLicence: "CC0-1.0", ID: "SPDXRef-DOCUMENT",
		Name: "gobind-" + version,
		Creation: creation{
			Created:  date.UTC().Format(time.RFC3339),
			Creators: []string{"Tool: gobind-packaging", "Organization: The gobind authors"},
		},
		Packages:      []spdxPackage{root(version, programs)},
		Relationships: []relationship{{"SPDXRef-DOCUMENT", "DESCRIBES", rootID}},
	}
	identity := sha256.New()
	for _, p := range programs {
		identity.Write([]byte(p.SHA256))
		file := fileOf(p)
		doc.Files = append(doc.Files, file)
		doc.Relationships = append(doc.Relationships, relationship{rootID, "CONTAINS", file.ID})
		for _, m := range p.Modules {
			pkg := packageOf(m)
			if !slices.ContainsFunc(doc.Packages, func(q spdxPackage) bool { return q.ID == pkg.ID }) {
				doc.Packages = append(doc.Packages, pkg)
			}
			doc.Relationships = append(doc.Relationships, relationship{file.ID, "STATIC_LINK", pkg.ID})
		}
	}
	doc.Namespace = fmt.Sprintf("https://spdx.org/spdxdocs/%s-%x", doc.Name, identity.Sum(nil)[:16])
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), err
}

// root is gobind itself. Its verification code is what SPDX says: the SHA-1 of the
// files' SHA-1s in order.
func root(version string, programs []Program) spdxPackage {
	var sums []string
	for _, p := range programs {
		sums = append(sums, p.SHA1)
	}
	slices.Sort(sums)
	code := sha1.Sum([]byte(strings.Join(sums, "")))
	return spdxPackage{
		ID: rootID, Name: "gobind", Version: version,
		Supplier: "Organization: The gobind authors", Download: "NOASSERTION",
		Analyzed: true, Verification: &verification{hex.EncodeToString(code[:])},
		Concluded: ours, Declared: ours, Copyright: "Copyright " + ownersLine,
		Purpose: "APPLICATION",
	}
}

func fileOf(p Program) spdxFile {
	return spdxFile{
		ID: "SPDXRef-File-" + identifier(p.Name), Name: "./" + p.Name, Types: []string{"BINARY"},
		Checksums: []checksum{{"SHA1", p.SHA1}, {"SHA256", p.SHA256}},
		Concluded: licences(p), Copyright: "NOASSERTION",
	}
}

// licences are those of all that is linked into a program.
func licences(p Program) string {
	list := []string{ours}
	for _, m := range p.Modules {
		if !slices.Contains(list, m.Licence) {
			list = append(list, m.Licence)
		}
	}
	return strings.Join(list, " AND ")
}

func packageOf(m Module) spdxPackage {
	locator, comment := "pkg:golang/"+m.Path+"@"+m.Version, ""
	if m.Path == "std" {
		locator, comment = "pkg:golang/stdlib@"+m.Version, "the standard library and runtime of Go"
	}
	if m.Sum != "" {
		comment = "go.sum: " + m.Sum
	}
	return spdxPackage{
		ID: "SPDXRef-Module-" + identifier(m.Path), Name: m.Path, Version: m.Version,
		Download: "NOASSERTION", Concluded: m.Licence, Declared: m.Licence,
		Copyright: "Copyright " + strings.ReplaceAll(m.Copyright, "\n", "\nCopyright "), Comment: comment, Purpose: "LIBRARY",
		Refs: []externalRef{{"PACKAGE-MANAGER", "purl", locator}},
	}
}

// identifier is a name in the letters that SPDX allows.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, name)
}
