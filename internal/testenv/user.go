package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// User is a user of the test world.
type User struct {
	Name     string
	UID, GID uint32
	Groups   []uint32 // supplementary
}

// The users of every test world. Alice and Bob are strangers; Carol and Alice
// share the supplementary group [WebGroup].
var (
	Alice = User{"gbalice", 61001, 61001, []uint32{WebGroup}}
	Bob   = User{"gbbob", 61002, 61002, nil}
	Carol = User{"gbcarol", 61003, 61003, []uint32{WebGroup}}
	Root  = User{"root", 0, 0, nil}
)

// WebGroup is the supplementary group gbweb of Alice and Carol.
const WebGroup = 61010

// Home is the user's home directory in the world, mode 0755.
func (u User) Home() string {
	if u.UID == 0 {
		return "/root"
	}
	return filepath.Join(Dir(), "home", u.Name)
}

// Command is a command that runs as u, in u's home, with a small environment of
// its own.
func (u User) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(lookUp(name), args...)
	cmd.Args[0] = name
	cmd.Dir = u.Home()
	cmd.Env = []string{
		"PATH=" + path,
		"HOME=" + u.Home(), "USER=" + u.Name, "LOGNAME=" + u.Name, "LANG=C.UTF-8", "SHELL=/bin/sh",
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}}
	return cmd
}

// path is where the users' programs are.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// lookUp finds a program as a user of the world does, whatever the PATH of the
// tests.
func lookUp(name string) string {
	if strings.ContainsRune(name, '/') {
		return name
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file
		}
	}
	return name
}

// addUsers adds the users to the world's /etc/passwd and /etc/group, and makes
// their homes.
func addUsers(dir string) error {
	var passwd, group string
	members := ""
	for _, u := range []User{Alice, Bob, Carol} {
		home := filepath.Join(dir, "home", u.Name)
		if err := os.MkdirAll(home, 0o755); err != nil {
			return err
		}
		if err := os.Chown(home, int(u.UID), int(u.GID)); err != nil {
			return err
		}
		passwd += fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", u.Name, u.UID, u.GID, home)
		group += fmt.Sprintf("%s:x:%d:\n", u.Name, u.GID)
		if slices.Contains(u.Groups, WebGroup) {
			members += "," + u.Name
		}
	}
	group += fmt.Sprintf("gbweb:x:%d:%s\n", WebGroup, members[1:])
	if err := appendTo("/etc/passwd", passwd); err != nil {
		return err
	}
	return appendTo("/etc/group", group)
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
