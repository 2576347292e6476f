package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"gobind/internal/convert"
)

// fail tells the user why there is no answer, and returns the exit status.
func (u *ui) fail(err error) int {
	status := exitStatus(err)
	var untranslated *convert.TreeError
	if errors.As(err, &untranslated) && !errors.Is(err, os.ErrPermission) {
		line, cure := treeWords(untranslated)
		u.complain(line, cure, status)
	} else {
		u.complain(errorText(err), hint(err), status)
	}
	return status
}

// usage tells the user what is wrong with the command line.
func (u *ui) usage(err error) int {
	u.complain(err.Error(), "try gobindctl --help", statusUsage)
	return statusUsage
}

// complain tells of an error, as lines or as an object of JSON.
func (u *ui) complain(line, hint string, status int) {
	if u.json {
		text, _ := asciiJSON(jsonError{schema, line, hint, status}) // texts and numbers always can be
		_, _ = u.stderr.Write(text)
		return
	}
	u.say(line, hint)
}

func (u *ui) say(line, hint string) {
	text := "gobindctl: " + line + "\n"
	if hint != "" {
		text += "gobindctl: hint: " + hint + "\n"
	}
	_, _ = io.WriteString(u.stderr, text) // there is nobody else to tell
}

// verbs are what could not be done, by the name of the system call, of what is not
// said by the path and the error alone.
var verbs = map[string]string{
	"write": "cannot write ", "create": "cannot write ", "rename": "cannot rename ", "mkdir": "cannot make ", "chmod": "cannot change the mode of ",
	"lock": "cannot lock ", "unlink": "cannot remove ", "enter": "cannot enter ", "sync": "cannot sync ",
}

// errorText is an error in words: that of a file as other programs have it.
func errorText(err error) string {
	var input *inputError
	if errors.As(err, &input) {
		err = input.err
	}
	if line := unitWords(err); line != "" {
		return line
	}
	if file, ok := err.(*fs.PathError); ok { //nolint:errorlint // a wrapped one has words around it
		return verbs[file.Op] + quote(file.Path) + ": " + file.Err.Error()
	}
	return err.Error()
}

// errNoCommand cannot happen: kong demands a command.
var errNoCommand = errors.New("no command")

// curedError is an error whose cure is known where it is made.
type curedError struct {
	error
	cure string
}

// hint is the cure for an error, "" if none is known.
func hint(err error) string {
	var root *rootError
	var cured *curedError
	switch {
	case errors.As(err, &root):
		return asRoot(root.args)
	case errors.As(err, &cured):
		return cured.cure
	case errors.Is(err, os.ErrPermission), errors.Is(err, errNotRoot):
		return "run it as root"
	}
	if h := kernelHint(err); h != "" {
		return h
	}
	if h := unitHint(err); h != "" {
		return h
	}
	return ruleHint(err)
}

// Errors of what the user asked.
func noUserError(name string) error { return fmt.Errorf("no such user: %s", quote(name)) }

func noGroupError(name string) error { return fmt.Errorf("no such group: %s", quote(name)) }

func protocolError(text string) error {
	return fmt.Errorf("not a protocol: %s: tcp, udp, sctp and any are", quote(text))
}

// kindError is about the protocol of a socket that is there.
func kindError(text string) error {
	return fmt.Errorf("not a protocol: %s: tcp, udp, udplite and sctp are", quote(text))
}

func placeError(text string) error {
	return fmt.Errorf("not an address and port: %s: write 192.0.2.1:80, [2001:db8::1]:80 or *:80", quote(text))
}

func addressError(text string) error {
	return fmt.Errorf("not an address: %s: write IPv4, IPv6 in brackets, or * for 0.0.0.0 and [::]", quote(text))
}

// noAddressError is about a port with nothing but a colon before it.
func noAddressError(where string) error {
	return &curedError{fmt.Errorf("no address before the port: %s", quote(where)), "for all addresses, write " + shellWord("*"+where)}
}

func portError(text string) error {
	return fmt.Errorf("not a port: %s: it is a number from 1 to 65535, or a service that the protocol has", quote(text))
}

func serviceError(text string) error {
	return fmt.Errorf("%s is another port by each protocol: name one", quote(text))
}
