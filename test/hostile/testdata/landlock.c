/* landlock: forbids itself every bind of TCP by Landlock, binds 127.0.0.1:8080 and
 * 127.0.0.1:80, and says what came of each. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *try(int port)
{
	struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return bind(fd, (struct sockaddr *)&want, sizeof want) ? strerror(errno) : "bound";
}

int main(void)
{
	struct { uint64_t files, net; } handled = { 0, 1 /* LANDLOCK_ACCESS_NET_BIND_TCP */ };
	int fd = syscall(444, &handled, sizeof handled, 0);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (fd < 0 || syscall(446, fd, 0)) {
		printf("no Landlock: %s\n", strerror(errno));
		return 0;
	}
	printf("8080 %s\n", try(8080));
	printf("80 %s\n", try(80));
	return 0;
}
