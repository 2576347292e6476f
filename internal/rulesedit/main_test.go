package rulesedit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gobind/internal/rulesedit"
	"gobind/internal/testenv"
)

// childVar makes this binary a process that changes files of the root directory
// that it names.
const childVar = "GOBIND_RULESEDIT_CHILD"

func TestMain(m *testing.M) {
	if root := os.Getenv(childVar); root != "" {
		fmt.Println(child(root))
		return
	}
	testenv.Main(m)
}

// The texts that a child writes by turns, large enough to take several writes.
var textA, textB = strings.Repeat("# a\n", 1<<16), strings.Repeat("# b\n", 1<<16)

// child takes the lock and replaces the file until it is killed.
func child(root string) error {
	dir, err := rulesedit.Open(root, "/etc/gobind", false)
	if err != nil {
		return err
	}
	if err := dir.Lock(0); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		for _, text := range []string{textA, textB} {
			if err := dir.Replace("a.rules", []byte(text)); err != nil {
				return err
			}
		}
	}
}
