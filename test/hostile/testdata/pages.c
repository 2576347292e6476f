#define _GNU_SOURCE
/* pages: binds with a sockaddr that cannot be read, or whose length is none. Says
 * which errno each has. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct sockaddr_in want = { .sin_family = AF_INET, .sin_port = 0x5000, .sin_addr.s_addr = 0x0100007f };

static void try(const char *name, const void *addr, long length)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long result = syscall(SYS_bind, fd, addr, length);

	printf("%s: %s\n", name, result ? strerrorname_np(errno) : "bound");
	close(fd);
}

/* page is a page with the sockaddr at its end, or tail bytes of it. */
static char *page(int tail)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(p + 4096 - tail, &want, tail);
	munmap(p + 4096, 4096);
	return p + 4096 - tail;
}

int main(void)
{
	char *p;

	try("null", NULL, 16);
	try("unmapped", (void *)4096, 16);
	try("kernel's", (void *)0xffffffff81000000, 16);
	try("not canonical", (void *)0x8000000000000000, 16);
	try("the last byte", (void *)-1, 16);
	try("partly mapped", page(8), 16);
	try("mapped to the last byte", page(16), 16);
	try("long, beyond the page", page(16), 128);
	p = page(16);
	mprotect((void *)((long)p & ~4095), 4096, PROT_NONE);
	try("PROT_NONE", p, 16);
	p = page(16);
	mprotect((void *)((long)p & ~4095), 4096, PROT_READ);
	try("read only", p, 16);
	for (int i = 0; i < 6; i++) {
		static const long lengths[] = { -1, 0x80000000, 0x7fffffff, 0x100000010, 129, -0x7fffffffffffffff };
		char name[32];
		sprintf(name, "length %ld", lengths[i]);
		try(name, &want, lengths[i]);
	}
	return 0;
}
