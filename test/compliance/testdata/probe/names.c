#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME(e) {e, #e}

const char *errno_name(int number) {
	static const struct {
		int number;
		const char *name;
	} names[] = {
		NAME(EPERM),	 NAME(ENOENT),	NAME(ESRCH),	    NAME(EINTR),	 NAME(EIO),
		NAME(ENXIO),	 NAME(E2BIG),	NAME(ENOEXEC),	    NAME(EBADF),	 NAME(ECHILD),
		NAME(EAGAIN),	 NAME(ENOMEM),	NAME(EACCES),	    NAME(EFAULT),	 NAME(EBUSY),
		NAME(EEXIST),	 NAME(EXDEV),	NAME(ENODEV),	    NAME(ENOTDIR),	 NAME(EISDIR),
		NAME(EINVAL),	 NAME(ENFILE),	NAME(EMFILE),	    NAME(ENOTTY),	 NAME(EFBIG),
		NAME(ENOSPC),	 NAME(EROFS),	NAME(EPIPE),	    NAME(EDOM),		 NAME(ENAMETOOLONG),
		NAME(ENOSYS),	 NAME(ELOOP),	NAME(ENOTSOCK),	    NAME(EPROTONOSUPPORT), NAME(EOPNOTSUPP),
		NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(ENETDOWN), NAME(ETIMEDOUT),
	};
	static char other[32];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(other, sizeof other, "errno %d", number);
	return other;
}
