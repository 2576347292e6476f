// Package unit reads units of systemd: what a service starts, and what of its
// sandbox is in the way of gobind. It asks the manager that runs, or reads the files
// of an image, and writes a drop-in that puts gobind before the program.
//
// It finds; what it finds means in words is the caller's.
package unit
