#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const struct {
	const char *name;
	int domain, type, protocol;
} kinds[] = {
	{"tcp4", AF_INET, SOCK_STREAM, 0},
	{"tcp6", AF_INET6, SOCK_STREAM, 0},
	{"udp4", AF_INET, SOCK_DGRAM, 0},
	{"udp6", AF_INET6, SOCK_DGRAM, 0},
	{"mptcp4", AF_INET, SOCK_STREAM, IPPROTO_MPTCP},
	{"mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP},
	{"ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
	{"ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
	{"raw4", AF_INET, SOCK_RAW, IPPROTO_UDP},
	{"unix", AF_UNIX, SOCK_STREAM, 0},
	{"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
};

int open_socket(const char *kind) {
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, kind))
			return socket(kinds[i].domain, kinds[i].type, kinds[i].protocol);
	errno = EDOM; /* an errno that no socket gives */
	return -1;
}

static socklen_t parse_unix(const char *text, struct sockaddr_storage *to) {
	struct sockaddr_un *un = (struct sockaddr_un *)to;
	size_t n = strlen(text);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, text, n);
	if (text[0] != '@')
		return sizeof *un;
	un->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + n;
}

/* [HOST%SCOPE]:PORT, with a numeric scope. */
static socklen_t parse_inet6(char *text, struct sockaddr_in6 *to) {
	char *end = strstr(text, "]:");
	if (!end)
		return 0;
	*end = 0;
	to->sin6_family = AF_INET6;
	to->sin6_port = htons(atoi(end + 2));
	char *scope = strchr(text, '%');
	if (scope) {
		*scope = 0;
		to->sin6_scope_id = atoi(scope + 1);
	}
	return inet_pton(AF_INET6, text + 1, &to->sin6_addr) == 1 ? sizeof *to : 0;
}

/* HOST:PORT. */
static socklen_t parse_inet(char *text, struct sockaddr_in *to) {
	char *end = strchr(text, ':');
	if (!end)
		return 0;
	*end = 0;
	to->sin_family = AF_INET;
	to->sin_port = htons(atoi(end + 1));
	return inet_pton(AF_INET, text, &to->sin_addr) == 1 ? sizeof *to : 0;
}

socklen_t parse_address(const char *text, struct sockaddr_storage *to) {
	char copy[sizeof(struct sockaddr_un)] = "";
	memset(to, 0, sizeof *to);
	strncpy(copy, text, 100);
	if (!strcmp(text, "netlink")) {
		to->ss_family = AF_NETLINK;
		return sizeof(struct sockaddr_nl);
	}
	if (text[0] == '@' || text[0] == '/')
		return parse_unix(copy, to);
	if (text[0] == '[')
		return parse_inet6(copy, (struct sockaddr_in6 *)to);
	return parse_inet(copy, (struct sockaddr_in *)to);
}
