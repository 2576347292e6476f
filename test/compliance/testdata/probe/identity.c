#define _GNU_SOURCE
#include "probe.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int number(const struct op *op, int i) { return atoi(word(op, i)); }

/* setgroups A B C */
static int set_groups(const struct op *op) {
	gid_t groups[MAX_WORDS];
	for (int i = 1; i < op->n; i++)
		groups[i - 1] = number(op, i);
	return setgroups(op->n - 1, groups);
}

/* Makes CAP_NET_BIND_SERVICE the one effective capability, or none. */
static int set_netbind(int on) {
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};
	data[0].permitted = data[0].effective = on ? 1u << CAP_NET_BIND_SERVICE : 0;
	return syscall(SYS_capset, &header, data);
}

int identity_op(const struct op *op) {
	const char *verb = op->word[0];
	if (!strcmp(verb, "setresuid"))
		answer_errno(setresuid(number(op, 1), number(op, 2), number(op, 3)));
	else if (!strcmp(verb, "setresgid"))
		answer_errno(setresgid(number(op, 1), number(op, 2), number(op, 3)));
	else if (!strcmp(verb, "setgroups"))
		answer_errno(set_groups(op));
	else if (!strcmp(verb, "setuid"))
		answer_errno(setuid(number(op, 1)));
	else if (!strcmp(verb, "seteuid"))
		answer_errno(seteuid(number(op, 1)));
	else if (!strcmp(verb, "setreuid"))
		answer_errno(setreuid(number(op, 1), number(op, 2)));
	else if (!strcmp(verb, "keepcaps"))
		answer_errno(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	else if (!strcmp(verb, "netbind"))
		answer_errno(set_netbind(1));
	else if (!strcmp(verb, "nocaps"))
		answer_errno(set_netbind(0));
	else
		return 0;
	return 1;
}
