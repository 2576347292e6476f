/* chain: executes a program as another user, whose binds of port 80 go the way that gobind's
 * go, and nobody judges anything: the program waits in bind(2), a second process of its user
 * copies address and socket, a third one, of root's, binds that and answers. It is what any
 * such tool costs at least: the switches between three processes, and twelve system calls.
 *
 *   chain UID PROGRAM ARGUMENT...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Sends the bytes, and the descriptor unless it is negative. */
static void pass(int channel, void *bytes, size_t length, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof fd)];
	} control = {.header = {CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec text = {bytes, length};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	}
	if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0)
		die("sendmsg");
}

/* Receives bytes and a descriptor, -1 without; returns 0 at the end. */
static ssize_t take(int channel, void *bytes, size_t length, int *fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof *fd)];
	} control;
	struct iovec text = {bytes, length};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	*fd = -1;
	if (n > 0 && message.msg_controllen >= CMSG_LEN(sizeof *fd))
		memcpy(fd, CMSG_DATA(&control.header), sizeof *fd);
	return n;
}

/* The third process: binds what it gets. */
static void helper(int channel)
{
	struct sockaddr_in address;
	int fd;
	while (take(channel, &address, sizeof address, &fd) > 0) {
		int failed = bind(fd, (struct sockaddr *)&address, sizeof address) ? errno : 0;
		close(fd);
		pass(channel, &failed, sizeof failed, -1);
	}
}

/* Answers one notification. */
static void answer(int listener, int channel)
{
	static int pidfd = -1, pid;
	struct seccomp_notif asked = {0};
	struct seccomp_notif_resp reply = {0};
	struct sockaddr_in address = {0};
	int failed, fd;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return; /* it is gone */
	struct iovec ours = {&address, sizeof address}, theirs = {(void *)asked.data.args[1], sizeof address};
	reply.id = asked.id;
	if (process_vm_readv(asked.pid, &ours, 1, &theirs, 1, 0) != sizeof address || ntohs(address.sin_port) != 80) {
		reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else {
		if (pid != (int)asked.pid) {
			pid = asked.pid;
			pidfd = syscall(SYS_pidfd_open, pid, 0);
		}
		if ((fd = syscall(SYS_pidfd_getfd, pidfd, (int)asked.data.args[0], 0)) < 0)
			die("pidfd_getfd");
		pass(channel, &address, sizeof address, fd);
		close(fd);
		if (take(channel, &failed, sizeof failed, &fd) != sizeof failed)
			die("the helper's answer");
		reply.error = -failed;
	}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* The second process: answers notifications until no task is covered. */
static void supervisor(int listener, int channel)
{
	struct pollfd ready = {listener, POLLIN, 0};
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1L); /* wake up synchronously, where it can */
	while (poll(&ready, 1, -1) == 1 && ready.revents & POLLIN)
		answer(listener, channel);
}

/* Loads a filter of bind(2), and returns its listener. */
static int load(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bind, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("prctl");
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

int main(int argc, char **argv)
{
	int asks[2], loads[2], listener;
	char byte = 0;
	if (argc < 3)
		return 2;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, asks) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, loads))
		die("socketpair");
	if (fork() == 0) {
		close(asks[0]);
		helper(asks[1]);
		return 0;
	}
	close(asks[1]);
	uid_t uid = strtoul(argv[1], NULL, 10);
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die("another user");
	if (fork() == 0) {
		close(loads[0]);
		if (take(loads[1], &byte, 1, &listener) == 1)
			supervisor(listener, asks[0]);
		return 0;
	}
	if ((listener = load()) < 0)
		die("seccomp");
	pass(loads[0], &byte, 1, listener);
	close(listener);
	execv(argv[2], argv + 2);
	die("execv");
}
