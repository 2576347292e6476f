#define _GNU_SOURCE
#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int set_limit(int resource, const char *value) {
	struct rlimit limit = {atoi(value), atoi(value)};
	return setrlimit(resource, &limit);
}

int limit_op(const struct op *op) {
	const char *verb = op->word[0];
	if (!strcmp(verb, "nproc"))
		answer_errno(set_limit(RLIMIT_NPROC, word(op, 1)));
	else if (!strcmp(verb, "nofile"))
		answer_errno(set_limit(RLIMIT_NOFILE, word(op, 1)));
	else if (!strcmp(verb, "nonewprivs"))
		answer_errno(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	else if (!strcmp(verb, "undumpable"))
		answer_errno(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	else if (!strcmp(verb, "dropbound"))
		answer_errno(prctl(PR_CAPBSET_DROP, 10, 0, 0, 0));
	else if (!strcmp(verb, "chroot"))
		answer_errno(chroot(word(op, 1)));
	else if (!strcmp(verb, "chdir"))
		answer_errno(chdir(word(op, 1)));
	else if (!strcmp(verb, "newnet"))
		answer_errno(unshare(CLONE_NEWNET));
	else if (!strcmp(verb, "newuser"))
		answer_errno(unshare(CLONE_NEWUSER));
	else
		return 0;
	return 1;
}
