// Package activation starts a program with sockets that listen already, as systemd does
// for a socket unit (sd_listen_fds(3)): from descriptor 3 on, told by LISTEN_FDS,
// LISTEN_PID and LISTEN_FDNAMES. They are bound by gobind's policy, and the program
// takes this process, without a supervisor and without a filter.
package activation
