package kernel

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Probe is why this kernel, or this process, cannot have a backend; nil if it can.
// Nothing is left of it.
func Probe() error {
	if _, err := RootCgroup(); err != nil {
		return err
	}
	if _, err := ownCookie(); err != nil {
		return err
	}
	if err := probeWaiver(loadAnswer); err != nil {
		return err
	}
	layout, err := readLayout()
	if err != nil {
		return err
	}
	m, err := newMaps()
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		loaded, loadErr := load(m, layout, hook)
		if loadErr == nil {
			loadErr = loaded.Close()
		}
		err = errors.Join(err, loadErr)
	}
	return errors.Join(err, m.close())
}

// ErrNoWaiver is the error of a kernel whose BPF programs cannot waive the capability.
var ErrNoWaiver = errors.New("this kernel lets no BPF program waive CAP_NET_BIND_SERVICE: that came with Linux 5.12")

// probeWaiver loads a program that leaves the bind to the kernel, and one that waives
// the capability, which an older kernel does not let it.
func probeWaiver(load func(answer int32) error) error {
	if err := load(neutral); err != nil {
		return fmt.Errorf("load a BPF program: %w", err)
	}
	if err := load(waive); err != nil {
		return ErrNoWaiver
	}
	return nil
}

// loadAnswer loads a program that does nothing but answer.
func loadAnswer(answer int32) error {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "gobind_probe", Type: ebpf.CGroupSockAddr, AttachType: ebpf.AttachCGroupInet4Bind, License: license,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, answer), asm.Return()},
	})
	if err != nil {
		return err
	}
	return p.Close()
}
