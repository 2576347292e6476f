// Package systemd runs gobind in hardened services, under a real systemd as pid 1 in
// systemd-nspawn: make test-systemd. It is built with the tag systemd, since it needs an
// image that the network is needed for.
package systemd
