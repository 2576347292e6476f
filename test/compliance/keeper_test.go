package compliance

import (
	"reflect"
	"testing"
)

// A keeper has the probe that the cases of a file share, between two of them.
// Starting a probe costs more than most cases; and a program that outlives many
// changes of policy is what a server is.
type keeper struct {
	start    startup
	dialogue *dialogue
}

// take returns the probe that was started in the same way, or nil.
func (k *keeper) take(start startup) *dialogue {
	if k.dialogue == nil || start.share == "" || !reflect.DeepEqual(k.start, start) {
		return nil
	}
	d := k.dialogue
	k.dialogue = nil
	return d
}

// keep leaves the probe of r for the next case, if it is to be shared and well.
func (r *runner) keep() bool {
	if r.start.share == "" || r.dialogue.status != "" || r.t.Failed() {
		return false
	}
	if answer, err := r.dialogue.do([]string{"forget"}); err != nil || answer != "OK" {
		r.t.Errorf("end the case in the probe: %q, %v", answer, err)
		return false
	}
	r.kept.start, r.kept.dialogue = r.start, r.dialogue
	return true
}

// release ends the probe that is kept, if any. What it does wrong at its end is
// reported for t, which may be a case that has nothing to do with it.
func (k *keeper) release(t *testing.T) {
	t.Helper()
	if k.dialogue == nil {
		return
	}
	if status := k.dialogue.finish(); status != "exit 0" {
		t.Errorf("the probe of %s ended with %s", k.start.share, status)
	}
	if text := k.dialogue.takeStderr(); text != "" {
		t.Errorf("the probe of %s wrote on stderr: %q", k.start.share, text)
	}
	k.dialogue = nil
}
