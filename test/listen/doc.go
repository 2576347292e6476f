// Package listen has tests of gobind --listen and of clients in other languages, with
// the real setuid helper and real programs that know systemd's protocol.
package listen
