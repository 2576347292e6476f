package kit

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// WaitOut waits until the process has written the text.
func WaitOut(t *testing.T, p *Process, text string) {
	t.Helper()
	Eventually(t, func() error {
		if !strings.Contains(p.Out(), text) {
			return fmt.Errorf("no %q in output %q, stderr %q", text, p.Out(), p.Err())
		}
		return nil
	})
}

// Patience is how long anything that is waited for may take.
const Patience = 30 * time.Second

// Eventually waits until try succeeds.
func Eventually(t *testing.T, try func() error) {
	t.Helper()
	Within(t, Patience, try)
}

// Within waits until try succeeds, for what takes longer than anything else.
func Within(t *testing.T, patience time.Duration, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
