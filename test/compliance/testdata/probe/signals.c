#define _GNU_SOURCE
#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t children, alarms;

static void count(int number) {
	if (number == SIGCHLD)
		children++;
	else
		alarms++;
}

/* SIGCHLD is: ignored, handled, or handled with SA_NOCLDWAIT. */
static void set_sigchld(const char *how) {
	struct sigaction action = {.sa_handler = strcmp(how, "ignored") ? count : SIG_IGN};
	if (!strcmp(how, "nocldwait"))
		action.sa_flags = SA_NOCLDWAIT;
	answer_errno(sigaction(SIGCHLD, &action, NULL));
}

/* From now on a SIGALRM every so many microseconds. */
static void storm(const char *microseconds, int restart) {
	struct sigaction action = {.sa_handler = count, .sa_flags = restart ? SA_RESTART : 0};
	struct itimerval every = {{0, atoi(microseconds)}, {0, atoi(microseconds)}};
	sigaction(SIGALRM, &action, NULL);
	answer_errno(setitimer(ITIMER_REAL, &every, NULL));
}

/* A child that lives as long as this process has its end of a pipe. */
static void keep_child(void) {
	int fds[2];
	char byte;
	if (pipe(fds))
		return answer_errno(-1);
	pid_t child = fork();
	if (child == 0) {
		close(fds[1]);
		_exit(read(fds[0], &byte, 1) < 0);
	}
	close(fds[0]);
	answer_errno(child);
}

/* The signals from 1 to 31 that are ignored, as numbers. */
static void answer_ignored(void) {
	char list[256] = "none";
	size_t n = 0;
	for (int i = 1; i < 32; i++) {
		struct sigaction action;
		if (!sigaction(i, NULL, &action) && action.sa_handler == SIG_IGN)
			n += snprintf(list + n, sizeof list - n, n ? " %d" : "%d", i);
	}
	answer("%s", list);
}

static void answer_mask(void) {
	char list[256] = "none";
	size_t n = 0;
	sigset_t mask;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 1; i < 32; i++)
		if (sigismember(&mask, i))
			n += snprintf(list + n, sizeof list - n, n ? " %d" : "%d", i);
	answer("%s", list);
}

static void block(const char *number) {
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, atoi(number));
	answer_errno(sigprocmask(SIG_BLOCK, &set, NULL));
}

int signal_op(const struct op *op) {
	const char *verb = op->word[0];
	if (!strcmp(verb, "sigchld"))
		set_sigchld(word(op, 1));
	else if (!strcmp(verb, "sigchlds"))
		answer("%d", children);
	else if (!strcmp(verb, "storm"))
		storm(word(op, 1), flag(op, "restart"));
	else if (!strcmp(verb, "keepchild"))
		keep_child();
	else if (!strcmp(verb, "wait"))
		answer_errno(waitpid(-1, NULL, WNOHANG));
	else if (!strcmp(verb, "ignored"))
		answer_ignored();
	else if (!strcmp(verb, "block"))
		block(word(op, 1));
	else if (!strcmp(verb, "blocked"))
		answer_mask();
	else
		return 0;
	return 1;
}
