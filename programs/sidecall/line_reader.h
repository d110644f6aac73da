/* Lines of a descriptor, read without waiting for them. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_LINE_READER_H
#define SIDECALL_PROGRAMS_SIDECALL_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

#define LINES_MAX ((size_t)1 << 20) /* bytes in a line */

struct lines {
	int fd; /* the caller's */
	struct buffer buffer;
	size_t start; /* of what has not been taken */
	bool ended;
};

/*
 * The next line, without its end (a newline, or a carriage return and one), as a string that lives
 * until the next call; the last one needs no end.  With `wait`, waits for it.  1 and the line; 0
 * when there is none now, or (`ended`) none any more; -EMSGSIZE for a longer one than may be,
 * -EBADMSG for one with a zero byte, or another -errno.
 */
int lines_next(struct lines *lines, bool wait, char **line);
void lines_release(struct lines *lines);

#endif
