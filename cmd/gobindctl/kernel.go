package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"gobind/internal/inkernel"
	"gobind/internal/kernel"
	"gobind/internal/layout"
)

// kernelPins is where the kernel backend is pinned.
const kernelPins = "/sys/fs/bpf/gobind"

// kernelCmd is gobindctl kernel.
type kernelCmd struct {
	Action string `arg:"" enum:"enable,disable,reload,status,probe,watch" help:"${help_action}"`
	Cgroup string `placeholder:"DIR" help:"${help_cgroup}"`
	Netns  string `placeholder:"FILE" help:"${help_netns}"`
}

func (c *kernelCmd) run(u *ui) (int, error) {
	switch c.Action {
	case "enable":
		return c.enable(u)
	case "reload":
		return c.reload(u)
	case "disable":
		return c.disable(u)
	case "probe":
		return c.probe(u)
	case "watch":
		return c.watch(u)
	default:
		return c.status(u)
	}
}

// compilePolicy compiles the policy of this machine, as it is now.
func compilePolicy() (*kernel.Compiled, error) {
	here, err := policyFlags{}.open()
	if err != nil {
		return nil, err
	}
	defer here.close()
	return here.compile()
}

// compile compiles the policy of the place.
func (p *place) compile() (*kernel.Compiled, error) {
	return kernel.Compile(kernel.Load(p.fs, p.names, p.dirs...))
}

// enable turns the backend on. What is on already is reloaded, if nothing else was
// asked for: a service may be started twice. Remains that count for nothing are
// removed first.
func (c *kernelCmd) enable(u *ui) (int, error) {
	switch status, err := kernel.Read(kernelPins); {
	case errors.Is(err, kernel.ErrDisabled):
	case err == nil && status.Attached && c.Cgroup == "" && c.Netns == "":
		return c.reload(u)
	case errors.Is(err, kernel.ErrTorn) || err == nil && !status.Attached:
		if err := errors.Join(inkernel.Remove(), kernel.Disable(kernelPins)); err != nil {
			return 0, err
		}
	}
	place := kernel.Place{Pins: kernelPins, Cgroup: c.Cgroup}
	root, err := kernel.RootCgroup()
	if err != nil {
		return 0, err
	}
	if place.Cgroup == "" {
		place.Cgroup = root
	}
	scope, cookie, err := kernel.FindScope(c.Netns)
	if err != nil {
		return 0, err
	}
	now := inkernel.Moment()
	compiled, err := compilePolicy()
	if err != nil {
		return 0, err
	}
	if err := kernel.Enable(place, scope, compiled); err != nil {
		return 0, err
	}
	mark := inkernel.Mark{
		Whole: len(compiled.Omitted) == 0 && cookie != 0, Netns: cookie, Loaded: now, Policy: policyDirs(),
		Cgroup: "/" + strings.Trim(strings.TrimPrefix(place.Cgroup, root), "/"),
	}
	if err := mark.Write(); err != nil {
		return 0, errors.Join(err, kernel.Disable(kernelPins))
	}
	return c.loaded(u, compiled)
}

// policyDirs are the directories that the helper asks, in order.
func policyDirs() []string { return []string{layout.ConfDir, layout.AuthbindDir} }

// reload lets the policy of now count. Meanwhile gobind goes the way that is always
// right.
func (c *kernelCmd) reload(u *ui) (int, error) {
	var compiled *kernel.Compiled
	err := kernel.Change(kernelPins, func(install func(kernel.Scope, *kernel.Compiled) error) error {
		status, err := kernel.Read(kernelPins)
		if err != nil {
			return err
		}
		if !status.Attached {
			return kernel.ErrTorn
		}
		now := inkernel.Moment()
		if compiled, err = compilePolicy(); err != nil {
			return err
		}
		return remark(now, compiled, func() error { return install(status.Scope.Now(), compiled) })
	})
	if err != nil {
		return 0, err
	}
	return c.loaded(u, compiled)
}

// remark changes the mark, if there is one, around a change of the tables.
func remark(now time.Time, compiled *kernel.Compiled, install func() error) error {
	mark, marked := inkernel.Read()
	if !marked {
		return install()
	}
	mark.Whole = false
	if err := errors.Join(mark.Write(), install()); err != nil {
		return err
	}
	mark.Loaded, mark.Whole = now, len(compiled.Omitted) == 0 && mark.Netns != 0
	return mark.Write()
}

