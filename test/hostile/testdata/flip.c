/* flip N: binds N AF_INET6 sockets to [::]:80 and [::]:81, while a thread flips
 * their IPV6_V6ONLY and binds them, too. Only port 80 is permitted. Says what was
 * bound to which port, and how many binds succeeded: of each socket one can. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile int sock = -1, stop;
static long successes[3];

static struct sockaddr_in6 any(int port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
}

static void *flip(void *unused)
{
	for (int on = 0; !stop; on = !on)
		setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, (int[]){ on }, sizeof on);
	return unused;
}

/* again binds whatever is being bound, to the same port. */
static void *again(void *id)
{
	while (!stop) {
		struct sockaddr_in6 a = any(80);
		int fd = sock;
		if (fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof a))
			successes[(long)id]++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long n = argc == 2 ? atol(argv[1]) : 0, port80 = 0, others = 0, wide = 0;
	pthread_t threads[3];
	int on = 1;

	sock = socket(AF_INET6, SOCK_STREAM, 0);
	pthread_create(&threads[0], NULL, flip, NULL);
	pthread_create(&threads[1], NULL, again, (void *)1);
	pthread_create(&threads[2], NULL, again, (void *)2);
	for (long i = 0; i < n; i++) {
		struct sockaddr_in6 a = any(80 + i % 2), have;
		socklen_t len = sizeof have;
		int only, fd = socket(AF_INET6, SOCK_STREAM, 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		dup2(fd, sock);
		close(fd);
		if (!bind(sock, (struct sockaddr *)&a, sizeof a))
			successes[0]++;
		if (getsockname(sock, (struct sockaddr *)&have, &len))
			abort();
		len = sizeof only;
		getsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len);
		if (ntohs(have.sin6_port) == 80)
			port80++, wide += !only;
		else if (have.sin6_port)
			others++, printf("bound to port %d\n", ntohs(have.sin6_port));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	n++; /* and the first */
	printf("%ld sockets: %ld bound to port 80 (%ld dual-stack), %ld to others; %ld binds succeeded\n",
	       n, port80, wide, others, successes[0] + successes[1] + successes[2]);
	return others != 0 || successes[0] + successes[1] + successes[2] > n;
}
