package unit

import "strings"

// Assign is one assignment of a unit file.
type Assign struct {
	Section, Key, Value string
	File                string
	Line                int
}

// parseFile reads a unit file, as systemd.syntax(7) has it: lines that end in a
// backslash go on, comments between them are left out.
func parseFile(file, text string) []Assign {
	var all []Assign
	var section, pending string
	first := 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";") {
			continue
		}
		if first == 0 {
			first = i + 1
		}
		if body, more := strings.CutSuffix(line, `\`); more {
			pending += body + " "
			continue
		}
		whole := strings.TrimSpace(pending + line)
		pending = ""
		key, value, ok := strings.Cut(whole, "=")
		switch {
		case strings.HasPrefix(whole, "[") && strings.HasSuffix(whole, "]"):
			section = whole[1 : len(whole)-1]
		case ok:
			all = append(all, Assign{section, strings.TrimSpace(key), strings.TrimSpace(value), file, first})
		}
		first = 0
	}
	return all
}

// settings are the values that were assigned to each key of the section [Service],
// in their order. An empty one takes back those before it where the key is a list.
type settings map[string][]string

func settingsOf(all []Assign) settings {
	s := settings{}
	for _, a := range all {
		if a.Section == "Service" {
			s[a.Key] = append(s[a.Key], a.Value)
		}
	}
	return s
}

// last is the value of a key that is no list, "" if it has none.
func (s settings) last(key string) string {
	values := s[key]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// list are the words of a key that is a list.
func (s settings) list(key string) []string {
	var words []string
	for _, value := range s[key] {
		if value == "" {
			words = nil
		}
		words = append(words, strings.Fields(value)...)
	}
	return words
}

// is reports whether a boolean is on.
func (s settings) is(key string) bool {
	switch strings.ToLower(s.last(key)) {
	case "1", "yes", "y", "true", "t", "on":
		return true
	}
	return false
}
