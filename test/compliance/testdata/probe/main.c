#include "probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *option(const struct op *op, const char *name) {
	size_t n = strlen(name);
	for (int i = 1; i < op->n; i++)
		if (!strncmp(op->word[i], name, n) && op->word[i][n] == '=')
			return op->word[i] + n + 1;
	return NULL;
}

int flag(const struct op *op, const char *name) {
	for (int i = 1; i < op->n; i++)
		if (!strcmp(op->word[i], name))
			return 1;
	return 0;
}

const char *word(const struct op *op, int i) { return i < op->n ? op->word[i] : ""; }

void answer(const char *format, ...) {
	char line[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	if (n > (int)sizeof line - 2)
		n = sizeof line - 2;
	line[n] = '\n';
	if (write(1, line, n + 1) != n + 1)
		exit(90);
}

void answer_errno(int result) { answer("%s", result < 0 ? errno_name(errno) : "OK"); }

/* Splits line at blanks; "..." is one word. */
static struct op parse(char *line) {
	struct op op = {0};
	for (char *at = line; *at && op.n < MAX_WORDS - 1;) {
		at += strspn(at, " ");
		if (!*at)
			break;
		int quoted = *at == '"';
		op.word[op.n++] = at += quoted;
		if (!(at = strchr(at, quoted ? '"' : ' ')))
			break;
		*at++ = 0;
	}
	return op;
}

static void perform(char *line) {
	struct op op = parse(line);
	if (op.n == 0)
		return;
	if (!socket_op(&op) && !many_op(&op) && !identity_op(&op) && !limit_op(&op) && !process_op(&op) &&
	    !signal_op(&op) && !report_op(&op))
		answer("no such operation: %s", op.word[0]);
}

/* Reads a line byte by byte: what follows it may be for another program. */
static int read_line(char *line, size_t size) {
	for (size_t n = 0; n < size; n++) {
		ssize_t got;
		while ((got = read(0, line + n, 1)) < 0 && errno == EINTR)
			;
		if (got != 1)
			return 0;
		if (line[n] == '\n') {
			line[n] = 0;
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv) {
	char line[4096];
	if (argc != 2 || strcmp(argv[1], "-")) {
		for (int i = 1; i < argc; i++)
			perform(argv[i]);
		return 0;
	}
	answer("OK");
	while (read_line(line, sizeof line))
		perform(line);
	return 0;
}
