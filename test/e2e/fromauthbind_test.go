package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// shown is a command of a page, and what it prints there.
type shown struct {
	user    testenv.User
	command string
	output  string
}

// commandsOf are the commands in the indented blocks of a page: # is root's prompt,
// $ Alice's. Within a block what follows a command is its output; that of import
// begins with # too.
func commandsOf(page string) []shown {
	var all []shown
	block := false
	for line := range strings.Lines(page) {
		text, indented := strings.CutPrefix(line, "    ")
		root, isRoot := strings.CutPrefix(text, "# ")
		alice, isAlice := strings.CutPrefix(text, "$ ")
		comment := strings.HasPrefix(root, "What ") || strings.HasPrefix(root, "The ") || strings.HasPrefix(root, "/")
		switch {
		case !indented:
			block = false
		case isRoot && !comment:
			all, block = append(all, shown{testenv.Root, strings.TrimSpace(root), ""}), true
		case isAlice:
			all, block = append(all, shown{testenv.Alice, strings.TrimSpace(alice), ""}), true
		case block:
			all[len(all)-1].output += text
		}
	}
	return all
}

// Every command of the page does what the page says.
func TestFromAuthbind(t *testing.T) {
	prefix := testenv.Install(t)
	kit.ClearPolicy(t)
	t.Cleanup(func() { kit.ClearPolicy(t) })
	raw, err := os.ReadFile(filepath.Join(testenv.Repo(), "docs/from-authbind.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := strings.NewReplacer("tomcat", "gbalice", "1007", "61001", "-g web", "-g gbweb", ":web", ":gbweb",
		"/usr/local/", string(prefix)+"/").Replace(string(raw))
	path := filepath.Join(string(prefix), "bin") + ":" + filepath.Join(string(prefix), "sbin")
	commands := commandsOf(page)
	for _, c := range commands {
		if c.command == "make install" { // testenv has done it
			continue
		}
		cmd := c.user.Command("sh", "-c", "PATH="+path+":$PATH; "+c.command)
		out, err := cmd.CombinedOutput()
		if err != nil && !mayFail(c.command, cmd) {
			t.Errorf("%s: %v\n%s", c.command, err, out)
		}
		if c.output != "" && c.output != string(out) || c.output == "" && len(out) > 0 && c.command != "gobindctl doctor" {
			t.Errorf("%s: prints\n%s, the page has\n%s", c.command, out, c.output)
		}
	}
	if len(commands) < 15 {
		t.Errorf("%d commands", len(commands))
	}
}

// mayFail reports whether the command says by its status that something was found.
func mayFail(command string, cmd *exec.Cmd) bool {
	return (command == "gobindctl doctor" || command == "gobindctl lint") && cmd.ProcessState.ExitCode() == 1
}
