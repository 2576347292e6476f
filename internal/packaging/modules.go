package packaging

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // SPDX asks for it beside SHA-256
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Module is a Go module that is linked into a program, or the standard library.
type Module struct {
	Path, Version, Sum string
	Licence, Copyright string
}

// Program is a built program and what is linked into it.
type Program struct {
	Name         string // where a package has it, without the first slash
	SHA1, SHA256 string
	Go           string // version of the compiler
	Arch         string
	Modules      []Module // the standard library last
}

// terms are the licence and the copyright, a line for each holder, of all that may be linked. A test
// compares with the modules' own licence files, and with debian/copyright.
var terms = map[string][2]string{
	"github.com/alecthomas/kong": {"MIT", "2018 Alec Thomas"},
	"github.com/cilium/ebpf":     {"MIT", "2017 Nathan Sweet\n2018, 2019 Cloudflare\n2019 Authors of Cilium"},
	"go4.org/netipx":             {"BSD-3-Clause", "2020 The Inet.af AUTHORS"},
	"golang.org/x/sys":           {"BSD-3-Clause", "2009 The Go Authors"},
	"std":                        {"BSD-3-Clause", "2009 The Go Authors"},
}

// ReadProgram reads the program in a file, which a package has under that name. A
// module whose licence nobody has put down is an error.
func ReadProgram(file, name string) (Program, error) {
	text, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return Program{}, err
	}
	info, err := buildinfo.Read(bytes.NewReader(text))
	if err != nil {
		return Program{}, fmt.Errorf("read build of %s: %w", file, err)
	}
	one, two := sha1.Sum(text), sha256.Sum256(text)
	p := Program{
		Name: strings.TrimPrefix(name, "/"),
		SHA1: hex.EncodeToString(one[:]), SHA256: hex.EncodeToString(two[:]),
		Go: strings.TrimPrefix(info.GoVersion, "go"),
	}
	for _, s := range info.Settings {
		if s.Key == "GOARCH" {
			p.Arch = s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			return Program{}, fmt.Errorf("%s has %s in place of %s: not what go.mod says", file, d.Replace.Path, d.Path)
		}
		p.Modules = append(p.Modules, Module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	p.Modules = append(p.Modules, Module{Path: "std", Version: p.Go})
	for i := range p.Modules {
		m := &p.Modules[i]
		t, known := terms[m.Path]
		if !known {
			return Program{}, fmt.Errorf("%s has %s linked in: put its licence down in internal/packaging/modules.go and debian/copyright", file, m.Path)
		}
		m.Licence, m.Copyright = t[0], t[1]
	}
	return p, nil
}

// Bundled is what the programs have linked in, the standard library aside, as RPM says
// what a package has copies of.
func Bundled(programs []Program) []string {
	var list []string
	for _, p := range programs {
		for _, m := range p.Modules {
			if m.Path != "std" {
				version := strings.ReplaceAll(strings.TrimPrefix(m.Version, "v"), "-", "~")
				list = append(list, "bundled(golang("+m.Path+")) = "+version)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
