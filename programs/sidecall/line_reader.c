/* Lines of a descriptor, read without waiting for them. */
#include "programs/sidecall/line_reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 << 10) /* bytes */

/* 1 when something came, or the end; 0 when nothing does now; or -errno. */
static int read_more(struct lines *lines, bool wait)
{
	struct pollfd waiting = { .fd = lines->fd, .events = POLLIN };
	struct buffer *buffer = &lines->buffer;
	ssize_t n;

	if (poll(&waiting, 1, wait ? -1 : 0) <= 0)
		return 0;
	buffer_consume(buffer, lines->start);
	lines->start = 0;
	if (buffer->length > LINES_MAX)
		return -EMSGSIZE;
	if (buffer_reserve(buffer, READ_SIZE + 1) < 0) /* and a zero byte behind the last line */
		return -ENOMEM;
	do
		n = read(lines->fd, buffer->data + buffer->length, READ_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	buffer->length += (size_t)n;
	lines->ended = n == 0;
	return 1;
}

/* The end of the line that begins at the start; NULL when it is not there yet. */
static uint8_t *find_end(const struct lines *lines)
{
	uint8_t *bytes = buffer_at(&lines->buffer, lines->start);
	size_t left = lines->buffer.length - lines->start;
	uint8_t *end = left ? memchr(bytes, '\n', left) : NULL;

	return !end && lines->ended && left ? bytes + left : end;
}

int lines_next(struct lines *lines, bool wait, char **line)
{
	uint8_t *end, *bytes;
	int r;

	while (!(end = find_end(lines))) {
		if (lines->ended)
			return 0;
		r = read_more(lines, wait);
		if (r < 0 || (r == 0 && !wait))
			return r;
	}
	bytes = lines->buffer.data + lines->start;
	*end = '\0';
	lines->start = (size_t)(end - lines->buffer.data) + 1;
	if (lines->start > lines->buffer.length)
		lines->start = lines->buffer.length;
	*line = (char *)bytes;
	if (strlen(*line) != (size_t)(end - bytes))
		return -EBADMSG;
	if (end > bytes && end[-1] == '\r') /* a line from Windows, or from a network protocol */
		end[-1] = '\0';
	return 1;
}

void lines_release(struct lines *lines)
{
	buffer_release(&lines->buffer);
}
