/* swap KIND ROUNDS: in each round a process binds descriptor 50 to 127.0.0.1:80,
 * and while it does
 *   dup     another thread puts other sockets there, again and again;
 *   close   another thread closes it and opens a new socket there;
 *   exec    another thread executes /bin/true;
 *   exit    another thread exits the process;
 *   kill    its parent kills it;
 *   thread  the thread that binds has descriptors of its own, the leader others.
 * The bystanders are sockets that never were there when a bind began: none may be
 * bound. Says how many rounds there were, how many binds succeeded, and what was
 * bound wrongly. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOT = 50, BYSTANDERS = 60, CROWD = 8 };
static volatile int stop;
static const char *kind;
static volatile struct { long succeeded; int asking; } *shared;

static int tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_in have = { 0 };
	socklen_t len = sizeof have;

	return getsockname(fd, (struct sockaddr *)&have, &len) ? -1 : ntohs(have.sin_port);
}

static void put(int fd, int slot)
{
	dup2(fd, slot);
	close(fd);
}

static int ask(void)
{
	struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int result;

	shared->asking = 1;
	result = bind(SLOT, (struct sockaddr *)&want, sizeof want);
	if (!result)
		shared->succeeded++;
	return result;
}

/* in_the_middle waits until somebody asks, and a little longer. */
static void in_the_middle(void)
{
	while (!shared->asking)
		sched_yield();
	for (volatile int i = rand() % 200000; i > 0; i--)
		;
}

static void *interfere(void *unused)
{
	if (!strcmp(kind, "exec")) {
		in_the_middle();
		execl("/bin/true", "true", NULL);
	}
	if (!strcmp(kind, "exit")) {
		in_the_middle();
		_exit(0);
	}
	while (!stop)
		if (!strcmp(kind, "dup")) {
			put(tcp(), SLOT);
		} else if (!strcmp(kind, "close")) {
			close(SLOT);
			put(tcp(), SLOT);
		} else {
			break;
		}
	return unused;
}

/* ask_often binds one new socket after the other. */
static void ask_often(void)
{
	for (int i = 0; i < 4; i++) {
		put(tcp(), SLOT);
		ask();
	}
}

/* apart binds by a thread with a table of descriptors of its own: there SLOT is a
 * socket, and in the leader's it is a bystander. */
static void *apart(void *unused)
{
	if (unshare(CLONE_FILES))
		abort();
	put(tcp(), SLOT);
	if (ask() == 0 && port_of(SLOT) != 80)
		_exit(2);
	return unused;
}

static int round_of(void)
{
	pthread_t thread;
	pid_t child;
	int status;

	shared->asking = 0;
	child = fork();
	if (child == 0) {
		srand(getpid());
		if (!strcmp(kind, "thread")) {
			dup2(BYSTANDERS, SLOT);
			pthread_create(&thread, NULL, apart, NULL);
			pthread_join(thread, NULL);
			_exit(0);
		}
		put(tcp(), SLOT);
		pthread_create(&thread, NULL, interfere, NULL);
		ask_often();
		stop = 1;
		pthread_join(thread, NULL);
		dup2(BYSTANDERS, SLOT); /* where the bind was: too late for it */
		_exit(0);
	}
	if (!strcmp(kind, "kill")) {
		in_the_middle();
		kill(child, SIGKILL);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 2;
}

int main(int argc, char **argv)
{
	long rounds, wrong = 0;

	if (argc != 3)
		return 64;
	kind = argv[1];
	rounds = atol(argv[2]);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < CROWD; i++)
		put(tcp(), BYSTANDERS + i);
	for (long i = 0; i < rounds; i++)
		wrong += round_of();
	for (int i = 0; i < CROWD; i++)
		wrong += port_of(BYSTANDERS + i) != 0;
	printf("%ld rounds, %ld binds succeeded, %ld wrong\n", rounds, shared->succeeded, wrong);
	return wrong != 0;
}
