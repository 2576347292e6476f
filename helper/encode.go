package helper

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
)

// AppendHello appends the hello frame to b.
func AppendHello(b []byte, s Status) []byte {
	var f [helloSize]byte
	header(f[:], typeHello)
	f[8] = byte(s)
	return append(b, f[:]...)
}

// ParseHello parses a hello frame.
func ParseHello(b []byte) (Status, error) {
	if !checkHeader(b, typeHello, helloSize) || len(b) != helloSize || b[8] >= byte(statusEnd) || !allZero(b[9:]) {
		return 0, fmt.Errorf("hello: %w", ErrFrame)
	}
	return Status(b[8]), nil
}

// AppendRequest appends the frame of r to b. The program's name is cut to its
// 16 bytes.
func AppendRequest(b []byte, r Request) []byte {
	var f [requestSize]byte
	header(f[:], typeRequest)
	binary.BigEndian.PutUint32(f[8:], r.ID)
	if r.Authbind {
		f[12] = 1
	}
	addr := r.Addr.Addr()
	if addr.Is4() {
		f[13] = 4
		copy(f[20:24], addr.AsSlice())
	} else {
		f[13] = 6
		copy(f[20:36], addr.AsSlice())
	}
	binary.BigEndian.PutUint16(f[14:], r.Addr.Port())
	binary.BigEndian.PutUint32(f[16:], r.ScopeID)
	binary.BigEndian.PutUint32(f[36:], r.Claim.PID)
	copy(f[40:56], r.Claim.Program)
	f[56] = r.Claim.Mode
	return append(b, f[:]...)
}

// ParseRequest parses a request frame. It accepts what AppendRequest makes and
// nothing else.
func ParseRequest(b []byte) (Request, error) {
	if !checkHeader(b, typeRequest, requestSize) || len(b) != requestSize || b[12] > 1 || b[56] > 2 || !allZero(b[57:]) {
		return Request{}, fmt.Errorf("request: %w", ErrFrame)
	}
	r := Request{
		ID:       binary.BigEndian.Uint32(b[8:]),
		Authbind: b[12] == 1,
		ScopeID:  binary.BigEndian.Uint32(b[16:]),
		Claim:    Claim{PID: binary.BigEndian.Uint32(b[36:]), Mode: b[56]},
	}
	port := binary.BigEndian.Uint16(b[14:])
	switch {
	case b[13] == 4 && allZero(b[24:36]) && r.ScopeID == 0:
		r.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[20:])), port)
	case b[13] == 6:
		r.Addr = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[20:])), port)
	default:
		return Request{}, fmt.Errorf("request: address: %w", ErrFrame)
	}
	name, rest, _ := bytes.Cut(b[40:56], []byte{0})
	if !allZero(rest) {
		return Request{}, fmt.Errorf("request: program: %w", ErrFrame)
	}
	r.Claim.Program = string(name)
	return r, nil
}

// AppendReply appends the frame of r to b. A source that does not fit is left
// out.
func AppendReply(b []byte, r Reply) []byte {
	file := r.Source.File
	if len(file) > MaxFrame-replySize {
		file = ""
	}
	start := len(b)
	b = append(append(b, make([]byte, replySize)...), file...)
	f := b[start:]
	header(f, typeReply)
	binary.BigEndian.PutUint32(f[8:], r.ID)
	f[12], f[13] = byte(r.Verdict), byte(r.Reason)
	binary.BigEndian.PutUint16(f[14:], r.Errno)
	binary.BigEndian.PutUint32(f[16:], uint32(min(max(r.Source.Line, 0), math.MaxInt32)))
	binary.BigEndian.PutUint32(f[20:], uint32(min(max(r.Source.Column, 0), math.MaxInt32)))
	return b
}

// ParseReply parses a reply frame.
func ParseReply(b []byte) (Reply, error) {
	if !checkHeader(b, typeReply, replySize) || b[12] >= byte(verdictEnd) || b[13] >= byte(reasonEnd) {
		return Reply{}, fmt.Errorf("reply: %w", ErrFrame)
	}
	line, column, errno := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:]), binary.BigEndian.Uint16(b[14:])
	if line > math.MaxInt32 || column > math.MaxInt32 || errno > maxErrno {
		return Reply{}, fmt.Errorf("reply: line, column or errno: %w", ErrFrame)
	}
	return Reply{
		ID:      binary.BigEndian.Uint32(b[8:]),
		Verdict: Verdict(b[12]),
		Reason:  Reason(b[13]),
		Errno:   errno,
		Source:  Source{File: string(b[replySize:]), Line: int(line), Column: int(column)},
	}, nil
}
