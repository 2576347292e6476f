/* A web server of one page on [::]:80, which takes both families. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

/* serve reads a request up to its empty line, and answers it. */
static void serve(int conn)
{
	char request[4096];
	size_t have = 0;

	for (;;) {
		ssize_t n = read(conn, request + have, sizeof request - 1 - have);
		if (n <= 0)
			return;
		have += n;
		request[have] = 0;
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	send(conn, page, sizeof page - 1, MSG_NOSIGNAL);
}

int main(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	int listener = socket(AF_INET6, SOCK_STREAM, 0), on = 1, off = 0;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 16)) {
		perror("bind");
		return 1;
	}
	for (;;) {
		int conn = accept(listener, NULL, NULL);
		if (conn < 0)
			continue;
		serve(conn);
		close(conn);
	}
}
