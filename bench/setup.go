package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"kernel.org/pub/linux/libs/security/libcap/cap"

	"gobind/internal/testenv"
)

// The ports of the probe: policy gives the first to Alice, anyone has the other.
const (
	privilegedPort   = 80
	unprivilegedPort = 8080
)

// setup is what the measures need: programs, and policy that is in place.
type setup struct {
	prefix testenv.Prefix // of gobind
	probe  string
	web    string // the server
	goExec string // a Go program that executes its arguments, and no more
	allow  string // the same in C, under a filter that allows everything
	chain  string // the same in C, where binds go from one process to the next and are done

	backends  map[string]backend // by the names of peers
	questions uint16             // asked of a resolver so far: no two are alike
	besides   rows               // what the samples of a measure told for its second table
}

// Each program in C has a copy that may bind by itself, whose name ends so.
const cappedSuffix = "-capped"

//go:embed testdata/*.c
var sources embed.FS

// setUp builds the programs and writes the policy.
func setUp() (*setup, error) {
	dir := testenv.Dir()
	s := &setup{
		prefix: testenv.Prefix(filepath.Join(dir, "prefix")),
		probe:  filepath.Join(dir, "probe"),
		web:    filepath.Join(dir, "web"),
		goExec: filepath.Join(dir, "go-exec"),
		allow:  filepath.Join(dir, "allow"),
		chain:  filepath.Join(dir, "chain"),
	}
	for _, step := range []func() error{s.install, s.buildPrograms, s.buildGoExec, writePolicy, noLingering} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *setup) install() error {
	return command("make", "-s", "-C", testenv.Repo(), "install",
		"PREFIX="+string(s.prefix), "BUILD="+filepath.Join(testenv.Dir(), "build"))
}

func (s *setup) buildPrograms() error {
	for _, program := range []string{s.probe, s.web} {
		if err := errors.Join(build(program), addCapped(program)); err != nil {
			return err
		}
	}
	return errors.Join(build(s.allow), build(s.chain))
}

// build compiles the program of that name in C.
func build(program string) error {
	text, err := sources.ReadFile("testdata/" + filepath.Base(program) + ".c")
	if err != nil {
		return err
	}
	source := program + ".c"
	if err := os.WriteFile(source, text, 0o644); err != nil {
		return fmt.Errorf("write a program: %w", err)
	}
	return command("gcc", "-O2", "-Wall", "-pthread", "-o", program, source)
}

// addCapped makes a copy of the program that may bind by itself.
func addCapped(program string) error {
	capped := program + cappedSuffix
	if err := command("cp", program, capped); err != nil {
		return err
	}
	set, err := cap.FromText("cap_net_bind_service=ep")
	if err != nil {
		return fmt.Errorf("parse a capability: %w", err)
	}
	if err := set.SetFile(capped); err != nil {
		return fmt.Errorf("set the capability of %s: %w", capped, err)
	}
	return nil
}

func (s *setup) buildGoExec() error {
	source := filepath.Join(testenv.Repo(), "bench/testdata/execonly/main.go")
	return command("env", "CGO_ENABLED=0", "go", "build", "-ldflags", "-s -w", "-o", s.goExec, source)
}

// writePolicy gives Alice the privileged port, by authbind's rules and by
// gobind's.
func writePolicy() error {
	for _, dir := range []string{"/etc/authbind/byport", "/etc/gobind/byport"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make a policy directory: %w", err)
		}
		file := filepath.Join(dir, strconv.Itoa(privilegedPort))
		if err := command("install", "-o", testenv.Alice.Name, "-m", "500", "/dev/null", file); err != nil {
			return err
		}
	}
	return nil
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w\n%s", name, err, out)
	}
	return nil
}

// noLingering has connections of this world end at once, without TIME_WAIT: nobody
// pays for those of the peer before.
func noLingering() error {
	return os.WriteFile("/proc/sys/net/ipv4/tcp_max_tw_buckets", []byte("0"), 0)
}
