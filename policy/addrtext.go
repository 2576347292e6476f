package policy

import (
	"net/netip"
	"strconv"
)

// AddrText is the address as inet_ntop(3) of glibc writes it, which is how names
// in byaddr are spelled. It differs from netip's text in the IPv4-compatible
// addresses: "::1.2.3.4", where netip writes "::102:304". A zone is left out.
func AddrText(a netip.Addr) string {
	a = a.WithZone("")
	if !a.Is6() {
		return a.String()
	}
	b := a.As16()
	compatible := [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0)
	if compatible {
		return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
	}
	return a.String()
}

// AddrFull is an IPv6 address in eight groups of lower-case hexadecimal digits,
// without leading zeros, compression or a zone; an IPv4 address is as AddrText
// writes it.
func AddrFull(a netip.Addr) string {
	if !a.Is6() {
		return AddrText(a)
	}
	b := a.As16()
	var text []byte
	for i := 0; i < len(b); i += 2 {
		if i > 0 {
			text = append(text, ':')
		}
		text = strconv.AppendUint(text, uint64(b[i])<<8|uint64(b[i+1]), 16)
	}
	return string(text)
}
