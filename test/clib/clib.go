//go:build cgo

package clib

// #include <arpa/inet.h>
//
// static const char *ntop(int family, const unsigned char *raw, char *text) {
// 	return inet_ntop(family, raw, text, INET6_ADDRSTRLEN);
// }
// static int pton(int family, const unsigned char *text, unsigned char *raw) {
// 	return inet_pton(family, (const char *)text, raw);
// }
import "C"

import "net/netip"

// Ntop is inet_ntop(3) of the address, whose zone it does not see.
func Ntop(addr netip.Addr) string {
	raw, family := addr.AsSlice(), C.int(C.AF_INET6)
	if addr.Is4() {
		family = C.AF_INET
	}
	var text [C.INET6_ADDRSTRLEN]C.char
	return C.GoString(C.ntop(family, (*C.uchar)(&raw[0]), &text[0]))
}

// Pton4 is inet_pton(3) of the text, which holds no NUL, for AF_INET.
func Pton4(text string) (netip.Addr, bool) {
	var raw [4]byte
	ok := pton(C.AF_INET, text, raw[:])
	return netip.AddrFrom4(raw), ok
}

// Pton6 is inet_pton(3) of the text, which holds no NUL, for AF_INET6.
func Pton6(text string) (netip.Addr, bool) {
	var raw [16]byte
	ok := pton(C.AF_INET6, text, raw[:])
	return netip.AddrFrom16(raw), ok
}

func pton(family C.int, text string, raw []byte) bool {
	buf := append([]byte(text), 0)
	return C.pton(family, (*C.uchar)(&buf[0]), (*C.uchar)(&raw[0])) == 1
}
