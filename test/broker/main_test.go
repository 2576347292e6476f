// Package broker holds the attacks on the broker socket, B1 on in docs/threat-model.md,
// and what gobind is where the setuid helper is disabled.
package broker

import (
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
