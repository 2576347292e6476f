#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int current = -1; /* the socket that the last operation made or used */

/* What a bind must not change in its caller. */
struct trace {
	sigset_t mask;
	int fds;
	mode_t umask;
	uid_t euid;
	char cwd[PATH_MAX];
};

static struct trace take_trace(void) {
	struct trace t = {0};
	sigprocmask(SIG_BLOCK, NULL, &t.mask);
	for (int fd = 0; fd < 256; fd++)
		t.fds += fcntl(fd, F_GETFD) >= 0;
	umask(t.umask = umask(0));
	t.euid = geteuid();
	if (!getcwd(t.cwd, sizeof t.cwd))
		t.cwd[0] = 0;
	return t;
}

static int same_trace(const struct trace *a, const struct trace *b) {
	return !memcmp(&a->mask, &b->mask, sizeof a->mask) && a->fds == b->fds && a->umask == b->umask &&
	       a->euid == b->euid && !strcmp(a->cwd, b->cwd);
}

/* The local address of fd; its length is 0 when fd has none. */
static socklen_t local(int fd, struct sockaddr_storage *a) {
	socklen_t len = sizeof *a;
	memset(a, 0, sizeof *a);
	return getsockname(fd, (struct sockaddr *)a, &len) ? 0 : len;
}

static unsigned port_of(const struct sockaddr_storage *a) {
	if (a->ss_family != AF_INET && a->ss_family != AF_INET6)
		return 0;
	return ntohs(((const struct sockaddr_in *)a)->sin_port); /* the same place in both */
}

/* The address to pass: the option ptr= makes a bad pointer of it. */
static const struct sockaddr *pointer(const struct op *op, struct sockaddr_storage *a) {
	const char *kind = option(op, "ptr");
	if (!kind)
		return (struct sockaddr *)a;
	if (!strcmp(kind, "null"))
		return NULL;
	return mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void set_family(struct sockaddr_storage *a, const char *name) {
	static const struct {
		const char *name;
		int family;
	} families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {"unix", AF_UNIX}, {"unspec", AF_UNSPEC}};
	for (size_t i = 0; name && i < sizeof families / sizeof *families; i++)
		if (!strcmp(name, families[i].name))
			a->ss_family = families[i].family;
}

/* Sets the socket options that the operation names. */
static int prepare(const struct op *op, int fd) {
	static const int one = 1;
	const char *v6only = option(op, "v6only"), *device = option(op, "device");
	int only = v6only && *v6only == '1';
	if (flag(op, "reuseaddr") && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one))
		return -1;
	if (flag(op, "reuseport") && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one))
		return -1;
	if (flag(op, "freebind") && setsockopt(fd, SOL_IP, IP_FREEBIND, &one, sizeof one))
		return -1;
	if (flag(op, "cloexec") && fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -1;
	if (v6only && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only))
		return -1;
	return device ? setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) : 0;
}

/* Answers with the result of a bind, and with anything that contradicts it. */
static void answer_bind(int result, int fd, const struct sockaddr_storage *want, unsigned before,
			const struct trace *old) {
	int error = errno;
	struct sockaddr_storage now;
	struct trace new = take_trace();
	const char *lie = "";
	int known = local(fd, &now) > 0;
	if (result == 0 && known && port_of(want) && port_of(&now) != port_of(want))
		lie = " but not bound";
	else if (result < 0 && known && port_of(&now) != before)
		lie = " but bound";
	else if (!same_trace(&new, old))
		lie = " but something in the caller changed";
	answer("%s%s", result < 0 ? errno_name(error) : "OK", lie);
}

static void bind_current(const struct op *op, const char *address) {
	struct sockaddr_storage a, before;
	socklen_t len = parse_address(address, &a);
	int fd = option(op, "fd") ? atoi(option(op, "fd")) : current;
	if (!len)
		return answer("no address: %s", address);
	if (option(op, "fd") == NULL && prepare(op, fd))
		return answer("setsockopt: %s", errno_name(errno));
	set_family(&a, option(op, "family"));
	if (option(op, "len"))
		len = atoi(option(op, "len"));
	local(fd, &before);
	const struct sockaddr *at = pointer(op, &a);
	struct trace old = take_trace();
	int result = flag(op, "raw") ? (int)syscall(SYS_bind, fd, at, len) : bind(fd, at, len);
	answer_bind(result, fd, &a, port_of(&before), &old);
}

static void bind_new(const struct op *op) {
	int fd = open_socket(word(op, 1));
	if (fd < 0)
		return answer("socket: %s", errno_name(errno));
	if (option(op, "at")) {
		dup2(fd, atoi(option(op, "at")));
		close(fd);
		fd = atoi(option(op, "at"));
	}
	current = fd;
	bind_current(op, word(op, 2));
}

static void bind_reserved(const struct op *op) {
	struct sockaddr_in a = {.sin_family = AF_INET};
	current = open_socket(word(op, 1));
	answer_errno(bindresvport(current, &a));
}

/* Closes all sockets: the next case begins. */
static void forget(void) {
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	current = -1;
	answer("OK");
}

int socket_op(const struct op *op) {
	const char *verb = op->word[0];
	if (!strcmp(verb, "bind"))
		bind_new(op);
	else if (!strcmp(verb, "rebind"))
		bind_current(op, word(op, 1));
	else if (!strcmp(verb, "bindresvport"))
		bind_reserved(op);
	else if (!strcmp(verb, "socket"))
		answer_errno(current = open_socket(word(op, 1)));
	else if (!strcmp(verb, "open"))
		answer_errno(current = open(word(op, 1), O_RDONLY));
	else if (!strcmp(verb, "listen"))
		answer_errno(listen(current, 5));
	else if (!strcmp(verb, "forget"))
		forget();
	else if (!strcmp(verb, "close"))
		answer_errno(close(current));
	else
		return 0;
	return 1;
}
