// Command gen writes what a package has beside the programs into a directory:
// gobind.spdx.json, changelog.Debian, changelog.yaml and bundled.yaml (for nfpm) and
// versions (for the shell). Its arguments are programs, each as FILE=/WHERE/A/PACKAGE/HAS/IT.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gobind/internal/packaging"
)

func main() {
	dir := flag.String("dir", ".", "where to write")
	version := flag.String("version", "", "version of gobind")
	epoch := flag.Int64("epoch", 0, "SOURCE_DATE_EPOCH")
	flag.Parse()
	if err := write(*dir, *version, time.Unix(*epoch, 0), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
}

func write(dir, version string, date time.Time, args []string) error {
	var programs []packaging.Program
	for _, arg := range args {
		file, name, _ := strings.Cut(arg, "=")
		p, err := packaging.ReadProgram(file, name)
		if err != nil {
			return err
		}
		programs = append(programs, p)
	}
	sbom, err := packaging.SBOM(version, date, programs)
	if err != nil {
		return err
	}
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	entries, err := packaging.ReadChangelog(string(text), version, date)
	if err != nil {
		return err
	}
	changelog, err := packaging.NFPMChangelog(entries)
	if err != nil {
		return err
	}
	versions := fmt.Sprintf("deb_version='%s'\napk_version='%s'\nrevision='%s'\n",
		packaging.Debian(version), packaging.Alpine(version), packaging.Revision)
	bundled := "provides:\n"
	for _, name := range packaging.Bundled(programs) {
		bundled += "  - '" + name + "'\n"
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "gobind.spdx.json"), sbom, 0o644),
		os.WriteFile(filepath.Join(dir, "changelog.Debian"), []byte(packaging.DebianChangelog("gobind", entries)), 0o644),
		os.WriteFile(filepath.Join(dir, "changelog.yaml"), changelog, 0o644),
		os.WriteFile(filepath.Join(dir, "bundled.yaml"), []byte(bundled), 0o644),
		os.WriteFile(filepath.Join(dir, "versions"), []byte(versions), 0o644),
	)
}
