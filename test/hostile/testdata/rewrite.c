/* rewrite FAMILY N: binds N sockets, one after the other, while a thread rewrites
 * the sockaddr. Of what it writes 127.0.0.1:80, 127.0.0.2:81 and 127.0.0.1:8080 (or
 * the same v4-mapped) may be bound, and their mixtures with privileged ports may
 * not. Says how many were bound to what, and what else. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static union {
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
} addr;
static volatile uint16_t *port, *family;
static volatile uint32_t *host;
static uint16_t good;
static volatile int stop;

/* rewrite writes each field on its own, so that all mixtures are there at times. */
static void *rewrite(void *unused)
{
	static const uint16_t ports[] = { 80, 81, 80, 8080, 443, 0, 81, 80 };
	static const uint32_t hosts[] = { 0x7f000001, 0x7f000002, 0x7f000001, 0x7f000001, 0, 0x7f000003, 0x7f000002 };

	for (unsigned i = 0; !stop; i++) {
		*port = htons(ports[i % 8]);
		*host = htonl(hosts[i % 7]);
		*family = i % 11 ? good : i % 2 ? AF_UNSPEC : good == AF_INET ? AF_INET6 : AF_INET;
	}
	return unused;
}

int main(int argc, char **argv)
{
	int six = argc == 3 && !strcmp(argv[1], "6"), on = 1;
	long n = argc == 3 ? atol(argv[2]) : 0, count[4] = { 0 }, refused = 0, other = 0, wrong = 0;
	pthread_t thread;

	good = six ? AF_INET6 : AF_INET;
	family = six ? &addr.in6.sin6_family : &addr.in.sin_family;
	port = six ? &addr.in6.sin6_port : &addr.in.sin_port;
	host = six ? &addr.in6.sin6_addr.s6_addr32[3] : &addr.in.sin_addr.s_addr;
	*family = good;
	if (six)
		addr.in6.sin6_addr.s6_addr16[5] = 0xffff;
	pthread_create(&thread, NULL, rewrite, NULL);
	for (long i = 0; i < n; i++) {
		int fd = socket(good, SOCK_STREAM, 0);
		union { struct sockaddr_in in; struct sockaddr_in6 in6; } have;
		socklen_t len = sizeof have;
		int result, error;
		uint16_t p;
		uint32_t h;

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		result = bind(fd, (struct sockaddr *)&addr, six ? sizeof addr.in6 : sizeof addr.in);
		error = errno;
		if (getsockname(fd, (struct sockaddr *)&have, &len))
			abort();
		close(fd);
		p = ntohs(six ? have.in6.sin6_port : have.in.sin_port);
		h = ntohl(six ? have.in6.sin6_addr.s6_addr32[3] : have.in.sin_addr.s_addr);
		if (result && error == EACCES && !p)
			refused++;
		else if (result && !p)
			other++;
		else if (result)
			wrong++, printf("failed with %d, and is bound to %x:%d\n", error, h, p);
		else if (p >= 1024)
			count[0]++;
		else if (h == 0x7f000001 && p == 80)
			count[1]++;
		else if (h == 0x7f000002 && p == 81)
			count[2]++;
		else
			wrong++, printf("bound to %x:%d\n", h, p);
	}
	stop = 1;
	pthread_join(thread, NULL);
	printf("%ld binds: %ld to 127.0.0.1:80, %ld to 127.0.0.2:81, %ld unprivileged, %ld refused, %ld other errors, %ld wrong\n",
	       n, count[1], count[2], count[0], refused, other, wrong);
	return wrong != 0;
}
