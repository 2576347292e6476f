"""ids.py CASE...: for each, a child of this process changes its ids that way, says
who may be bound, and ends."""

import ctypes
import errno
import os
import socket
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
SETGROUPS, SETRESUID, SETRESGID, SETFSUID = 116, 117, 119, 122


def bind():
    for port in 80, 81, 82:
        try:
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
            yield "%d" % port
        except OSError as e:
            yield errno.errorcode[e.errno]


def dropped():
    os.setgroups([])
    os.setresgid(61001, 61001, 61001)
    os.setresuid(61001, 61001, 61001)


def saved():
    os.setgroups([])
    os.setresgid(61001, 61001, 0)
    os.setresuid(61001, 61001, 0)


def real():
    os.setresuid(61001, 61001, 0)


def effective():
    os.setresuid(0, 61001, 0)


def swapped():
    os.setresuid(61001, 61002, 0)


def filesystem():
    dropped()
    libc.syscall(SETFSUID, 61002)


def unmapped():
    os.setresuid(4294967294, 4294967294, 4294967294)


def main():
    for case in sys.argv[1:]:
        if os.fork() == 0:
            if case == "thread":
                done = []
                def drop():
                    libc.syscall(SETGROUPS, 0, 0)
                    libc.syscall(SETRESUID, 61001, 61001, 61001)
                    done.append(" ".join(bind()))
                t = threading.Thread(target=drop)
                t.start()
                t.join()
                print(case, done[0], flush=True)
            else:
                globals()[case]()
                print(case, *bind(), flush=True)
            os._exit(0)
        os.wait()


main()
