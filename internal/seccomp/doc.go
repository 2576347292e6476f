// Package seccomp holds the filter that notifies of bind(2), and the listener
// that receives the notifications (seccomp_unotify(2)).
//
// The filter is data: package gen builds it with libseccomp for each
// architecture, and a test builds it again and compares. So no program that is
// installed needs a C library.
package seccomp

//go:generate go run gobind/internal/seccomp/gen amd64 arm64
