"""Binds to 127.0.0.1:80 and [::1]:80 with addresses of all lengths and odd
families, each on a new socket, and prints what comes of it, and to what the
socket is bound then."""
import ctypes, errno, socket

libc = ctypes.CDLL(None, use_errno=True)


def bind(name, domain, addr, length):
    s = socket.socket(domain)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ctypes.set_errno(0)
    r = libc.bind(s.fileno(), addr, length)
    what = "bound" if r == 0 else errno.errorcode.get(ctypes.get_errno(), 0)
    print(name, length, what, *s.getsockname()[:2], flush=True)
    s.close()


def inet(family, address, junk=bytes(8)):
    return family.to_bytes(2, "little") + (80).to_bytes(2, "big") + socket.inet_aton(address) + junk


def inet6(family, address, rest=bytes(4)):
    return family.to_bytes(2, "little") + (80).to_bytes(2, "big") + bytes(4) + socket.inet_pton(socket.AF_INET6, address) + rest


junk = b"\xff" * 70000
four, six = inet(2, "127.0.0.1", b"\xff" * 8) + junk, inet6(10, "::1", b"") + bytes(4) + junk
for length in 0, 1, 2, 15, 16, 17, 24, 27, 28, 31, 32, 110, 111, 127, 128, 129, 65535, 2**31 - 1, -1, -2**31:
    bind("four", socket.AF_INET, four, length)
for length in 0, 1, 2, 15, 16, 23, 24, 27, 28, 31, 32, 110, 111, 127, 128, 129, 65535, 2**31 - 1, -1, -2**31:
    bind("six", socket.AF_INET6, six, length)
bind("unspec any", socket.AF_INET, inet(0, "0.0.0.0"), 16)
bind("unspec loopback", socket.AF_INET, inet(0, "127.0.0.1"), 16)
bind("unspec six", socket.AF_INET6, inet6(0, "::"), 28)
bind("four on six", socket.AF_INET6, inet(2, "127.0.0.1") + bytes(12), 28)
bind("six on four", socket.AF_INET, inet6(10, "::1"), 28)
bind("family 258", socket.AF_INET, inet(0x102, "127.0.0.1"), 16)
bind("link-local, no scope", socket.AF_INET6, inet6(10, "fe80::1", (1).to_bytes(4, "little")), 24)
bind("link-local, scope", socket.AF_INET6, inet6(10, "fe80::1", (1).to_bytes(4, "little")), 28)
