"""Answers the datagrams of port 53 with the name of the family."""

import selectors
import socket

selector = selectors.DefaultSelector()
for family, address, answer in ((socket.AF_INET, "0.0.0.0", b"udp4"), (socket.AF_INET6, "::", b"udp6")):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, 53))
    selector.register(s, selectors.EVENT_READ, answer)
while True:
    for key, _ in selector.select():
        _, sender = key.fileobj.recvfrom(512)
        key.fileobj.sendto(key.data, sender)
