package fuse

import (
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Operations and sizes of linux/fuse.h.
const (
	opLookup      = 1
	opForget      = 2
	opGetattr     = 3
	opOpen        = 14
	opRead        = 15
	opRelease     = 18
	opFlush       = 25
	opInit        = 26
	opOpendir     = 27
	opReaddir     = 28
	opReleasedir  = 29
	opInterrupt   = 36
	opDestroy     = 38
	opBatchForget = 42

	headerSize = 40
	rootID     = 1
	forever    = 1 << 20 // seconds for which attributes are valid: each lookup brings new ones
	directIO   = 1       // FOPEN_DIRECT_IO
)

// request is a message of the kernel's.
type request struct {
	op           Op
	unique, node uint64
	body         []byte
}

func parse(message []byte) request {
	e := binary.NativeEndian
	return request{Op(e.Uint32(message[4:])), e.Uint64(message[8:]), e.Uint64(message[16:]), message[headerSize:]}
}

// nameOf is the name that a request is about, empty for the directory.
func (fs *FS) nameOf(req request) string {
	switch {
	case req.op == opLookup:
		name, _, _ := strings.Cut(string(req.body), "\x00")
		return name
	case req.node > rootID && int(req.node-rootID) <= len(fs.names):
		return fs.names[req.node-rootID-1]
	default:
		return ""
	}
}

// answer is the message that answers a request, by what is true now. Silent: there
// must be none.
func (fs *FS) answer(req request) (message []byte, silent bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	name := fs.nameOf(req)
	f, there := fs.files[name]
	switch req.op {
	case opForget, opBatchForget, opInterrupt, opDestroy: // who is interrupted waits all the same
		return nil, true
	case opInit:
		return reply(req, 0, initOut()), false
	case opLookup:
		if !there {
			return reply(req, unix.ENOENT, nil), false
		}
		node := uint64(slices.Index(fs.names, name)) + rootID + 1
		out := words(node, 0, 0, forever, 0) // no name is valid for any time
		return reply(req, 0, append(out, f.attributes(node)...)), false
	case opGetattr:
		return reply(req, 0, append(words(0, 0), f.attributes(req.node)...)), false
	case opOpen:
		flags := uint64(directIO)
		if f.Mapped {
			flags = 0
		}
		return reply(req, 0, words(0, flags)), false
	case opOpendir:
		return reply(req, 0, words(0, 0)), false
	case opRead:
		offset := min(binary.NativeEndian.Uint64(req.body[8:]), uint64(len(f.Text)))
		size := min(uint64(binary.NativeEndian.Uint32(req.body[16:])), uint64(len(f.Text))-offset)
		return reply(req, 0, []byte(f.Text[offset:offset+size])), false
	case opReaddir, opRelease, opReleasedir, opFlush:
		return reply(req, 0, nil), false
	default:
		return reply(req, unix.ENOSYS, nil), false
	}
}

// reply is a message with a header.
func reply(req request, errno unix.Errno, body []byte) []byte {
	out := binary.NativeEndian.AppendUint32(nil, uint32(16+len(body)))
	out = binary.NativeEndian.AppendUint32(out, uint32(-int32(errno)))
	return append(append(out, words(req.unique)...), body...)
}

// words are numbers of 64 bits.
func words(numbers ...uint64) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.NativeEndian.AppendUint64(out, n)
	}
	return out
}

// halves are numbers of 32 bits.
func halves(numbers ...uint32) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.NativeEndian.AppendUint32(out, n)
	}
	return out
}

// initOut is struct fuse_init_out: version 7.31, no readahead, no flags.
func initOut() []byte {
	return append(halves(7, 31, 0, 0, 0, 1<<16), make([]byte, 40)...)
}

// attributes is struct fuse_attr of a file, or of the directory.
func (f File) attributes(node uint64) []byte {
	mode, links := f.Mode|unix.S_IFREG, uint32(1)
	if node == rootID {
		mode, links = unix.S_IFDIR|0o755, 2
	}
	out := words(node, uint64(len(f.Text)), 1, 1, 1, 1) // all times are long ago
	return append(out, halves(0, 0, 0, mode, links, f.UID, f.GID, 0, 4096, 0)...)
}
