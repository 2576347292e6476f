// Command goserver serves TCP port 80 or, with the argument udp, UDP port 53, on
// both families.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "udp" {
		four, six := listenUDP("udp4", "0.0.0.0:53"), listenUDP("udp6", "[::]:53")
		go answer(four, "udp4")
		answer(six, "udp6")
	}
	l, err := net.Listen("tcp", ":80")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("protocol", protocol(l.(*net.TCPListener)))
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn)
	}
}

// serve reads a request up to its empty line, and answers it.
func serve(conn net.Conn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if lines.Text() == "" {
			fmt.Fprint(conn, "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
			return
		}
	}
}

// protocol is the listener's IP protocol by number: 6 is TCP, 262 MPTCP.
func protocol(l *net.TCPListener) (number int) {
	raw, err := l.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		number, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, 0x26) // SO_PROTOCOL
	})
	if err != nil {
		log.Fatal(err)
	}
	return number
}

func listenUDP(network, addr string) net.PacketConn {
	conn, err := net.ListenPacket(network, addr)
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

// answer answers each datagram with the name of the network.
func answer(conn net.PacketConn, network string) {
	var buf [512]byte
	for {
		_, sender, err := conn.ReadFrom(buf[:])
		if err != nil {
			log.Fatal(err)
		}
		if _, err := conn.WriteTo([]byte(network), sender); err != nil {
			log.Print(err)
		}
	}
}
