#!/usr/bin/python3
# Says what it was started with: the variables of sd_listen_fds(3), and each descriptor
# from 3 on.
import fcntl, os, socket

for name in ("LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"):
    print(name, os.environ.get(name))
print("LISTEN_PID", "mine" if os.environ.get("LISTEN_PID") == str(os.getpid()) else os.environ.get("LISTEN_PID"))
for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
    if fd < 3 or not os.path.exists(f"/proc/self/fd/{fd}"):
        continue
    link = os.readlink(f"/proc/self/fd/{fd}")
    if not link.startswith("socket:"):
        print(fd, link)
        continue
    with socket.socket(fileno=os.dup(fd)) as s:
        option = lambda level, name: s.getsockopt(level, name)
        print(fd, s.family.name, s.type.name, s.getsockname()[:2],
              "listens" if option(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else "-",
              "reuse" if option(socket.SOL_SOCKET, socket.SO_REUSEADDR) else "-",
              "v6only" if s.family == socket.AF_INET6 and option(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) else "-",
              "nonblock" if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK else "-",
              "cloexec" if fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC else "-")
