// Package rulesedit changes files of rules: it finds the directory, holds its lock,
// replaces a file as a whole, and knows which lines of it a change is about. What
// it does not change stays as it is, to the byte.
//
// It runs as root, in directories that root alone can write to, and refuses others;
// no symbolic link that somebody else could have made is followed.
package rulesedit
