package supervisor

import "golang.org/x/sys/unix"

// maxRecent bounds how many lost responses are remembered.
const maxRecent = 64

// recent remembers the sockets that were bound when the response was lost: the
// target was interrupted by a signal, and will ask again (Linux before 5.19,
// where a received notification is interruptible).
type recent struct {
	order []uint64
	bound map[uint64]address // by SO_COOKIE, which no other socket ever has
}

// remember notes that the socket with that cookie was bound to a.
func (r *recent) remember(cookie uint64, a address) {
	if cookie == 0 {
		return
	}
	if r.bound == nil {
		r.bound = map[uint64]address{}
	}
	if _, ok := r.bound[cookie]; !ok {
		r.order = append(r.order, cookie)
	}
	if len(r.order) > maxRecent {
		delete(r.bound, r.order[0])
		r.order = r.order[1:]
	}
	r.bound[cookie] = a
}

// repeated reports whether this supervisor has had the socket with that cookie
// bound to a, and nobody was told. It tells only once.
func (r *recent) repeated(cookie uint64, a address) bool {
	if bound, ok := r.bound[cookie]; !ok || bound != a {
		return false
	}
	delete(r.bound, cookie)
	return true
}

// cookieOf is the socket's cookie (SO_COOKIE), 0 for what has none.
func cookieOf(fd int) uint64 {
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_COOKIE)
	if err != nil {
		return 0
	}
	return cookie
}
