/* stall [FILE]: binds descriptor 50 to 127.0.0.1:80, with a sockaddr in a page that
 * comes late, and says what came of it. The page is that of a file, whose file system
 * has it; or of a userfaultfd, and nobody has it until its keeper, another process,
 * reads a byte. The keeper says when it is asked for the page. */

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

enum { SLOT = 50, SIZE = 4096 };
static char content[SIZE];

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void keep(int uffd, char *page)
{
	struct uffdio_copy copy = { .dst = (long)page, .src = (long)content, .len = SIZE };
	struct pollfd fd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;
	char c;

	must(poll(&fd, 1, -1) == 1 && read(uffd, &msg, sizeof msg) == sizeof msg, "poll");
	printf("stalled\n");
	fflush(stdout);
	must(read(0, &c, 1) >= 0, "read");
	ioctl(uffd, UFFDIO_COPY, &copy);
	exit(0);
}

/* missing is a page whose keeper is a child of this process. */
static char *missing(void)
{
	int device = open("/dev/userfaultfd", O_RDWR), uffd = ioctl(device, USERFAULTFD_IOC_NEW, 0);
	char *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .range = { (long)page, SIZE }, .mode = UFFDIO_REGISTER_MODE_MISSING };

	must(uffd >= 0 && !ioctl(uffd, UFFDIO_API, &api) && !ioctl(uffd, UFFDIO_REGISTER, &reg), "userfaultfd");
	if (fork() == 0)
		keep(uffd, page);
	return page;
}

static char *mapped(const char *file)
{
	int fd = open(file, O_RDONLY);
	char *page = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	must(fd >= 0 && page != MAP_FAILED, file);
	close(fd);
	return page;
}

int main(int argc, char **argv)
{
	struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd;
	char *page;

	memcpy(content, &want, sizeof want);
	page = argc > 1 ? mapped(argv[1]) : missing();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	dup2(fd, SLOT);
	close(fd);
	printf("%s\n", bind(SLOT, (void *)page, sizeof want) ? strerror(errno) : "bound");
	return 0;
}
