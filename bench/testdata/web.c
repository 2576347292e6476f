/* web: the server that requests are sent to. One thread answers every request on
 * 127.0.0.1 with the same few bytes, and closes the connection if it is asked to.
 *
 *   web PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEPT "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nserved\n"
#define CLOSED "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\nserved\n"

/* What came of a request so far, by the connection's descriptor. */
static struct {
	size_t size;
	char text[4096];
} requests[1024];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on))
		die("socket");
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 512))
		die("listen");
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
}

static void accept_all(int epoll, int listener)
{
	int fd, on = 1;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		if ((size_t)fd >= sizeof requests / sizeof *requests) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		requests[fd].size = 0;
		watch(epoll, fd);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		die("accept");
}

/* Answers a request that is there as a whole. Returns whether the connection is
 * to stay open. */
static int answer(int fd)
{
	requests[fd].text[requests[fd].size] = 0;
	if (!strstr(requests[fd].text, "\r\n\r\n"))
		return requests[fd].size < sizeof requests->text - 1;
	int last = strcasestr(requests[fd].text, "connection: close") != NULL;
	const char *text = last ? CLOSED : KEPT;
	size_t size = last ? sizeof CLOSED - 1 : sizeof KEPT - 1;
	requests[fd].size = 0;
	return write(fd, text, size) == (ssize_t)size && !last;
}

static void serve(int fd)
{
	ssize_t n = read(fd, requests[fd].text + requests[fd].size, sizeof requests->text - 1 - requests[fd].size);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		requests[fd].size += n;
	if (n <= 0 || !answer(fd))
		close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: web PORT\n");
		return 2;
	}
	int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
	if (epoll < 0)
		die("epoll_create1");
	watch(epoll, listener);
	for (;;) {
		struct epoll_event events[64];
		int n = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(events[i].data.fd);
		}
	}
}
