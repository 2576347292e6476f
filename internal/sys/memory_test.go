package sys

import (
	"errors"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// By /proc, memory is what process_vm_readv says, and so are its errors.
func TestReadMem(t *testing.T) {
	text := []byte("an address")
	buf := make([]byte, len(text))
	n, err := readMem(os.Getpid(), uintptr(unsafe.Pointer(&text[0])), buf)
	if err != nil || n != len(text) || string(buf) != string(text) {
		t.Errorf("%d, %v, %q", n, err, buf)
	}
	for _, read := range []func(int, uintptr, []byte) (int, error){readMem, ReadMemory} {
		if _, err := read(os.Getpid(), 8, buf); !errors.Is(err, unix.EFAULT) {
			t.Errorf("nothing is there: %v", err)
		}
	}
}
