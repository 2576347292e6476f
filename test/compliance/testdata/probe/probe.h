/* probe: does what the lines of a case tell it, and answers each with a line.
 *
 *   probe -        read operations from standard input, one a line; the first
 *                  answer, OK, says that the probe is there
 *   probe OP...    each argument is an operation
 *
 * An operation answers OK, the name of an errno, or a value. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>
#include <sys/socket.h>

enum { MAX_WORDS = 32 };

/* An operation: its words, the verb first. */
struct op {
	int n;
	char *word[MAX_WORDS];
};

/* The word of op that follows "name=", or NULL. */
const char *option(const struct op *op, const char *name);
/* Whether op has the bare word name. */
int flag(const struct op *op, const char *name);
/* The i-th word, or "" when there are not so many. */
const char *word(const struct op *op, int i);

/* Answers with a line; answer_errno with OK when result is not negative, else
 * with the name of errno. */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));
void answer_errno(int result);
const char *errno_name(int number);

/* A socket of the named kind ("tcp4", "udp6", ...), or -1 and errno. */
int open_socket(const char *kind);
/* Puts the address text into *to, and returns the length that a program would
 * pass; 0 when the text is no address. */
socklen_t parse_address(const char *text, struct sockaddr_storage *to);

/* Each runs the operation and returns 1 when it has its verb. */
int socket_op(const struct op *op);
int many_op(const struct op *op);
int identity_op(const struct op *op);
int limit_op(const struct op *op);
int process_op(const struct op *op);
int signal_op(const struct op *op);
int report_op(const struct op *op);

#endif
