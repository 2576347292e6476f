#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits for child and ends as it did. */
static void end_like(pid_t child) {
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/* The child goes on with the next operation; the parent waits for it. */
static void fork_on(void) {
	pid_t child = fork();
	if (child > 0)
		end_like(child);
	answer_errno(child);
}

/* The child goes on, and is orphaned. */
static void daemonize(void) {
	pid_t child = fork();
	if (child > 0)
		_exit(0);
	if (child == 0)
		setsid();
	answer_errno(child);
}

/* exec PROGRAM ARG...: the program answers, or this one does with an errno. */
static void exec_on(const struct op *op) {
	char *args[MAX_WORDS] = {0};
	for (int i = 1; i < op->n; i++)
		args[i - 1] = op->word[i];
	execvp(args[0], args);
	answer_errno(-1);
}

static void raise_signal(const char *number) {
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	signal(atoi(number), SIG_DFL);
	raise(atoi(number));
}

int process_op(const struct op *op) {
	const char *verb = op->word[0];
	if (!strcmp(verb, "fork"))
		fork_on();
	else if (!strcmp(verb, "daemonize"))
		daemonize();
	else if (!strcmp(verb, "exec"))
		exec_on(op);
	else if (!strcmp(verb, "exit"))
		exit(atoi(word(op, 1)));
	else if (!strcmp(verb, "raise"))
		raise_signal(word(op, 1));
	else if (!strcmp(verb, "clearenv"))
		answer_errno(clearenv());
	else
		return 0;
	return 1;
}
