/* server.c for i386 without a C library: it can be built where there is none
 * for i386. With -DSOCKETCALL it binds as programs did before Linux 4.3, through
 * socketcall(2). */

enum { EXIT = 1, READ = 3, WRITE = 4, CLOSE = 6, SOCKETCALL_ = 102, SOCKET = 359, BIND = 361, LISTEN = 363, ACCEPT4 = 364, SETSOCKOPT = 366 };

static int call(int number, int a, int b, int c, int d, int e)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return result;
}

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
static const char refused[] = "bind: Permission denied\n";

/* any is a struct sockaddr_in6 of [::]:80. */
static const unsigned char any[28] = { 10, 0, 0, 80 };

static int bind_any(int fd)
{
#ifdef SOCKETCALL
	int args[] = { fd, (int)any, sizeof any };
	return call(SOCKETCALL_, 2, (int)args, 0, 0, 0);
#else
	return call(BIND, fd, (int)any, sizeof any, 0, 0);
#endif
}

/* serve reads a request, which comes in one piece, and answers it. */
static void serve(int conn)
{
	char request[4096];

	if (call(READ, conn, (int)request, sizeof request, 0, 0) > 0)
		call(WRITE, conn, (int)page, sizeof page - 1, 0, 0);
}

void _start(void)
{
	int on = 1, off = 0, listener = call(SOCKET, 10, 1, 0, 0, 0);

	call(SETSOCKOPT, listener, 1, 2, (int)&on, sizeof on);    /* SO_REUSEADDR */
	call(SETSOCKOPT, listener, 41, 26, (int)&off, sizeof off); /* IPV6_V6ONLY */
	if (bind_any(listener) || call(LISTEN, listener, 16, 0, 0, 0)) {
		call(WRITE, 2, (int)refused, sizeof refused - 1, 0, 0);
		call(EXIT, 1, 0, 0, 0, 0);
	}
	for (;;) {
		int conn = call(ACCEPT4, listener, 0, 0, 0, 0);
		if (conn < 0)
			continue;
		serve(conn);
		call(CLOSE, conn, 0, 0, 0, 0);
	}
}
