// Package inet finds out who holds a port: the sockets of this network namespace
// from /proc/net, and their processes by the descriptors in /proc/PID/fd.
//
// Every user may see the sockets and whose they are. Which process has one only
// its user and root may see. A socket that was bound and neither listens nor is
// connected is not in /proc/net/tcp.
package inet
