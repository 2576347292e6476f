package unit

import (
	"errors"
	"os"
	"path"
	"slices"
	"strings"
)

// Unit is a service as systemd would start it.
type Unit struct {
	Name     string    // its primary name
	Files    []string  // its unit file, and drop-ins in the order in which they count
	Commands []Command // of ExecStart=
	Live     bool      // the manager that runs was asked; else files alone
	Stale    bool      // files have changed since the manager read them

	assigns []Assign
	service settings
	static  bool // the user is in /etc/passwd
}

// Show asks the manager that runs for properties of a unit, one KEY=VALUE a line, as
// systemctl show does. That nobody can be asked is [ErrNoManager].
type Show func(name string, properties []string) (string, error)

// ErrNoManager is returned by a Show where no systemd runs.
var ErrNoManager = errors.New("systemd does not run here")

// Load reads a service of the system below root, "" for this one, where the manager is
// asked by show, unless that is nil. A name that is no service's, or that of none, is
// a *[RefusalError].
func Load(root, name string, show Show) (*Unit, error) {
	name, err := FullName(name)
	if err != nil {
		return nil, err
	}
	m, err := openImage(root)
	if err != nil {
		return nil, err
	}
	defer m.close()
	u, err := m.load(name, show)
	if err != nil {
		return nil, err
	}
	passwd, err := m.read("/etc/passwd")
	u.static = err == nil && u.User() != "" && strings.Contains("\n"+passwd, "\n"+u.User()+":")
	return u, nil
}

func (m *image) load(name string, show Show) (*Unit, error) {
	if show != nil && !strings.HasSuffix(name, "@"+service) {
		text, err := show(name, properties)
		if err == nil {
			return m.loaded(name, text)
		}
		if !errors.Is(err, ErrNoManager) {
			return nil, err
		}
	}
	return m.onDisk(name)
}

// onDisk reads the files of a unit.
func (m *image) onDisk(name string) (*Unit, error) {
	file, primary := m.fragment(name)
	if file == "" {
		return nil, &RefusalError{Why: NoUnit, Subject: name}
	}
	if m.link(file) == "/dev/null" {
		return nil, &RefusalError{Why: Masked, Subject: name}
	}
	more, err := m.dropIns(primary)
	if err != nil {
		return nil, err
	}
	u := &Unit{Name: primary, Files: append([]string{file}, more...)}
	if err := m.readAll(u); err != nil {
		return nil, err
	}
	u.service = settingsOf(u.assigns)
	return u, nil
}

// loaded is a unit by the manager's word, its commands by the files that it names.
func (m *image) loaded(name, text string) (*Unit, error) {
	shown := settings{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			shown[key] = append(shown[key], value)
		}
	}
	u := &Unit{Name: shown.last("Id"), Live: true, Stale: shown.is("NeedDaemonReload"), service: shown}
	switch shown.last("LoadState") {
	case "masked":
		return nil, &RefusalError{Why: Masked, Subject: name}
	case "not-found":
		return nil, &RefusalError{Why: NoUnit, Subject: name}
	}
	if !strings.HasSuffix(u.Name, service) {
		return nil, &RefusalError{Why: NoUnit, Subject: name}
	}
	for _, file := range append([]string{shown.last("FragmentPath")}, strings.Fields(shown.last("DropInPaths"))...) {
		if path.IsAbs(file) {
			u.Files = append(u.Files, file)
		}
	}
	return u, m.readAll(u)
}

// readAll reads the unit's files.
func (m *image) readAll(u *Unit) error {
	for _, file := range u.Files {
		text, err := m.read(file)
		if errors.Is(err, os.ErrNotExist) { // it was removed since
			continue
		}
		if err != nil {
			return err
		}
		u.assigns = append(u.assigns, parseFile(file, text)...)
	}
	u.Commands = commandsOf(u.assigns)
	return nil
}

// where is the file and line of the last assignment to a key, "" and 0 if none is known.
func (u *Unit) where(key string) (string, int) {
	for _, a := range slices.Backward(u.assigns) {
		if a.Section == "Service" && a.Key == key {
			return a.File, a.Line
		}
	}
	return "", 0
}
