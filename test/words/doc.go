// Package words sees to it that what users read is where it belongs: in files tui*.go,
// and each of it in a golden file. It has tests alone.
package words
