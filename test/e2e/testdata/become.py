"""become.py UID:GID:GROUP,...:PORT...: for each, a child of this process becomes
that user, says whether it may bind the port, and ends."""

import errno
import os
import socket
import sys


def bind(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


for who in sys.argv[1:]:
    uid, gid, groups, port = who.split(":")
    if os.fork() == 0:
        os.setgroups([int(g) for g in groups.split(",") if g])
        os.setresgid(int(gid), int(gid), int(gid))
        os.setresuid(int(uid), int(uid), int(uid))
        print(who, bind(int(port)), flush=True)
        os._exit(0)
    os.wait()
