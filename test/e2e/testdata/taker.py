"""The first thread becomes user 61001 for ever, and binds; another one becomes 61002 and
executes a program, by which it takes the first one's number; that binds the same port."""

import ctypes
import errno
import platform
import socket
import sys
import threading
import os

SETRESUID, SETRESGID, SETGROUPS = {"x86_64": (117, 119, 116), "aarch64": (147, 149, 159)}[platform.machine()]
PR_SET_NO_NEW_PRIVS = 38
libc = ctypes.CDLL(None)


def bind(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def become(id):
    if libc.syscall(SETGROUPS, 0, None) or libc.syscall(SETRESGID, id, id, id) or libc.syscall(SETRESUID, id, id, id):
        raise OSError("become")


def second():
    go.wait()
    become(61002)
    os.execv(sys.executable, [sys.executable, __file__, "program"])


if len(sys.argv) > 1:
    print("program of", os.getresuid(), bind(80), bind(80), flush=True)
    sys.exit()
go = threading.Event()
threading.Thread(target=second).start()
become(61001)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
    raise OSError("prctl")
print("first", *[bind(80) for _ in range(3)], flush=True)
go.set()
threading.Event().wait()
