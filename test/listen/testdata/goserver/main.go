// Command goserver serves HTTP on the first socket that it was started with, if the
// sockets are meant for it.
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		log.Fatal("no sockets for me")
	}
	l, err := net.FileListener(os.NewFile(3, "first"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello\n")
	})))
}
