package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Place is where a backend is.
type Place struct {
	Pins   string // a directory of a bpf file system, which Enable makes
	Cgroup string // a directory of cgroup v2: sockets that are made in it are covered
}

// Scope is what the programs look at.
type Scope struct {
	Limit uint32 // the first port that is anybody's: ip_unprivileged_port_start
	Netns uint64 // the cookie of the network namespace; 0 is the first one
}

// ErrEnabled is the error of Enable where a backend is already.
var ErrEnabled = errors.New("the kernel backend is enabled already")

// ErrDisabled is the error where there is no backend.
var ErrDisabled = errors.New("the kernel backend is not enabled")

// hooks are the programs, by the names of the pins of their links.
var hooks = map[string]ebpf.AttachType{"link4": ebpf.AttachCGroupInet4Bind, "link6": ebpf.AttachCGroupInet6Bind}

// Enable loads the policy, and programs that go by it, and attaches them. It undoes
// what it has done if it cannot do it all.
func Enable(place Place, scope Scope, c *Compiled) error {
	layout, err := readLayout()
	if err != nil {
		return err
	}
	if err := makePins(place.Pins); err != nil {
		return err
	}
	if err := enable(place, scope, c, layout); err != nil {
		return errors.Join(err, Disable(place.Pins))
	}
	return nil
}

func enable(place Place, scope Scope, c *Compiled, layout taskLayout) error {
	unlock, err := lock(place.Pins)
	if err != nil {
		return err
	}
	defer unlock()
	m, err := newMaps()
	if err != nil {
		return err
	}
	defer m.close() //nolint:errcheck // the pins have them
	if err := m.install(c, newConfig(scope, c)); err != nil {
		return err
	}
	for name, one := range m {
		if err := pin(one, filepath.Join(place.Pins, name)); err != nil {
			return err
		}
	}
	return attach(place, m, layout)
}

// attach loads the programs, and attaches them by links that are pinned.
func attach(place Place, m kernelMaps, layout taskLayout) error {
	cgroup, err := os.Open(place.Cgroup)
	if err != nil {
		return err
	}
	defer cgroup.Close() //nolint:errcheck // a directory
	for name, hook := range hooks {
		loaded, err := load(m, layout, hook)
		if err != nil {
			return err
		}
		made, err := link.AttachRawLink(link.RawLinkOptions{Target: int(cgroup.Fd()), Program: loaded, Attach: hook})
		if err != nil {
			return errors.Join(fmt.Errorf("attach a program to %s: %w", place.Cgroup, err), loaded.Close())
		}
		err = errors.Join(pin(made, filepath.Join(place.Pins, name)), made.Close(), loaded.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// license is that of the programs alone, which the kernel wants to hear before it
// lets them read what groups a task has: they are free under either.
const license = "Dual MIT/GPL"

// load loads one of the programs.
func load(m kernelMaps, layout taskLayout, hook ebpf.AttachType) (*ebpf.Program, error) {
	name := "gobind_bind4"
	if hook == ebpf.AttachCGroupInet6Bind {
		name = "gobind_bind6"
	}
	loaded, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: name, Type: ebpf.CGroupSockAddr, AttachType: hook, License: license,
		Instructions: program(m, layout, hook == ebpf.AttachCGroupInet6Bind),
	})
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return loaded, nil
}

func newConfig(scope Scope, c *Compiled) config {
	return config{
		Flags: c.tables.flags, Limit: scope.Limit, Netns: scope.Netns, Digest: c.digest,
		Loaded: uint64(time.Now().Unix()), Clauses: uint32(c.Clauses), Entries: uint32(c.Entries()),
		Omitted: uint32(len(c.Omitted)),
	}
}

// ErrTorn is the error where there are remains of a backend that count for nothing: its
// cgroup is gone, or whoever enabled it did not come to the end.
var ErrTorn = errors.New("the kernel backend is attached to nothing")

// Change calls f while nobody else changes the backend. What f gives to install counts
// instead of what was loaded before: no bind is judged by a mixture of both. Policy that f
// reads is thus never older than what counted before: of two that reload, the one that is
// done last has read last.
func Change(pins string, f func(install func(Scope, *Compiled) error) error) error {
	unlock, err := lock(pins)
	if err != nil {
		return err
	}
	defer unlock()
	return f(func(scope Scope, c *Compiled) error {
		m, err := openMaps(pins)
		if err != nil {
			return err
		}
		return errors.Join(m.install(c, newConfig(scope, c)), m.close())
	})
}

// Disable detaches the programs and removes whatever there is of a backend.
func Disable(pins string) error {
	unlock, err := lock(pins)
	if err != nil {
		return err
	}
	defer unlock()
	for name := range hooks {
		err = errors.Join(err, detach(filepath.Join(pins, name)))
	}
	names, readErr := os.ReadDir(pins)
	err = errors.Join(err, readErr)
	for _, name := range names {
		err = errors.Join(err, os.Remove(filepath.Join(pins, name.Name())))
	}
	return errors.Join(err, os.Remove(pins))
}

// detach ends an attachment, whoever else has the link.
func detach(path string) error {
	l, err := link.LoadPinnedLink(path, nil)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the link %s: %w", path, err)
	}
	return errors.Join(l.Detach(), l.Close())
}
