// Package packaging makes what a distribution's package has beside the programs:
// the list of what they are made of (SPDX), read from the programs themselves, and
// the changelogs of Debian and of RPM, and the notes of a release, read from
// CHANGELOG.md. The commands in gen and notes write them; no shipped program has any
// of it.
package packaging
