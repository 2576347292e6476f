package policy

// Tree is one policy directory, seen by one subject. Nothing that it returns is
// kept. An implementation answers from the directory as it is at the moment; it
// follows authbind in what is readable to whom: Access is judged by the
// subject's ids, ByUID and Open by root's.
type Tree interface {
	// Dir is the path of the directory, for Source.
	Dir() string

	// Open begins a request. ENOENT: there is no such tree, and it is skipped.
	// Any other fault denies.
	Open() Fault

	// Access is access(2) of the file name below Dir for X_OK, by the real ids
	// of the subject. ENOENT: there is no such file, and the search goes on.
	// Any other fault denies.
	Access(name string) Fault

	// ByUID is the content of the file name in Dir's byuid. ENOENT: there is
	// no such file. Any other fault denies.
	ByUID(name string) ([]byte, Fault)
}

// Fault is why a Tree could not do what it was asked. Its zero value is none.
type Fault struct {
	Errno  Errno
	Unsafe bool // others than root could have written it: denies, whatever Errno is
}

// Error is what it says in an error message.
func (f Fault) Error() string {
	if f.Unsafe {
		return "others than root could write it"
	}
	return f.Errno.Error()
}

// absent reports whether the thing simply does not exist.
func (f Fault) absent() bool { return f == Fault{Errno: ENOENT} }

// stop is the refusal that f, a fault of file, causes. Its reason is ifAccess if
// that is what EACCES means there.
func (f Fault) stop(file string, ifAccess Reason) Decision {
	d := Decision{Reason: ReasonError, Errno: f.Errno, Source: Source{File: file}}
	switch {
	case f.Unsafe:
		d.Reason = ReasonUnsafe
	case f.Errno == EACCES:
		d.Reason = ifAccess
	}
	if d.Errno == 0 {
		d.Errno = EACCES
	}
	return d
}
