package fuse

import (
	"sync"
	"testing"
	"time"
)

// Op is what is asked of a file.
type Op uint32

// Questions that can be held back: what a name is, what a file holds.
const (
	Lookup Op = opLookup
	Read   Op = opRead
)

// Hold keeps back the answers to a question. What is answered in the end is what was
// true when the question came.
type Hold struct {
	came     chan struct{} // one for each question that waits
	released chan struct{}
	once     sync.Once
}

// Hold keeps back all answers to a question that comes from now on, until the hold
// is released, or the test ends.
func (fs *FS) Hold(op Op, name string) *Hold {
	h := &Hold{came: make(chan struct{}, 1<<16), released: make(chan struct{})}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if old := fs.holds[question{op, name}]; old != nil {
		old.Release()
	}
	fs.holds[question{op, name}] = h
	return h
}

// patience is how long a question may take to come.
const patience = 30 * time.Second

// Wait waits until one more question waits for its answer. When the test ends, the
// answer comes before the test's earlier cleanups: who waits for it can be killed only
// then.
func (h *Hold) Wait(t *testing.T) {
	t.Helper()
	t.Cleanup(h.Release)
	select {
	case <-h.came:
	case <-time.After(patience):
		t.Fatalf("nobody asks for it in %v", patience)
	}
}

// Release lets the answers go, and all later ones.
func (h *Hold) Release() { h.once.Do(func() { close(h.released) }) }

func (h *Hold) wait() {
	if h == nil {
		return
	}
	h.came <- struct{}{}
	<-h.released
}

// holdOf is the hold that the request meets, and counts it.
func (fs *FS) holdOf(req request) *Hold {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	q := question{req.op, fs.nameOf(req)}
	fs.asked[q]++
	return fs.holds[q]
}

func (fs *FS) releaseAll() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, h := range fs.holds {
		h.Release()
	}
}
