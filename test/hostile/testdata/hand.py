"""Speaks to gobind-helper by hand, as docs/protocol.md has it, with sockets that
are the user's own: hand.py HELPER STEP...

HELPER is the program, fd:N for a channel that is open already, or none. Each step is
one of these, and prints a word unless it only prepares:

    socket=KIND                     a new socket, for the steps that follow: tcp, mptcp,
                                    udp or udplite, and 4 or 6
    option=reuseaddr|reuseport|freebind|transparent|device|noport|both|four
    disconnect                      connect(2) to AF_UNSPEC
    name                            prints the address that it has
    ask=ADDRESS=PORT                the helper binds it
    bind=ADDRESS=PORT               the user binds it
    listen
    hold                            waits for the end of standard input
"""
import array, ctypes, errno, os, socket, struct, sys

OPTIONS = {
    "reuseaddr": (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    "reuseport": (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1),
    "freebind": (socket.IPPROTO_IP, 15, 1),
    "transparent": (socket.IPPROTO_IP, 19, 1),
    "device": (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo"),
    "noport": (socket.IPPROTO_IP, 24, 1),  # IP_BIND_ADDRESS_NO_PORT
    "both": (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0),
    "four": (socket.IPPROTO_IPV6, 1, socket.AF_INET),  # IPV6_ADDRFORM
}
KINDS = {
    "tcp": (socket.SOCK_STREAM, 0), "udp": (socket.SOCK_DGRAM, 0),
    "mptcp": (socket.SOCK_STREAM, 262), "udplite": (socket.SOCK_DGRAM, 136),
}


def disconnect(sock):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.connect(sock.fileno(), bytes(16), 16):
        raise OSError(ctypes.get_errno(), "connect")


def start(helper):
    if helper == "none":
        return None
    if helper.startswith("fd:"):
        return socket.socket(fileno=int(helper[3:]))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        os.dup2(theirs.fileno(), 0)
        os.execv(helper, [helper])
    theirs.close()
    status = ours.recv(600)[8]
    if status != 1:
        print("status", status, flush=True)
        sys.exit(1)
    return ours


def ask(channel, sock, address, port):
    version = 6 if ":" in address else 4
    packed = socket.inet_pton(socket.AF_INET6 if version == 6 else socket.AF_INET, address)
    frame = b"GBND\1\2" + struct.pack("!HIBBHI", 64, 1, 0, version, port, 0) + packed.ljust(16, b"\0") + bytes(28)
    channel.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [sock.fileno()]))])
    reply = channel.recv(600)
    verdict, reason, number = struct.unpack("!BBH", reply[12:16])
    if verdict == 2:
        return "unserved %d" % reason
    return "ok" if verdict == 1 and number == 0 else errno.errorcode[number]


def step(channel, sock, what, *args):
    if what == "socket":
        family = {"4": socket.AF_INET, "6": socket.AF_INET6}[args[0][-1]]
        return socket.socket(family, *KINDS[args[0][:-1]]), None
    if what == "ask":
        return sock, ask(channel, sock, args[0], int(args[1]))
    if what == "hold":
        print("holds", flush=True)
        sys.stdin.read()
        return sock, None
    try:
        if what == "option":
            sock.setsockopt(*OPTIONS[args[0]])
        elif what == "bind":
            sock.bind((args[0], int(args[1])))
        elif what == "listen":
            sock.listen()
        elif what == "disconnect":
            disconnect(sock)
        elif what == "name":
            return sock, "%s %d" % sock.getsockname()[:2]
        return sock, "ok"
    except OSError as e:
        return sock, errno.errorcode[e.errno]


channel, sock, kept = start(sys.argv[1]), None, []
for words in sys.argv[2:]:
    sock, word = step(channel, sock, *words.split("="))
    kept.append(sock)
    if word:
        print(word, flush=True)
