package hostile

import "gobind/internal/seccomp"

// loadListener loads gobind's filter into the calling thread, for its listener.
func loadListener() int {
	fd, err := seccomp.Load()
	if err != nil {
		return -1
	}
	return fd
}
