// binder reads lines with a port from standard input, binds a new socket to that
// port of 127.0.0.1 for each, and prints a line with the port, the errno of
// bind(2) and the port that the kernel then has the socket bound to. Started by
// root with an argument, it becomes that user first. It ends with its input.
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[32];

	if (argc > 1) {
		gid_t web = 61010;
		int id = atoi(argv[1]);
		if (setgroups(1, &web) || setresgid(id, id, id) || setresuid(id, id, id))
			return 1;
	}
	while (fgets(line, sizeof line, stdin)) {
		struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof addr;
		int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		addr.sin_port = htons(atoi(line));
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one))
			return 2;
		int error = bind(fd, (struct sockaddr *)&addr, sizeof addr) ? errno : 0;
		if (getsockname(fd, (struct sockaddr *)&addr, &len))
			return 3;
		printf("%d %d %d\n", atoi(line), error, ntohs(addr.sin_port));
		fflush(stdout);
		close(fd);
	}
	return 0;
}
