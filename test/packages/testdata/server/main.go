// Command server binds the ports that the file ports in its directory names, tells
// systemd that it is ready, and reads the file again on SIGHUP. It ends if a port is
// refused.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	bound := map[string]bool{}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	for {
		if err := open(bound); err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
			os.Exit(1)
		}
		notify("READY=1")
		<-hup
	}
}

// open serves on each port of the file that is not served yet.
func open(bound map[string]bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(self), "ports"))
	if err != nil {
		return err
	}
	for _, port := range strings.Fields(string(text)) {
		if bound[port] {
			continue
		}
		l, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return err
		}
		bound[port] = true
		go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { //nolint:errcheck,gosec // until the end
			fmt.Fprintln(w, "port", port)
		}))
	}
	return nil
}

func notify(state string) {
	conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err == nil {
		_, err = conn.Write([]byte(state))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server: notify:", err)
	}
}
