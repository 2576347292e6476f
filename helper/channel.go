package helper

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Send sends one frame, and with it a duplicate of the descriptor fd unless
// that is negative. It raises no SIGPIPE, and does not wait: a channel that is
// full is an error, since each side reads what the other sends.
func Send(channel int, frame []byte, fd int) error {
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	for {
		_, err := unix.SendmsgN(channel, frame, rights, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		if err != unix.EINTR {
			return os.NewSyscallError("sendmsg", err)
		}
	}
}

// Buffer is room for one message: for a frame and one byte more, so that a longer one
// shows, and for what passes maxRights descriptors (cmsg(3)).
type Buffer struct {
	control [16 + 4*maxRights + 4]byte
	frame   [MaxFrame + 1]byte
}

// Receive receives one frame into buf, where it stays until the next, and the descriptors
// that came with it, close-on-exec. The caller owns them, also with an error. At the end
// of the channel it returns io.EOF. Descriptors that did not fit are an error; the kernel
// closed them.
func Receive(channel int, buf *Buffer) (frame []byte, fds []int, err error) {
	return receive(channel, buf, 0)
}

// ReceiveNow is Receive that does not wait: EAGAIN, as it is, where there is no frame.
func ReceiveNow(channel int, buf *Buffer) (frame []byte, fds []int, err error) {
	return receive(channel, buf, unix.MSG_DONTWAIT)
}

func receive(channel int, buf *Buffer, flags int) (frame []byte, fds []int, err error) {
	var n, oobn, came int
	for {
		n, oobn, came, _, err = unix.Recvmsg(channel, buf.frame[:], buf.control[:], unix.MSG_CMSG_CLOEXEC|flags)
		if err != unix.EINTR {
			break
		}
	}
	if err == unix.EAGAIN {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, os.NewSyscallError("recvmsg", err)
	}
	fds, err = rights(buf.control[:oobn])
	switch {
	case err != nil:
		return nil, fds, err
	case came&(unix.MSG_CTRUNC|unix.MSG_TRUNC) != 0 || n > MaxFrame:
		return nil, fds, fmt.Errorf("truncated: %w", ErrFrame)
	case n == 0 && len(fds) == 0:
		return nil, nil, io.EOF
	}
	return buf.frame[:n], fds, nil
}

// maxRights is how many descriptors Receive makes room for: SCM_MAX_FD, so that
// all of them are known and can be closed.
const maxRights = 253

// rights collects all descriptors of the control messages before any is judged.
func rights(oob []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("control message: %w", ErrFrame)
	}
	var fds []int
	foreign := false
	for _, m := range messages {
		got, err := unix.ParseUnixRights(&m)
		fds = append(fds, got...)
		foreign = foreign || err != nil
	}
	if foreign { // the other side set options on this socket: maybe more was passed
		return fds, fmt.Errorf("control message: %w", unix.EPROTO)
	}
	return fds, nil
}
