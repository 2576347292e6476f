/* storm threads|processes MEMBERS BINDS RESTART: each of so many threads or
 * processes binds so many sockets, each to an address of its own, 127.1.X.Y:80, in
 * a storm of signals whose handler has SA_RESTART or has not. Says what came of it. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct counts { long bound, eintr, einval, other, untrue, signals; };
static struct counts *total;
static long binds;
static volatile int stop;

static void count(int sig) { __atomic_fetch_add(&total->signals, sig != 0, __ATOMIC_RELAXED); }

static void add(long *counter) { __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED); }

/* member binds its sockets; an EINTR is tried again, once. */
static void *member(void *id)
{
	for (long i = 0; i < binds; i++) {
		struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(80) }, have;
		socklen_t len = sizeof have;
		int fd = socket(AF_INET, SOCK_STREAM, 0), result, error, on = 1;

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		want.sin_addr.s_addr = htonl(0x7f010000 + (long)id + 1);
		result = bind(fd, (struct sockaddr *)&want, sizeof want);
		error = errno;
		if (getsockname(fd, (struct sockaddr *)&have, &len))
			abort();
		if (result == 0)
			add(&total->bound);
		else
			add(error == EINTR ? &total->eintr : error == EINVAL ? &total->einval : &total->other);
		if ((result == 0) != (have.sin_port != 0) || (result == 0 && memcmp(&want, &have, sizeof have)))
			add(&total->untrue);
		close(fd);
	}
	return NULL;
}

static void *bother(void *group)
{
	while (!stop) {
		pthread_t *members = group;
		for (int i = 0; members[i] && !stop; i++)
			pthread_kill(members[i], SIGUSR1);
		usleep(500);
	}
	return NULL;
}

static void threads(long n)
{
	pthread_t *members = calloc(n + 1, sizeof *members), botherer;

	for (long i = 0; i < n; i++)
		if (pthread_create(&members[i], NULL, member, (void *)i))
			abort();
	pthread_create(&botherer, NULL, bother, members);
	/* None is joined, or it could not be signalled, before all have done. */
	while (__atomic_load_n(&total->bound, __ATOMIC_RELAXED) + total->eintr + total->einval + total->other < n * binds)
		usleep(1000);
	stop = 1;
	pthread_join(botherer, NULL);
	for (long i = 0; i < n; i++)
		pthread_join(members[i], NULL);
}

static void processes(long n)
{
	pid_t members[n];

	for (long i = 0; i < n; i++) {
		struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
		members[i] = fork();
		if (members[i] < 0)
			abort();
		if (members[i] == 0) {
			setitimer(ITIMER_REAL, &often, NULL);
			member((void *)i);
			_exit(0);
		}
	}
	for (long i = 0; i < n; i++)
		while (waitpid(members[i], NULL, 0) < 0 && errno == EINTR)
			;
}

int main(int argc, char **argv)
{
	struct sigaction handle = { .sa_handler = count };
	long n;

	if (argc != 5)
		return 64;
	total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	n = atol(argv[2]);
	binds = atol(argv[3]);
	handle.sa_flags = strcmp(argv[4], "restart") ? 0 : SA_RESTART;
	sigaction(SIGUSR1, &handle, NULL);
	sigaction(SIGALRM, &handle, NULL);
	strcmp(argv[1], "threads") ? processes(n) : threads(n);
	printf("%ld bound, %ld EINTR, %ld EINVAL, %ld other errors, %ld untrue, %ld signals\n",
	       total->bound, total->eintr, total->einval, total->other, total->untrue, total->signals);
	return total->untrue || total->einval || total->other || (handle.sa_flags && total->bound != n * binds);
}
