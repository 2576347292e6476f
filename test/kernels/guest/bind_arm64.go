package main

import "golang.org/x/sys/unix"

func bind(_ string, fd, port int) error { return unix.Bind(fd, &unix.SockaddrInet4{Port: port}) }
