package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

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

// ErrWatched is the error of Watch where somebody watches already: what one has read
// the other would miss.
var ErrWatched = errors.New("somebody watches already")

// patience is how long it may take until who watches notices that there is no backend
// any more.
const patience = time.Second

// Watch calls f with each event from now on, and with how many were lost since the
// backend was enabled because nobody read them in time, until f returns an error or
// stop is closed. The error is ErrWatched if somebody else does so, and ErrDisabled
// when the backend is gone.
func Watch(pins string, stop <-chan struct{}, f func(e Event, lost uint64) error) (err error) {
	m, err := openMaps(pins)
	if err != nil {
		return err
	}
	defer m.close() //nolint:errcheck // the pins have them
	seat, err := takeSeat(pins)
	if err != nil {
		return err
	}
	defer seat.Close() //nolint:errcheck // a directory
	reader, err := ringbuf.NewReader(m["ring"])
	if err != nil {
		return fmt.Errorf("read the ring buffer: %w", err)
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	defer func() { err = errors.Join(err, setWatched(pins, m, 0)) }()
	if err := setWatched(pins, m, 1); err != nil {
		return err
	}
	go func() {
		<-stop
		_ = reader.Close()
	}()
	for {
		switch err := next(reader, m, f); {
		case errors.Is(err, ringbuf.ErrClosed):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded) && removed(seat):
			return ErrDisabled
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		}
	}
}

// takeSeat takes the place of who watches: a directory beside the pins, locked until it
// is closed, and removed with them.
func takeSeat(pins string) (*os.File, error) {
	unlock, err := lock(pins)
	if err != nil {
		return nil, err
	}
	defer unlock()
	name := filepath.Join(pins, "watch")
	if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	seat, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	err = flock(seat, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return seat, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrWatched
	}
	return nil, errors.Join(err, seat.Close())
}

// next calls f with the next event, or returns os.ErrDeadlineExceeded after a while.
func next(reader *ringbuf.Reader, m kernelMaps, f func(Event, uint64) error) error {
	reader.SetDeadline(time.Now().Add(patience))
	record, err := reader.Read()
	if err != nil {
		return err
	}
	var lost uint64
	if err := m["lost"].Lookup(uint32(0), &lost); err != nil {
		return err
	}
	return tell(record.RawSample, lost, f)
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
