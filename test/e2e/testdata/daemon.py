"""daemon.py FIFO FILE PORT...: forks away as daemons do, waits until somebody has
opened and closed FIFO, and then binds the ports and writes to FILE what came of it."""

import errno
import os
import socket
import sys

fifo, result, *ports = sys.argv[1:]
if os.fork() > 0:
    os._exit(0)
os.setsid()
if os.fork() > 0:
    os._exit(0)
null = os.open(os.devnull, os.O_RDWR)
for fd in range(3):
    os.dup2(null, fd)
with open(fifo) as f:
    f.read()
lines = ""
servers = []
for port in ports:
    try:
        servers.append(socket.create_server(("127.0.0.1", int(port))))
        lines += f"{port} ok\n"
    except OSError as e:
        lines += f"{port} {errno.errorcode[e.errno]}\n"
with open(result + ".new", "w") as f:
    f.write(lines)
os.rename(result + ".new", result)
