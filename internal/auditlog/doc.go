// Package auditlog reads the helper's audit records back, from systemd's journal
// or from the file of a syslog daemon.
//
// Any local user may write to /dev/log whatever he likes. The journal notes with
// each message who sent it by the kernel's word (_PID, _UID) and what that
// process executed when the journal looked (_EXE). The helper runs as its caller,
// so a record that names another uid than its sender's is forged for sure. A
// syslog file has none of this: its records are nobody's word.
//
// Records of the kernel's (gobindctl kernel watch) are the standard output of a service
// of root's, and no other process of any user can have written them there.
package auditlog
