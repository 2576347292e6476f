package unit

import (
	"path"
	"slices"
	"strings"
)

// dirs are where systemd looks for units, the first one first: systemd.unit(5).
var dirs = []string{
	"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
	"/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached",
	"/run/systemd/system", "/run/systemd/system.attached", "/run/systemd/generator",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
	"/run/systemd/generator.late",
}

// own is where gobindctl's drop-ins are.
const own = "/etc/systemd/system"

// service is the ending of a service's name.
const service = ".service"

// FullName is the name of a service, whose ending may have been left out.
func FullName(text string) (string, error) {
	name := text
	if !strings.HasSuffix(name, service) {
		name += service
	}
	valid := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(`:_.\-@`, r)
	}
	stem := strings.TrimSuffix(name, service)
	if stem == "" || stem[0] == '@' || stem[0] == '.' || stem[0] == '-' && len(stem) == 1 || len(name) > 255 ||
		strings.ContainsFunc(name, func(r rune) bool { return !valid(r) }) || strings.Count(name, "@") > 1 ||
		hasOtherType(text) {
		return "", &RefusalError{Why: BadName, Subject: text}
	}
	return name, nil
}

// hasOtherType reports whether the name is that of a unit of another type.
func hasOtherType(name string) bool {
	return slices.Contains([]string{
		".socket", ".target", ".timer", ".path", ".mount", ".automount", ".swap", ".slice", ".scope", ".device",
	}, path.Ext(name))
}

// template is the name of the template of an instance, "" if it is none.
func template(name string) string {
	before, after, ok := strings.Cut(strings.TrimSuffix(name, service), "@")
	if !ok || after == "" {
		return ""
	}
	return before + "@" + service
}

// fragment finds the unit file of a name, and the name that it has when links of that
// name's have been followed: an alias. It is "" if there is none.
func (m *image) fragment(name string) (file, primary string) {
	for range 8 {
		next := ""
		for _, dir := range dirs {
			file = path.Join(dir, name)
			target := m.link(file)
			if target != "" && target != "/dev/null" && path.Base(target) != name && strings.HasSuffix(target, service) {
				next = path.Base(target)
				break
			}
			if target == "/dev/null" || m.exists(file) {
				return file, name
			}
		}
		if next == "" {
			break
		}
		name = next
	}
	if of := template(name); of != "" {
		if file, _ = m.fragment(of); file != "" {
			return file, name
		}
	}
	return "", name
}

// dropIns finds the drop-ins of a name in the order in which they count.
func (m *image) dropIns(name string) ([]string, error) {
	found := map[string]string{}
	for _, sub := range dropInDirs(name) {
		for _, dir := range dirs {
			names, err := m.names(path.Join(dir, sub))
			if err != nil {
				return nil, err
			}
			for _, n := range names {
				if _, ok := found[n]; !ok && strings.HasSuffix(n, ".conf") && !strings.HasPrefix(n, ".") {
					found[n] = path.Join(dir, sub, n)
				}
			}
		}
	}
	return inOrder(found), nil
}

// inOrder are the files by the order of their own names.
func inOrder(found map[string]string) []string {
	var names, files []string
	for n := range found {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		files = append(files, found[n])
	}
	return files
}

// dropInDirs are the names of the directories of a unit's drop-ins, those that are
// most about it first: its own, its template's, those of prefixes that end in a dash,
// and that of all services.
func dropInDirs(name string) []string {
	all := []string{name + ".d"}
	stem := strings.TrimSuffix(name, service)
	if of := template(name); of != "" {
		all = append(all, of+".d")
		stem = strings.TrimSuffix(of, "@"+service)
	}
	for i := len(stem) - 1; i > 0; i-- {
		if stem[i] == '-' && i+1 < len(stem) {
			all = append(all, stem[:i+1]+service+".d")
		}
	}
	return append(all, "service.d")
}
