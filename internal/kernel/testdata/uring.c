/* uring PORT [FLAGS]: binds a TCP socket to the port of 127.0.0.1 by io_uring's
 * IORING_OP_BIND (Linux 6.11), in a ring with the flags, and prints "bound" or the number
 * of the error. bind(2) is not called. */
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OP_BIND = 56 }; /* older headers do not have it */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct io_uring_params p = {.flags = argc > 2 ? atoi(argv[2]) : 0};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), ring = syscall(SYS_io_uring_setup, 4, &p);
	if (fd < 0 || ring < 0)
		die("io_uring_setup");
	size_t size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	char *sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		die("mmap");
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = OP_BIND;
	sqe->fd = fd;
	sqe->addr = (unsigned long)&a;
	sqe->off = sizeof a;
	*(unsigned *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	unsigned wake = p.flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0;
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS | wake, NULL, 0) < 0)
		die("io_uring_enter");
	int result = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	struct sockaddr_in got;
	socklen_t length = sizeof got;
	if (!result && (getsockname(fd, (struct sockaddr *)&got, &length) || got.sin_port != a.sin_port))
		die("it said that it was bound");
	if (result)
		printf("%d\n", -result);
	else
		printf("bound\n");
	return 0;
}
