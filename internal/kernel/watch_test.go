package kernel

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gobind/internal/testenv"
	"gobind/policy"
)

// watch collects events until the test ends, or until stop is called.
type watch struct {
	mu     sync.Mutex
	events []Event
	lost   atomic.Uint64
	stop   func()
}

func (r *room) watch(slow time.Duration) *watch {
	w := &watch{}
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		done <- Watch(r.place.Pins, stop, func(e Event, lost uint64) error {
			w.mu.Lock()
			w.events = append(w.events, e)
			w.mu.Unlock()
			w.lost.Store(lost)
			time.Sleep(slow)
			return nil
		})
	}()
	w.stop = sync.OnceFunc(func() {
		close(stop)
		if err := <-done; err != nil {
			r.Error(err)
		}
	})
	r.Cleanup(w.stop)
	r.watched()
	return w
}

// watched waits until somebody watches.
func (r *room) watched() {
	r.Helper()
	until(r, "somebody watches", func() bool {
		m, err := openMaps(r.place.Pins)
		if err != nil {
			r.Fatal(err)
		}
		defer m.close() //nolint:errcheck // opened to look at
		s, err := m.active()
		return err == nil && s.Watched == 1
	})
}

func (w *watch) seen() []Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events
}

func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not so: %s", what)
		}
	}
}

// Who watches sees what was permitted, and what was refused to those without the
// capability, and nothing else.
func TestWatch(t *testing.T) {
	r := newRoom(t)
	r.enable(r.compile(
		rule(policy.Permit, userWho(testenv.Alice), policy.ProtocolTCP, "*", 80, 80),
		rule(policy.Deny, userWho(testenv.Bob), policy.ProtocolUDP, "*", 53, 53)))
	alice, bob, root := r.prober(testenv.Alice), r.prober(testenv.Bob), r.prober(testenv.Root)
	alice.bind(t, port80) // nobody watches
	w := r.watch(0)
	for _, one := range []struct {
		p   prober
		req policy.Request
	}{
		{alice, port80}, {root, port81}, {alice, request(policy.ProtocolTCP, "::1", 80)}, {alice, port81},
		{alice, request(policy.ProtocolTCP, "127.0.0.1", 8080)}, {bob, request(policy.ProtocolUDP, "127.0.0.1", 53)},
	} {
		one.p.bind(t, one.req)
	}
	until(t, "all was seen", func() bool { return len(w.seen()) >= 4 })
	w.stop()
	alice.bind(t, port80) // nobody watches any more
	got := ""
	for _, e := range w.seen() {
		got += fmt.Sprintf("%v %v %d:%d %s %s pid %v\n", e.Permitted, e.Said, e.UID, e.GID, e.Protocol, e.Addr,
			e.PID > 0 && e.Program != "")
	}
	const want = `true true 61001:61001 tcp 127.0.0.1:80 pid true
true true 61001:61001 tcp [::1]:80 pid true
false false 61001:61001 tcp 127.0.0.1:81 pid true
false true 61002:61002 udp 127.0.0.1:53 pid true
`
	if got != want {
		t.Errorf("%s", got)
	}
}

// What is not seen is counted, however many binds there are.
func TestWatchCounts(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	p := r.prober(testenv.Alice)
	const binds = 20_000 // more than there is room for
	for _, slow := range []time.Duration{0, 10 * time.Millisecond} {
		w := r.watch(slow)
		many := tryOf(port80)
		many.Times = binds
		start := time.Now()
		if got := p.try(t, many); got != 0 {
			t.Fatal(got)
		}
		t.Logf("%.0f binds a second", binds/time.Since(start).Seconds())
		if slow == 0 {
			until(t, "all was seen", func() bool { return uint64(len(w.seen()))+w.lost.Load() >= binds })
			if len(w.seen())+int(w.lost.Load()) != binds {
				t.Errorf("%d seen, %d lost", len(w.seen()), w.lost.Load())
			}
			t.Logf("%d lost", w.lost.Load())
		} else {
			until(t, "some were lost", func() bool { return w.lost.Load() > 0 })
		}
		w.stop()
	}
}

// One at a time watches, and nobody who watches is deaf without knowing: what ends one
// leaves the other alone, and a backend that is disabled ends the one.
func TestWatchAlone(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	alice := r.prober(testenv.Alice)
	w := r.watch(0)
	err := Watch(r.place.Pins, nil, func(Event, uint64) error { return nil })
	if !errors.Is(err, ErrWatched) {
		t.Errorf("a second one: %v", err)
	}
	alice.bind(t, port80)
	until(t, "the first one sees", func() bool { return len(w.seen()) == 1 })
	w.stop()

	ended := make(chan error)
	go func() { ended <- Watch(r.place.Pins, nil, func(Event, uint64) error { return nil }) }()
	r.watched()
	if err := Disable(r.place.Pins); err != nil {
		t.Fatal(err)
	}
	r.enable(aliceHas80(r))
	if err := <-ended; !errors.Is(err, ErrDisabled) {
		t.Errorf("disabled under who watches: %v", err)
	}
	alice.bind(t, port80)
	w = r.watch(0)
	alice.bind(t, port80)
	until(t, "the next one sees", func() bool { return len(w.seen()) == 1 })
}

// What was lost after one who watched was killed, the next one is told.
func TestWatchKilled(t *testing.T) {
	r := newRoom(t)
	r.enable(aliceHas80(r))
	m, err := openMaps(r.place.Pins)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(setWatched(r.place.Pins, m, 1), m.close()) // as it was left
	if err != nil {
		t.Fatal(err)
	}
	p := r.prober(testenv.Alice)
	many := tryOf(port80)
	many.Times = 20_000 // more than there is room for
	if got := p.try(t, many); got != 0 {
		t.Fatal(got)
	}
	w := r.watch(0)
	until(t, "what had room is seen", func() bool { return uint64(len(w.seen()))+w.lost.Load() == 20_000 })
	if w.lost.Load() == 0 {
		t.Error("there was room for all")
	}
}
