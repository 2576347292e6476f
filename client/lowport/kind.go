package lowport

import (
	"context"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// kind is what a network stands for.
type kind struct {
	name   string // without the family
	typ    int
	family string // "4", "6", or "" for both
}

// The networks of Listen and of ListenPacket.
var (
	tcp = kindsOf("tcp", unix.SOCK_STREAM)
	udp = kindsOf("udp", unix.SOCK_DGRAM)
)

func kindsOf(name string, typ int) map[string]kind {
	kinds := map[string]kind{}
	for _, family := range []string{"", "4", "6"} {
		kinds[name+family] = kind{name, typ, family}
	}
	return kinds
}

// network names the family of an address, as the Control of [net.ListenConfig] gets it.
func (k kind) network(addr netip.AddrPort) string {
	if addr.Addr().Is4() {
		return k.name + "4"
	}
	return k.name + "6"
}

func (k kind) addr(a netip.AddrPort) net.Addr {
	if k.typ == unix.SOCK_STREAM {
		return net.TCPAddrFromAddrPort(a)
	}
	return net.UDPAddrFromAddrPort(a)
}

// resolve returns the address in numbers: of a name with several the first of IPv4, as
// package net takes it, and of an empty host all of them.
func (k kind) resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, k.name+k.family, service)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, err := k.hostIP(ctx, host)
	return netip.AddrPortFrom(ip, uint16(port)), err
}

func (k kind) hostIP(ctx context.Context, host string) (netip.Addr, error) {
	if host == "" && k.family == "4" {
		return netip.IPv4Unspecified(), nil
	} else if host == "" {
		return netip.IPv6Unspecified(), nil
	}
	ips := []netip.Addr{{}}
	var err error
	if ips[0], err = netip.ParseAddr(host); err != nil {
		ips, err = net.DefaultResolver.LookupNetIP(ctx, "ip"+k.family, host)
	}
	if err != nil {
		return netip.Addr{}, err
	}
	for i, ip := range ips {
		if ips[i] = ip.Unmap(); ips[i].Is4() && k.family != "6" {
			return ips[i], nil
		}
	}
	if k.family == "4" || ips[0].Is4() {
		return netip.Addr{}, &net.AddrError{Err: "not an address of " + k.name + k.family, Addr: host}
	}
	return ips[0], nil
}

// socket makes a socket for the address, with the options that package net sets. Where
// the kernel has no IPv6, all addresses are those of IPv4.
func (k kind) socket(addr *netip.AddrPort) (*os.File, error) {
	fd, err := k.open(addr.Addr())
	if err == unix.EAFNOSUPPORT && k.family == "" && addr.Addr() == netip.IPv6Unspecified() {
		*addr = netip.AddrPortFrom(netip.IPv4Unspecified(), addr.Port())
		fd, err = k.open(addr.Addr())
	}
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	f := os.NewFile(uintptr(fd), addr.String())
	option := func(level, name, value int) {
		if err == nil {
			err = unix.SetsockoptInt(fd, level, name, value)
		}
	}
	if !addr.Addr().Is4() {
		only := 0
		if k.family == "6" {
			only = 1
		}
		option(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only)
	}
	if k.typ == unix.SOCK_STREAM {
		option(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	} else {
		option(unix.SOL_SOCKET, unix.SO_BROADCAST, 1)
	}
	if err != nil {
		_ = f.Close()
		return nil, os.NewSyscallError("setsockopt", err)
	}
	return f, nil
}

func (k kind) open(ip netip.Addr) (int, error) {
	family := unix.AF_INET6
	if ip.Is4() {
		family = unix.AF_INET
	}
	return unix.Socket(family, k.typ|unix.SOCK_CLOEXEC, 0)
}
