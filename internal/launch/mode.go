package launch

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// yamaFile says who may look into a process (Documentation/admin-guide/LSM/Yama
// in the kernel's tree); it is absent without Yama.
const yamaFile = "/proc/sys/kernel/yama/ptrace_scope"

// YamaScope returns ptrace_scope, 0 without Yama.
func YamaScope() int {
	text, err := os.ReadFile(yamaFile)
	if err != nil {
		return 0
	}
	scope, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return scope
}

// YamaError says that Yama lets no supervisor look into the target.
type YamaError struct {
	Scope int
	Mode  Mode // the one that was asked for
}

func (e *YamaError) Error() string {
	return fmt.Sprintf("kernel.yama.ptrace_scope is %d: launch mode %s cannot work", e.Scope, e.Mode)
}

// Choose returns the launch mode: inplace where any process of the user may look
// into another, parent where only an ancestor may. Root may always.
func Choose(wanted Mode, scope int, root bool) (Mode, error) {
	most := Parent // the mode that asks most of Yama and is allowed
	switch {
	case root || scope == 0:
		most = InPlace
	case scope > 1:
		return "", &YamaError{scope, wanted}
	}
	switch {
	case wanted == Auto:
		return most, nil
	case wanted == InPlace && most == Parent:
		return "", &YamaError{scope, wanted}
	default:
		return wanted, nil
	}
}
