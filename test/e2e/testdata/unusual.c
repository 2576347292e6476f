/* unusual WAY: binds 127.0.0.1:80 or [::1]:80 in a way that few programs use,
 * and says what it has bound. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in in = { .sin_family = AF_INET };
static struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

/* tcp is a socket that a connection of an earlier server does not disturb. */
static int tcp(int family)
{
	int fd = socket(family, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return fd;
}

/* The ways. Each returns the socket, or -1. */

static int ordinary(void)
{
	int fd = tcp(AF_INET);
	return bind(fd, (struct sockaddr *)&in, sizeof in) ? -1 : fd;
}

static int raw(void)
{
	int fd = tcp(AF_INET);
	return syscall(SYS_bind, fd, &in, sizeof in) ? -1 : fd;
}

static int reserved(void)
{
	int fd = tcp(AF_INET);
	return bindresvport(fd, NULL) ? -1 : fd;
}

static int reserved_r(void)
{
	int port = IPPORT_RESERVED - 1;
	return rresvport(&port);
}

static int storage(void)
{
	struct sockaddr_storage any = { 0 };
	int fd = tcp(AF_INET6);

	memcpy(&any, &in6, sizeof in6);
	return bind(fd, (struct sockaddr *)&any, sizeof any) ? -1 : fd;
}

/* rfc2133 passes a sockaddr_in6 that has no scope yet. */
static int rfc2133(void)
{
	int fd = tcp(AF_INET6);
	return bind(fd, (struct sockaddr *)&in6, 24) ? -1 : fd;
}

static int zero(void)
{
	int fd;

	close(0);
	fd = tcp(AF_INET);
	return fd || fcntl(fd, F_SETFD, FD_CLOEXEC) || bind(fd, (struct sockaddr *)&in, sizeof in) ? -1 : fd;
}

static int sigchld_ignored(void)
{
	signal(SIGCHLD, SIG_IGN);
	return ordinary();
}

static volatile sig_atomic_t children;

static void count(int sig) { children += sig == SIGCHLD; }

/* sigchld_handled gets no child that it did not start. */
static int sigchld_handled(void)
{
	struct sigaction handle = { .sa_handler = count, .sa_flags = SA_NOCLDWAIT };
	int fd;

	sigaction(SIGCHLD, &handle, NULL);
	fd = ordinary();
	if (fd >= 0 && (children || wait(NULL) != -1 || errno != ECHILD))
		return -1;
	return fd;
}

static void *wait_for_child(void *unused)
{
	wait(unused);
	return NULL;
}

/* waiting binds while another thread waits for any child. */
static int waiting(void)
{
	int gate[2], fd;
	pthread_t waiter;

	if (pipe(gate))
		return -1;
	if (fork() == 0) {
		char c;
		close(gate[1]);
		_exit(read(gate[0], &c, 1));
	}
	pthread_create(&waiter, NULL, wait_for_child, NULL);
	fd = ordinary();
	close(gate[1]);
	pthread_join(waiter, NULL);
	return fd;
}

static const struct { const char *name; int (*bound)(void); } ways[] = {
	{ "ordinary", ordinary }, { "raw", raw }, { "bindresvport", reserved }, { "rresvport", reserved_r },
	{ "storage", storage }, { "rfc2133", rfc2133 }, { "zero", zero },
	{ "sigchld-ignored", sigchld_ignored }, { "sigchld-handled", sigchld_handled }, { "waiting", waiting },
};

/* say tells the address of fd as the kernel has it. */
static int say(int fd)
{
	struct sockaddr_storage have;
	socklen_t len = sizeof have;
	char host[64], port[16];

	if (getsockname(fd, (struct sockaddr *)&have, &len) ||
	    getnameinfo((struct sockaddr *)&have, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
		return 2;
	printf("%s %s\n", host, port);
	return 0;
}

int main(int argc, char **argv)
{
	in.sin_port = in6.sin6_port = htons(80);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(argv[1], ways[i].name)) {
			int fd = ways[i].bound();
			if (fd >= 0)
				return say(fd);
			perror(argv[1]);
			return 1;
		}
	return 64;
}
