package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"

	"gobind/policy"
)

// Event is a bind of a privileged port that the programs saw: permitted, or refused to
// somebody without the capability. A permitted one can still have failed, if the
// address was in use.
type Event struct {
	Permitted bool
	Said      bool // policy said so, as opposed to saying nothing
	PID       uint32
	UID, GID  uint32
	Program   string // as the process calls itself
	Protocol  policy.Protocol
	Addr      netip.AddrPort
}

// Watch calls f with each event from now on, and with how many were lost so far
// because f was too slow, until f returns an error or stop is closed. One at a time
// may watch.
func Watch(pins string, stop <-chan struct{}, f func(e Event, lost uint64) error) (err error) {
	m, err := openMaps(pins)
	if err != nil {
		return err
	}
	defer m.close() //nolint:errcheck // the pins have them
	reader, err := ringbuf.NewReader(m["ring"])
	if err != nil {
		return fmt.Errorf("read the ring buffer: %w", err)
	}
	defer func() { err = errors.Join(err, setWatched(pins, m, 0)) }()
	if err := setWatched(pins, m, 1); err != nil {
		return errors.Join(err, reader.Close())
	}
	go func() {
		<-stop
		_ = reader.Close()
	}()
	var before uint64
	if err := m["lost"].Lookup(uint32(0), &before); err != nil {
		return err
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, ringbuf.ErrClosed) {
			return nil
		}
		var lost uint64
		if err == nil {
			err = m["lost"].Lookup(uint32(0), &lost)
		}
		if err == nil {
			err = tell(record.RawSample, lost-before, f)
		}
		if err != nil {
			return errors.Join(err, reader.Close())
		}
	}
}

// tell calls f with an event as it lay in the ring buffer.
func tell(raw []byte, lost uint64, f func(Event, uint64) error) error {
	var e event
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, &e); err != nil {
		return err
	}
	addr := netip.AddrFrom16(e.Addr)
	if e.Space == 4 {
		addr = netip.AddrFrom4([4]byte(e.Addr[:4]))
	}
	protocol := policy.ProtocolTCP
	if e.Protocol != 0 {
		protocol = policy.ProtocolUDP
	}
	program, _, _ := bytes.Cut(e.Program[:], []byte{0})
	return f(Event{
		Permitted: e.Waived != 0, Said: e.Word != 0, PID: e.TGID, UID: e.UID, GID: e.GID,
		Program: string(program), Protocol: protocol,
		Addr: netip.AddrPortFrom(addr, binary.BigEndian.Uint16(e.Port[:])),
	}, lost)
}

// setWatched tells the programs whether somebody watches, while no reload runs.
func setWatched(pins string, m kernelMaps, watched uint32) error {
	unlock, err := lock(pins)
	if errors.Is(err, ErrDisabled) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	s, err := m.active()
	if err != nil {
		return err
	}
	s.Watched = watched
	return m["state"].Update(uint32(0), s, ebpf.UpdateExist)
}
