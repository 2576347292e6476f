#include "probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One of several binds of KIND ADDRESS: at once, each at a port one higher, or in
 * turn. */
struct one {
	const struct op *op;
	int index, error, fd;
};

static pthread_barrier_t start;

static int bind_one(struct one *o) {
	struct sockaddr_storage a;
	socklen_t len = parse_address(word(o->op, 3), &a);
	struct sockaddr_in *in = (struct sockaddr_in *)&a;
	o->fd = open_socket(word(o->op, 2));
	in->sin_port = htons(ntohs(in->sin_port) + o->index);
	return bind(o->fd, (struct sockaddr *)&a, len) ? errno : 0;
}

static void *run_one(void *arg) {
	struct one *o = arg;
	pthread_barrier_wait(&start);
	o->error = bind_one(o);
	return NULL;
}

/* Answers with the first result that is not OK, or OK. */
static void answer_all(const struct one *all, int n) {
	for (int i = 0; i < n; i++)
		if (all[i].error)
			return answer("%s in %d", errno_name(all[i].error), i);
	answer("OK");
}

static void bind_in_threads(struct one *all, int n) {
	pthread_t threads[64];
	pthread_barrier_init(&start, NULL, n);
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, run_one, &all[i]))
			exit(91);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	answer_all(all, n);
}

static void bind_in_forks(struct one *all, int n) {
	pid_t pids[64];
	for (int i = 0; i < n; i++)
		if ((pids[i] = fork()) == 0)
			_exit(bind_one(&all[i]));
	for (int i = 0; i < n; i++) {
		int status = 0;
		waitpid(pids[i], &status, 0);
		all[i].error = WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
	}
	answer_all(all, n);
}

/* Binds and closes, again and again: nobody else may still hold the socket. */
static void bind_in_turn(struct one *all, int n) {
	for (int i = 0; i < n; i++) {
		all[i].index = 0;
		all[i].error = bind_one(&all[i]);
		close(all[i].fd);
	}
	answer_all(all, n);
}

int many_op(const struct op *op) {
	struct one all[64];
	int n = atoi(word(op, 1));
	n = n > 64 ? 64 : n;
	for (int i = 0; i < n; i++)
		all[i] = (struct one){op, i, 0, -1};
	if (!strcmp(op->word[0], "threads"))
		bind_in_threads(all, n);
	else if (!strcmp(op->word[0], "forks"))
		bind_in_forks(all, n);
	else if (!strcmp(op->word[0], "turns"))
		bind_in_turn(all, n);
	else
		return 0;
	return 1;
}
