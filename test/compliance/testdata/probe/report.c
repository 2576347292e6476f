#define _GNU_SOURCE
#include "probe.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void answer_ids(void) {
	uid_t r, e, s;
	gid_t rg, eg, sg;
	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	answer("%u %u %u %u %u %u", r, e, s, rg, eg, sg);
}

/* The open descriptors above standard error. */
static void answer_fds(void) {
	char list[256] = "none";
	size_t n = 0;
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			n += snprintf(list + n, sizeof list - n, n ? " %d" : "%d", fd);
	answer("%s", list);
}

static void answer_cwd(void) {
	char cwd[PATH_MAX];
	answer("%s", getcwd(cwd, sizeof cwd) ? cwd : "none");
}

static void answer_umask(void) {
	mode_t old = umask(0);
	umask(old);
	answer("%03o", old);
}

int report_op(const struct op *op) {
	const char *verb = op->word[0];
	const char *value = getenv(word(op, 1));
	if (!strcmp(verb, "pid"))
		answer("%d", getpid());
	else if (!strcmp(verb, "ppid"))
		answer("%d", getppid());
	else if (!strcmp(verb, "pgrp"))
		answer("%d", getpgrp());
	else if (!strcmp(verb, "sid"))
		answer("%d", getsid(0));
	else if (!strcmp(verb, "ids"))
		answer_ids();
	else if (!strcmp(verb, "fds"))
		answer_fds();
	else if (!strcmp(verb, "cwd"))
		answer_cwd();
	else if (!strcmp(verb, "umask"))
		answer_umask();
	else if (!strcmp(verb, "getenv"))
		answer("%s", value ? value : "unset");
	else
		return 0;
	return 1;
}
