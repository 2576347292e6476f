package hostile

import (
	"testing"

	"gobind/helper"
)

// permit is a rule for Alice, and file where it stands.
const (
	rule     = "permit 61001 tcp *:80"
	ruleFile = "/etc/gobind/rules.d/a.rules"
)

// F1: rules that somebody else than root could write deny what no later file decides.
func TestF1UnsafeRules(t *testing.T) {
	const put = "echo '" + rule + "' >rules.d/a.rules; "
	const good = "echo '" + rule + "' >rules.d/b.rules; chmod 644 rules.d/b.rules; "
	runPolicyCases(t, map[string]policyCase{
		"as it should be":          {script: put, want: helper.ReasonRule, permit: true, source: ruleFile},
		"root's alone to read":     {script: put + "chmod 600 rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
		"in root's own directory":  {script: put + "chmod 700 rules.d", want: helper.ReasonRule, permit: true, source: ruleFile},
		"Alice's":                  {script: put + "chown 61001 rules.d/a.rules", want: helper.ReasonUnsafe, source: ruleFile},
		"a group may write":        {script: put + "chmod 664 rules.d/a.rules", want: helper.ReasonUnsafe, source: ruleFile},
		"the world may write":      {script: put + "chmod 646 rules.d/a.rules", want: helper.ReasonUnsafe, source: ruleFile},
		"an ACL lets her write":    {script: put + "setfacl -m u:61001:rw rules.d/a.rules", want: helper.ReasonUnsafe, source: ruleFile},
		"in a group's directory":   {script: put + "chmod 775 rules.d", want: helper.ReasonUnsafe, source: "/etc/gobind/rules.d"},
		"in the world's":           {script: put + "chmod 1777 rules.d", want: helper.ReasonUnsafe, source: "/etc/gobind/rules.d"},
		"in Alice's":               {script: put + "chown 61001 rules.d", want: helper.ReasonUnsafe, source: "/etc/gobind/rules.d"},
		"all of it Alice's":        {script: put + "chown 61001 .", want: helper.ReasonUnsafe, source: "/etc/gobind"},
		"a link into her home":     {script: `echo '` + rule + `' >"$ALICE/rules"; chown 61001 "$ALICE/rules"; ln -s "$ALICE/rules" rules.d/a.rules`, want: helper.ReasonUnsafe, source: ruleFile},
		"root's file in her home":  {script: `echo '` + rule + `' >"$ALICE/rules"; chown 0 "$ALICE/rules"; ln -s "$ALICE/rules" rules.d/a.rules`, want: helper.ReasonUnsafe, source: ruleFile},
		"a link of root's":         {script: "echo '" + rule + "' >all; ln -s ../all rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
		"a hard link of hers":      {script: "echo '" + rule + "' >hers; chown 61001 hers; ln hers rules.d/a.rules; rm hers", want: helper.ReasonUnsafe, source: ruleFile},
		"the directory is a link":  {script: `mkdir "$ALICE/rules.d"; chown 61001 "$ALICE/rules.d"; echo '` + rule + `' >"$ALICE/rules.d/a.rules"; rmdir rules.d; ln -s "$ALICE/rules.d" rules.d`, want: helper.ReasonUnsafe, source: "/etc/gobind"},
		"unsafe, and a later file": {script: put + "chmod 666 rules.d/a.rules; " + good, want: helper.ReasonRule, permit: true, source: "/etc/gobind/rules.d/b.rules"},
		"unsafe, after a good one": {script: put + good + "chmod 666 rules.d/b.rules", want: helper.ReasonUnsafe, source: "/etc/gobind/rules.d/b.rules"},
		"unsafe, and a good tree":  {script: put + "chmod 666 rules.d/a.rules; echo 127.0.0.1,80 >byuid/61001", want: helper.ReasonUnsafe, source: ruleFile},
	})
}

// F2: what is no regular file of bounded size is no rules file, and nothing waits.
func TestF2NotRulesFiles(t *testing.T) {
	runPolicyCases(t, map[string]policyCase{
		"FIFO":                {script: "mkfifo rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"directory":           {script: "mkdir rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"device":              {script: "mknod rules.d/a.rules c 1 5", want: helper.ReasonError, source: ruleFile},
		"terminal":            {script: "mknod rules.d/a.rules c 5 0", want: helper.ReasonError, source: ruleFile},
		"/proc/version":       {script: "ln -s /proc/version rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"nowhere":             {script: "ln -s nowhere rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"itself":              {script: "ln -s a.rules rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"10 GB":               {script: "echo '" + rule + "' >rules.d/a.rules; truncate -s 10G rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"8 MiB and one":       {script: "{ yes '# x' | head -c 8388586; echo; echo '" + rule + "'; } >rules.d/a.rules", want: helper.ReasonError, source: ruleFile},
		"8 MiB":               {script: "{ yes '# x' | head -c 8388585; echo; echo '" + rule + "'; } >rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
		"rules.d is a file":   {script: "rmdir rules.d; echo '" + rule + "' >rules.d", want: helper.ReasonError, source: "/etc/gobind/rules.d"},
		"rules.d is a FIFO":   {script: "rmdir rules.d; mkfifo rules.d", want: helper.ReasonError, source: "/etc/gobind/rules.d"},
		"no rules.d":          {script: "rmdir rules.d", want: helper.ReasonNoRule},
		"not a rules file":    {script: "mkfifo rules.d/README; mkfifo rules.d/.a.rules", want: helper.ReasonNoRule},
		"two hundred of them": {script: "for i in $(seq 100 299); do echo '" + rule + "' >rules.d/$i.rules; done; rm rules.d/299.rules", want: helper.ReasonRule, permit: true, source: "/etc/gobind/rules.d/298.rules"},
	})
}

// F3: a line that is no rule makes the file deny, and the record has its place.
func TestF3UnparsableRules(t *testing.T) {
	const first = "printf 'permit 61001 tcp *:80\\n"
	const bad = `/etc/gobind/rules.d/a.rules" line=2 column=`
	cases := map[string]policyCase{
		"unknown user":      {script: first + "permit nobody-has-it any *:*\\n' >rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
		"denied to unknown": {script: first + "deny nobody-has-it any *:*\\n' >rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
		"no last newline":   {script: first + "deny 61001 tcp *:80' >rules.d/a.rules", want: helper.ReasonRule, source: ruleFile},
		"after a comment":   {script: first + "# permit 61001 tcp *:80 \\303\\244\\n' >rules.d/a.rules", want: helper.ReasonRule, permit: true, source: ruleFile},
	}
	for name, c := range map[string]struct{ line, column string }{
		"NUL":              {"permit 61001 tcp *:80 \\000", "23"},
		"CR":               {"permit 61001 tcp *:80\\r", "22"},
		"BOM":              {"\\357\\273\\277permit 61001 tcp *:80", "1"},
		"invalid UTF-8":    {"# \\377", "3"},
		"2^32+80":          {"permit 61001 tcp *:4294967376", "20"},
		"negative":         {"permit 61001 tcp *:-80", "20"},
		"an open range":    {"permit 61001 tcp *:80-", "20"},
		"hexadecimal":      {"permit 61001 tcp *:0x50", "20"},
		"unknown service":  {"permit 61001 tcp *:no-such-service", "20"},
		"uid of 33 bits":   {"permit 4295028297 tcp *:80", "8"},
		"uid of -1":        {"permit 4294967295 tcp *:80", "8"},
		"a v4-mapped":      {"permit 61001 tcp [::ffff:127.0.0.1]:80", "18"},
		"host bits":        {"permit 61001 tcp 127.0.0.1/8:80", "18"},
		"IPv6 in the bare": {"permit 61001 tcp ::1:80", "18"},
		"a zone":           {"permit 61001 tcp [fe80::1%%lo]:80", "18"},
	} {
		cases[name] = policyCase{script: first + c.line + "\\n' >rules.d/a.rules", want: helper.ReasonSyntax, source: bad + c.column}
	}
	runPolicyCases(t, cases)
}
