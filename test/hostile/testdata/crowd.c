/* crowd threads|processes MEMBERS: each of so many threads or processes binds one
 * socket, to an address of its own, 127.X.Y.Z:80, when it reads a byte. Says
 * what came of it. */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct counts { long ready, entering, bound, untrue, other; int error; };
static struct counts *total;
static int start[2]; /* closed for writing when all are to begin */

static void add(long *counter) { __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED); }

static void *member(void *id)
{
	struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(80) }, have;
	socklen_t len = sizeof have;
	int fd = socket(AF_INET, SOCK_STREAM, 0), result, error, on = 1;
	char c;

	if (fd < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	want.sin_addr.s_addr = htonl(0x7f020000 + (long)id + 1);
	add(&total->ready);
	if (read(start[0], &c, 1) != 0)
		abort();
	add(&total->entering);
	result = bind(fd, (struct sockaddr *)&want, sizeof want);
	error = errno;
	if (getsockname(fd, (struct sockaddr *)&have, &len))
		abort();
	if (result == 0) {
		add(&total->bound);
	} else {
		add(&total->other);
		total->error = error;
	}
	if ((result == 0) != (have.sin_port != 0) || (result == 0 && memcmp(&want, &have, sizeof have)))
		add(&total->untrue);
	close(fd);
	return NULL;
}

static void await(long *counter, long n, const char *name)
{
	while (__atomic_load_n(counter, __ATOMIC_RELAXED) < n)
		usleep(1000);
	printf("%s\n", name);
	fflush(stdout);
}

static void begin(long n)
{
	char c;

	await(&total->ready, n, "ready");
	if (read(0, &c, 1) < 0)
		abort();
	close(start[1]);
	await(&total->entering, n, "entering");
}

static void threads(long n)
{
	pthread_t *members = calloc(n, sizeof *members);
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
	for (long i = 0; i < n; i++)
		if (pthread_create(&members[i], &small, member, (void *)i))
			abort();
	begin(n);
	for (long i = 0; i < n; i++)
		pthread_join(members[i], NULL);
}

static void processes(long n)
{
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			abort();
		if (pid == 0) {
			close(start[1]);
			member((void *)i);
			_exit(0);
		}
	}
	begin(n);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	long n;

	if (argc != 3 || pipe(start))
		return 64;
	total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	n = atol(argv[2]);
	strcmp(argv[1], "threads") ? processes(n) : threads(n);
	printf("%ld bound, %ld errors, %ld untrue\n", total->bound, total->other, total->untrue);
	if (total->error)
		printf("an error: %s\n", strerror(total->error));
	return 0;
}
