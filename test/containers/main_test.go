package containers

import (
	"testing"

	"gobind/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
