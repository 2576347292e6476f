// Command sigurg binds sockets to 127.0.0.1:80, as many as it is told, while the
// runtime and a goroutine of its own send it SIGURG. It says how many were bound.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

var spun, sent atomic.Int64

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	for range 2 {
		go spin()
	}
	go pester()
	bound := 0
	for range count {
		if err := bindOne(); err != nil {
			fmt.Println(err)
			continue
		}
		bound++
	}
	fmt.Printf("%d of %d bound, %d signals\n", bound, count, sent.Load())
}

// spin is preempted by SIGURG alone.
func spin() {
	for {
		spun.Add(1)
	}
}

func pester() {
	for {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGURG)
		sent.Add(1)
		time.Sleep(time.Millisecond)
	}
}

func bindOne() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd) //nolint:errcheck // it ends with the process
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	want := syscall.SockaddrInet4{Port: 80, Addr: [4]byte{127, 0, 0, 1}}
	if err := syscall.Bind(fd, &want); err != nil {
		return err
	}
	have, err := syscall.Getsockname(fd)
	if in, ok := have.(*syscall.SockaddrInet4); err != nil || !ok || in.Port != 80 {
		return fmt.Errorf("bound to %v, %v", have, err)
	}
	return nil
}
