package compliance

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gobind/internal/testenv"
)

// A startup is how the programs of a case are started.
type startup struct {
	user    testenv.User
	wrap    []string
	before  []string
	env     []string
	ambient bool
	share   string // what names the cases that may share the probe, or empty
}

// startVerbs are the steps that change the startup.
var startVerbs = map[string]func(*runner, []string) error{
	"as": func(r *runner, args []string) (err error) {
		r.start.user, err = parseUser(args[0])
		return err
	},
	"wrap":   func(r *runner, args []string) error { r.start.wrap = args; return nil },
	"before": func(r *runner, args []string) error { r.start.before = args; return nil },
	"setenv": func(r *runner, args []string) error {
		r.start.env = append(r.start.env, args[0]+"="+args[1])
		return nil
	},
	"needs":   (*runner).needs,
	"ambient": func(r *runner, _ []string) error { r.start.ambient = true; return nil },
}

// needs skips the case if the command, run as the user, does not succeed.
func (r *runner) needs(args []string) error {
	cmd, err := r.start.command(args)
	if err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		testenv.Skip(r.t, fmt.Sprintf("%q: %v", args, err))
	}
	return nil
}

// parseUser finds a user of the world by name, or makes one of UID, UID:GID or
// UID:GID+GROUP,GROUP.
func parseUser(text string) (testenv.User, error) {
	named := map[string]testenv.User{
		"root": testenv.Root, "alice": testenv.Alice, "bob": testenv.Bob, "carol": testenv.Carol,
	}
	if u, ok := named[text]; ok {
		return u, nil
	}
	ids, groups, _ := strings.Cut(text, "+")
	uid, gid, found := strings.Cut(ids, ":")
	if !found {
		gid = uid
	}
	numbers, err := parseIDs(append([]string{uid, gid}, splitList(groups)...))
	if err != nil {
		return testenv.User{}, err
	}
	return testenv.User{Name: "somebody", UID: numbers[0], GID: numbers[1], Groups: numbers[2:]}, nil
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func parseIDs(texts []string) ([]uint32, error) {
	ids := make([]uint32, len(texts))
	for i, text := range texts {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read a user: %w", err)
		}
		ids[i] = uint32(n)
	}
	return ids, nil
}

func id(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// command is the command line args, started as the startup says.
func (s startup) command(args []string) (*exec.Cmd, error) {
	if s.user.Name == "" {
		return nil, errors.New("the case does not say as whom")
	}
	args = append(s.before[:len(s.before):len(s.before)], args...)
	cmd := s.user.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = append(cmd.Env, s.env...)
	if s.ambient {
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_NET_BIND_SERVICE}
	}
	return cmd, nil
}
