"""A thread of root's becomes user 61001, by a system call that changes no other
thread, and binds; so does the first thread after it."""

import ctypes
import errno
import platform
import socket
import threading

SETRESUID = {"x86_64": 117, "aarch64": 147}[platform.machine()]


def bind(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def other():
    if ctypes.CDLL(None).syscall(SETRESUID, 61001, 61001, 61001):
        raise OSError("setresuid")
    print("thread", bind(80), bind(81), flush=True)


thread = threading.Thread(target=other)
thread.start()
thread.join()
print("main", bind(80), bind(81), flush=True)
