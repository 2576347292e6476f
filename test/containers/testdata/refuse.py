# refuse.py NUMBERS COMMAND...: executes the command with a filter that answers EPERM to
# the system calls of these numbers, as container managers load it: as root, and without
# no_new_privs.
import ctypes, os, struct, sys

RET_ALLOW, RET_EPERM = 0x7FFF0000, 0x00050001
code = [struct.pack("HBBI", 0x20, 0, 0, 0)]  # the number
for number in sys.argv[1].split(","):
    code.append(struct.pack("HBBI", 0x15, 0, 1, int(number)))
    code.append(struct.pack("HBBI", 0x06, 0, 0, RET_EPERM))
code.append(struct.pack("HBBI", 0x06, 0, 0, RET_ALLOW))
text = ctypes.create_string_buffer(b"".join(code))
program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(text))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
