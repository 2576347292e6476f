// Command bench measures what gobind costs, side by side with what else gives a
// program a privileged port: running as root, a file capability, Debian's authbind,
// jsvc, a reverse proxy, and a redirect. `make bench` runs it, as root;
// docs/performance.md says what each table means.
//
// All peers are measured in one run, in turn, never one after the other in
// blocks: what the machine does meanwhile befalls all of them. What counts are
// therefore the ratios, and the medians they are made of; a time by itself says
// something about the machine. Bounds are printed with "ok" or "MISSED" and do
// not change the exit status, which is 1 only if something could not be measured.
//
// It runs in a world of its own ([gobind/internal/testenv]): own network, own
// copy of /etc, own install of gobind.
package main
