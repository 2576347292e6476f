package policy_test

import (
	"slices"

	"gobind/policy"
)

// fakeNames are the names of the tests' system: user NAME of the uids below has
// them, and so on. Its user 1000 and group 1000 are those of the tests' requests.
type fakeNames struct{}

var (
	fakeUsers  = map[string]uint32{"alice": uid, "bob": 1001, "root": 0, `DOM\carol`: 1002, "d.e-f_g@h+i$": 1003, "jürgen": 1004}
	fakeGroups = map[string]uint32{"alice": uid, "web": 2000, "dns": 2001, "bob": 2002}

	// fakeServices are ports by name, in the order tcp, udp, sctp; 0 is none.
	fakeServices = map[string][3]uint16{
		"http": {80, 80, 80}, "domain": {53, 53, 0}, "syslog": {0, 514, 0}, "shell": {514, 0, 0},
		"9pfs": {564, 0, 0}, "http-alt": {8080, 8080, 0}, "two": {1, 2, 0}, "apart": {1, 0, 2}, "zero": {0, 0, 0},
	}
)

func (fakeNames) User(name string) (uint32, bool) {
	id, ok := fakeUsers[name]
	return id, ok
}

func (fakeNames) Group(name string) (uint32, bool) {
	id, ok := fakeGroups[name]
	return id, ok
}

func (fakeNames) HasUser(id uint32) bool { return hasValue(fakeUsers, id) }

func (fakeNames) HasGroup(id uint32) bool { return hasValue(fakeGroups, id) }

func (fakeNames) Service(name string, protocol policy.Protocol) (uint16, bool) {
	ports := fakeServices[name]
	i := slices.Index([]policy.Protocol{policy.ProtocolTCP, policy.ProtocolUDP, policy.ProtocolSCTP}, protocol)
	return ports[i], ports[i] != 0
}

func hasValue(m map[string]uint32, id uint32) bool {
	for _, value := range m {
		if value == id {
			return true
		}
	}
	return false
}

// rulesFile is a file of rules by its text.
func rulesFile(name, text string) policy.RuleFile {
	rules, err := policy.ParseRules(name, []byte(text), fakeNames{})
	return policy.RuleFile{File: name, Rules: rules, Names: fakeNames{}, Fault: err}
}

// rulesOf are files of rules by their texts, in order: a, b and so on.
func rulesOf(texts ...string) policy.Rules {
	return func(yield func(policy.RuleFile) bool) {
		for i, text := range slices.Backward(texts) {
			if !yield(rulesFile(string(rune('a'+i)), text)) {
				return
			}
		}
	}
}