// loaded tells what was loaded.
func (c *kernelCmd) loaded(u *ui, compiled *kernel.Compiled) (int, error) {
	answer := jsonKernel{Enabled: true, Current: true, Clauses: compiled.Clauses, Omitted: omitted(compiled.Omitted)}
	if u.json {
		return statusYes, u.printJSON("kernel "+c.Action, answer)
	}
	u.kernelLoaded(answer)
	return statusYes, nil
}

func (c *kernelCmd) disable(u *ui) (int, error) {
	// The mark goes first, so that gobind relies on nothing that is not there; and a reload
	// that was under way may have left it again.
	if err := errors.Join(inkernel.Remove(), kernel.Disable(kernelPins), inkernel.Remove()); err != nil {
		return 0, err
	}
	if u.json {
		return statusYes, u.printJSON("kernel "+c.Action, jsonKernel{})
	}
	u.kernelDisabled()
	return statusYes, nil
}

func (c *kernelCmd) probe(u *ui) (int, error) {
	err := kernel.Probe()
	if errors.Is(err, os.ErrPermission) {
		return 0, err
	}
	answer := jsonProbe{Works: err == nil}
	if err != nil {
		answer.Why = err.Error()
	}
	status := map[bool]int{true: statusYes, false: statusNo}[answer.Works]
	if u.json {
		return status, u.printJSON("kernel "+c.Action, answer)
	}
	u.kernelProbed(answer)
	return status, nil
}

func (c *kernelCmd) status(u *ui) (int, error) {
	status, err := kernel.Read(kernelPins)
	answer := jsonKernel{}
	switch {
	case errors.Is(err, kernel.ErrDisabled):
	case errors.Is(err, kernel.ErrTorn):
		answer.Torn, answer.Omitted = true, []jsonOmitted{}
	case err != nil:
		return 0, err
	default:
		compiled, err := compilePolicy()
		if err != nil {
			return 0, err
		}
		answer = jsonKernel{
			Enabled: status.Attached, Current: status.Current(compiled) && status.Scope == status.Scope.Now(), Cgroup: status.Cgroup, Everything: status.Root,
			Netns: status.Scope.Netns, Limit: status.Scope.Limit, Loaded: status.Loaded.UTC().Format(time.RFC3339),
			Clauses: status.Clauses, Entries: status.Entries, Omitted: omitted(compiled.Omitted), Torn: !status.Attached,
		}
	}
	code := map[bool]int{true: statusYes, false: statusNo}[answer.Enabled && answer.Current]
	if u.json {
		return code, u.printJSON("kernel "+c.Action, answer)
	}
	u.kernelStatus(answer)
	return code, nil
}

// jsonKernel is what kernel --json says of the backend.
type jsonKernel struct {
	Enabled    bool          `json:"enabled"`
	Torn       bool          `json:"torn,omitempty"` // pinned, and not attached: its cgroup is gone
	Current    bool          `json:"current"`        // the tables are those of the policy, for the ports that are not anybody's
	Everything bool          `json:"everything,omitempty"`
	Cgroup     string        `json:"cgroup,omitempty"`
	Netns      uint64        `json:"netns,omitempty"` // 0 is the first network namespace
	Limit      uint32        `json:"unprivileged_port_start,omitempty"`
	Loaded     string        `json:"loaded,omitempty"`
	Clauses    int           `json:"clauses"`
	Entries    int           `json:"entries,omitempty"`
	Omitted    []jsonOmitted `json:"omitted"`
}

// jsonOmitted is a part of policy that the kernel does not have.
type jsonOmitted struct {
	Source string `json:"source"`
	Why    string `json:"why"`
}

// jsonProbe is the answer of kernel probe --json.
type jsonProbe struct {
	Works bool   `json:"works"`
	Why   string `json:"why,omitempty"`
}

func omitted(all []kernel.Omission) []jsonOmitted {
	list := []jsonOmitted{}
	for _, o := range all {
		list = append(list, jsonOmitted{o.Source.String(), o.Why})
	}
	return list
}
