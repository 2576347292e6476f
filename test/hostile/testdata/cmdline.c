/* cmdline.c SIZE: gives itself a command line of so many bytes, as /proc shows it, and
 * waits for the end of its input. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long size = strtoul(argv[argc - 1], NULL, 0), v[60] = {0};
	char stat[4096], *save;
	FILE *f = fopen("/proc/self/stat", "r");
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!f || p == MAP_FAILED) return 1;
	stat[fread(stat, 1, sizeof stat - 1, f)] = 0;
	int field = 3; /* of proc(5), after the name in parentheses */
	for (char *t = strtok_r(strrchr(stat, ')') + 2, " ", &save); t && field < 60; t = strtok_r(NULL, " ", &save))
		v[field++] = strtoul(t, NULL, 10);
	struct prctl_mm_map map = {
		.start_code = v[26], .end_code = v[27], .start_stack = v[28], .start_data = v[45], .end_data = v[46],
		.start_brk = v[47], .brk = (unsigned long)sbrk(0), .env_start = v[50], .env_end = v[51],
		.arg_start = (unsigned long)p, .arg_end = (unsigned long)p + size, .exe_fd = -1,
	};
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0)) {
		printf("not to be had: %s\n", strerror(errno));
		return 0;
	}
	printf("ready\n");
	fflush(stdout);
	return read(0, stat, 1) < 0;
}
