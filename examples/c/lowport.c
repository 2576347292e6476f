/* lowport ADDRESS PORT [HELPER]: has a TCP socket bound by gobind-helper, as
 * docs/protocol.md says, and answers one connection on it.
 * cc -Wall -o lowport lowport.c */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) { perror(what); exit(1); }

/* start executes the helper with one end of a pair on descriptor 0, and returns the other. */
static int start(const char *path)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) fail("socketpair");
	pid_t pid = fork();
	if (pid < 0) fail("fork");
	if (pid == 0) {
		dup2(pair[1], 0); /* which is not close-on-exec */
		execl(path, "gobind-helper", (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	return pair[0];
}

/* ask sends the request and the socket. Numbers are in network byte order. */
static void ask(int channel, int sock, struct in_addr addr, uint16_t port)
{
	unsigned char frame[64] = {'G', 'B', 'N', 'D', 1, 2, 0, 64};
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } rights = {0};
	struct iovec iov = {frame, sizeof frame};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = rights.buf, .msg_controllen = sizeof rights.buf};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	frame[11] = 7; /* the id of this request, four bytes */
	frame[13] = 4; /* IPv4 */
	frame[14] = port >> 8, frame[15] = port & 255;
	memcpy(frame + 20, &addr, 4);
	cmsg->cmsg_level = SOL_SOCKET, cmsg->cmsg_type = SCM_RIGHTS, cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &sock, sizeof sock);
	if (sendmsg(channel, &msg, MSG_NOSIGNAL) != sizeof frame) fail("sendmsg");
}

int main(int argc, char **argv)
{
	unsigned char in[513];
	struct in_addr addr;
	if (argc < 3 || inet_pton(AF_INET, argv[1], &addr) != 1) return fprintf(stderr, "lowport ADDRESS PORT [HELPER]\n"), 64;
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	int channel = start(argc > 3 ? argv[3] : "/usr/local/libexec/gobind/gobind-helper");
	ssize_t n = recv(channel, in, sizeof in, 0); /* the hello: status 1 is ready */
	if (n != 16 || memcmp(in, "GBND\1\1", 6) || in[8] != 1) return fprintf(stderr, "no helper (status %d)\n", n == 16 ? in[8] : -1), 1;
	ask(channel, sock, addr, (uint16_t)atoi(argv[2]));
	n = recv(channel, in, sizeof in - 1, 0); /* the reply; its source is not terminated */
	if (n < 24 || memcmp(in, "GBND\1\3", 6) || in[11] != 7) return fprintf(stderr, "no reply\n"), 1;
	in[n] = 0;
	if (in[12] != 1 || in[14] || in[15]) /* verdict, and errno of two bytes */
		return fprintf(stderr, "verdict %d, reason %d, %s, source %s\n", in[12], in[13], strerror(in[14] << 8 | in[15]), in + 24), 1;
	close(channel), wait(NULL); /* the helper ends, and the socket stays bound */
	if (listen(sock, SOMAXCONN) < 0) fail("listen");
	int conn = accept(sock, NULL, NULL);
	return conn < 0 || dprintf(conn, "hello from C\n") < 0;
}
