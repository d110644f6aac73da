/* Where a message ends on a stream of bytes: four bytes in front of each say how long it is. */
#include "stream.h"

#include <endian.h>
#include <string.h>
#include <unistd.h>

ssize_t stream_read(struct stream *stream, int fd)
{
	ssize_t n;

	/* There is room for a whole message behind the beginning. */
	stream->end -= stream->begin;
	memmove(stream->bytes, stream->bytes + stream->begin, stream->end);
	stream->begin = 0;
	n = read(fd, stream->bytes + stream->end, sizeof(stream->bytes) - stream->end);
	stream->end += n > 0 ? (size_t)n : 0;
	return n;
}

static uint32_t length_at(const uint8_t *bytes)
{
	uint32_t length;

	memcpy(&length, bytes, sizeof(length));
	return be32toh(length);
}

int stream_answer(struct stream *stream, uint8_t reply[STREAM_LENGTH + RAW_MOST_REPLY])
{
	const uint8_t *first = stream->bytes + stream->begin;
	size_t there = stream->end - stream->begin, answered;
	uint32_t length, mark;

	if (there < STREAM_LENGTH)
		return 0;
	length = length_at(first);
	if (length < RAW_HEADER || length > RAW_MOST) /* before anything is done with it */
		return -1;
	if (there < STREAM_LENGTH + length)
		return 0;
	stream->begin += STREAM_LENGTH + length;
	answered = raw_answer(first + STREAM_LENGTH, length, reply + STREAM_LENGTH);
	mark = htobe32((uint32_t)answered);
	memcpy(reply, &mark, sizeof(mark));
	return answered ? STREAM_LENGTH + (int)answered : -1;
}

int write_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0)
			return -1;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

void serve_one(int source, int sink)
{
	uint8_t reply[STREAM_LENGTH + RAW_MOST_REPLY];
	struct stream stream = { .end = 0 };
	int length = 0;

	while (length >= 0 && stream_read(&stream, source) > 0)
		while ((length = stream_answer(&stream, reply)) > 0)
			if (write_all(sink, reply, (size_t)length) < 0)
				return;
}
