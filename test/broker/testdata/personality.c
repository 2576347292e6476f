/* personality.c SOCKET PROGRAM...: connects by io_uring, in this process, with the
 * credentials of a child in a user namespace, where that has shed its groups, and
 * executes the program with the connection as descriptor 3. The child prints its pid
 * and waits for a line on standard input: somebody is to give it a mapping. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok) return;
	printf("%s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, 8, &p), ids[2], personality;
	must(argc > 2 && ring >= 0 && pipe(ids) == 0, "no io_uring");
	pid_t child = fork();
	if (child == 0) {
		char line[16];
		must(unshare(CLONE_NEWUSER) == 0, "no user namespace");
		printf("%d\n", getpid());
		fflush(stdout);
		must(read(0, line, sizeof line) > 0, "read");
		must(setgroups(0, NULL) == 0, "setgroups");
		personality = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
		must(personality > 0, "personality");
		must(write(ids[1], &personality, sizeof personality) > 0, "write");
		pause();
	}
	close(ids[1]);
	must(read(ids[0], &personality, sizeof personality) == sizeof personality, "no personality");
	size_t size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t cqes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *sq = mmap(NULL, size > cqes ? size : cqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	must(sq != MAP_FAILED && sqe != MAP_FAILED, "mmap");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	strncpy(a.sun_path, argv[1], sizeof a.sun_path - 1);
	int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = IORING_OP_CONNECT;
	sqe->fd = s;
	sqe->addr = (unsigned long)&a;
	sqe->off = sizeof a;
	sqe->personality = personality;
	((unsigned *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1, "enter");
	struct io_uring_cqe *cqe = (void *)(sq + p.cq_off.cqes);
	errno = -cqe->res;
	must(cqe->res == 0, "connect");
	dup2(s, 3);
	execvp(argv[2], argv + 2);
	return 1;
}
