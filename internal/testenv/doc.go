// Package testenv gives the tests that need root a world of their own.
//
// A package calls [Main] from its TestMain. Run as root, its tests then live in
// fresh mount, network, pid, ipc and uts namespaces: the loopback interface is
// up and nothing else is there, /etc is a copy (so /etc/gobind, /etc/authbind,
// /etc/passwd and /etc/group may be written freely and the machine's own are
// never touched), /dev has no syslog daemon but [StartSyslog]'s, and every process that a test leaves behind ends with the
// world.
//
// Not root: tests that call [RequireRoot] are skipped, and under CI=true a skip
// is a failure.
package testenv
