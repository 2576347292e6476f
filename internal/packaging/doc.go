// Package packaging makes what a distribution's package has beside the programs:
// the list of what they are made of (SPDX), read from the programs themselves, and
// the changelogs of Debian and of RPM, read from CHANGELOG.md. The command in gen
// writes them; no shipped program has any of it.
package packaging
