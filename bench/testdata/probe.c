/* probe: the program that is measured. It times its own system calls, prints
 * the nanoseconds, one number a line, and ends with 0 if all of them worked.
 *
 *   probe bind PORT COUNT     bind and close COUNT sockets, after one unmeasured
 *   probe pair PORT COUNT     bind and close COUNT sockets, both timed, after one unmeasured
 *   probe first PORT MILLIS   run for MILLIS, then bind one socket
 *   probe getppid CALLS COUNT COUNT times the mean of CALLS calls
 *   probe serve PORT COUNT    COUNT requests, one connection each, to a server
 *                             that is a child of the probe
 *   probe threads THREADS COUNT
 *                             COUNT times bind and close a socket on port 80 of an
 *                             address of its own in each of so many threads; the
 *                             number is of binds per second in all
 *   probe hold PORT 0         bind one socket, and wait for the end of stdin
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a;
	memset(&a, 0, sizeof a);
	a.sin_family = AF_INET;
	a.sin_port = htons(port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		die("socket");
	return fd;
}

/* Binds a socket and closes it; returns how long bind(2) took. */
static double timed_bind(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = new_socket();
	double start = now();
	int failed = bind(fd, (struct sockaddr *)&a, sizeof a);
	double took = now() - start;
	if (failed)
		die("bind");
	close(fd);
	return took;
}

/* Binds a socket and closes it; returns how long both took. */
static double timed_pair(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = new_socket();
	double start = now();
	int failed = bind(fd, (struct sockaddr *)&a, sizeof a) || close(fd);
	double took = now() - start;
	if (failed)
		die("bind");
	return took;
}

/* Answers each connection with what it sent, for ever. */
static void serve(int listener)
{
	char text[64];
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
		if (n < 0 || write(fd, text, n) != n)
			die("serve");
		close(fd);
	}
}

/* Starts a server; returns its pid. */
static pid_t start_server(int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = new_socket(), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 16))
		die("listen");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return pid;
}

static double timed_request(int port)
{
	struct sockaddr_in a = loopback(port);
	char text[64] = "request";
	int fd = new_socket();
	double start = now();
	if (connect(fd, (struct sockaddr *)&a, sizeof a) ||
	    write(fd, text, sizeof text) != sizeof text || read(fd, text, sizeof text) <= 0)
		die("request");
	double took = now() - start;
	close(fd);
	return took;
}

static double timed_getppid(int calls)
{
	double start = now();
	for (int i = 0; i < calls; i++)
		syscall(SYS_getppid);
	return (now() - start) / calls;
}

static int binds_of_each;
static pthread_barrier_t together;

static void *bind_all(void *number)
{
	struct sockaddr_in a = loopback(80);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (unsigned)(long)number);
	pthread_barrier_wait(&together);
	for (int i = 0; i < binds_of_each; i++) {
		int on = 1, fd = new_socket();
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* copies in forked children linger */
		if (bind(fd, (struct sockaddr *)&a, sizeof a))
			die("bind");
		close(fd);
	}
	return NULL;
}

/* Returns how many binds per second all threads did. */
static double binds_of_threads(int threads)
{
	pthread_t *all = calloc(threads, sizeof *all);
	if (!all || pthread_barrier_init(&together, NULL, threads + 1))
		die("prepare");
	for (long i = 0; i < threads; i++)
		if ((errno = pthread_create(&all[i], NULL, bind_all, (void *)i)))
			die("pthread_create");
	double start = now();
	pthread_barrier_wait(&together);
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	return (double)threads * binds_of_each / ((now() - start) / 1e9);
}

/* Prints at the end, so that only what is measured runs before. */
static void series(double (*measure)(int), int arg, int count)
{
	double *took = calloc(count, sizeof *took);
	if (!took)
		die("calloc");
	for (int i = 0; i < count; i++)
		took[i] = measure(arg);
	for (int i = 0; i < count; i++)
		printf("%.3f\n", took[i]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: probe bind|pair|first|getppid|serve|threads|hold NUMBER NUMBER\n");
		return 2;
	}
	const char *what = argv[1];
	int a = atoi(argv[2]), b = atoi(argv[3]);
	if (!strcmp(what, "bind")) {
		timed_bind(a);
		series(timed_bind, a, b);
	} else if (!strcmp(what, "pair")) {
		timed_pair(a);
		series(timed_pair, a, b);
	} else if (!strcmp(what, "first")) {
		struct timespec t = {b / 1000, b % 1000 * 1000000L};
		nanosleep(&t, NULL);
		series(timed_bind, a, 1);
	} else if (!strcmp(what, "getppid")) {
		series(timed_getppid, a, b);
	} else if (!strcmp(what, "serve")) {
		pid_t server = start_server(a);
		series(timed_request, a, b);
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	} else if (!strcmp(what, "threads")) {
		timed_bind(80);
		binds_of_each = b;
		series(binds_of_threads, a, 1);
	} else if (!strcmp(what, "hold")) {
		char byte;
		series(timed_bind, a, 1);
		while (read(0, &byte, 1) > 0)
			;
	}
	return 0;
}
