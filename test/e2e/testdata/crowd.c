/* crowd threads|processes N: N of them bind at once, each to an address of its
 * own, 127.1.X.Y:80. Says how many could. */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;

/* bind_one binds the address of member i, and returns 1 if it is bound. */
static long bind_one(long i)
{
	struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(80) }, have;
	socklen_t len = sizeof have;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	want.sin_addr.s_addr = htonl(0x7f010000 + i + 1);
	if (bind(fd, (struct sockaddr *)&want, sizeof want)) {
		perror("bind");
		return 0;
	}
	return !getsockname(fd, (struct sockaddr *)&have, &len) && !memcmp(&want, &have, sizeof have);
}

static void *thread(void *i)
{
	pthread_barrier_wait(&barrier);
	return (void *)bind_one((long)i);
}

static long threads(long n)
{
	pthread_t member[n];
	long bound = 0;

	pthread_barrier_init(&barrier, NULL, n);
	for (long i = 0; i < n; i++)
		if (pthread_create(&member[i], NULL, thread, (void *)i))
			abort();
	for (long i = 0; i < n; i++) {
		void *result;
		pthread_join(member[i], &result);
		bound += (long)result;
	}
	return bound;
}

/* processes lets all go at once by closing the pipe that they read. */
static long processes(long n)
{
	int gate[2];
	long bound = 0;

	if (pipe(gate))
		abort();
	for (long i = 0; i < n; i++) {
		char c;
		switch (fork()) {
		case -1:
			abort();
		case 0:
			close(gate[1]);
			_exit(read(gate[0], &c, 1) || !bind_one(i));
		}
	}
	close(gate[1]);
	for (long i = 0; i < n; i++) {
		int status;
		if (wait(&status) > 0 && status == 0)
			bound++;
	}
	return bound;
}

int main(int argc, char **argv)
{
	long n, bound;

	if (argc != 3)
		return 64;
	n = atol(argv[2]);
	bound = strcmp(argv[1], "threads") ? processes(n) : threads(n);
	printf("%ld bound\n", bound);
	return bound != n;
}
