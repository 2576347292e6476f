package client_test

import (
	"context"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"gobind/client"
)

// A socket of any kind that policy knows is bound by its descriptor.
func ExampleBind() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer unix.Close(fd)                           //nolint:errcheck // nothing was sent
	addr := netip.MustParseAddrPort("127.0.0.1:0") // a privileged port just as well
	if err := client.Bind(context.Background(), fd, addr); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("bound")
	// Output: bound
}
