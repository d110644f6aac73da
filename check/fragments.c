/* Ways of a message across a stream, all of which a server must take. */
#include "check/fragments.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LAST  (UINT32_C(1) << 31)
#define PAUSE 50 /* milliseconds in which a server that reads has read what is there */

static int add_fragment(struct buffer *out, const uint8_t *bytes, size_t length, bool last)
{
	const uint32_t mark = htobe32((uint32_t)length | (last ? LAST : 0));
	int r = buffer_append(out, &mark, sizeof(mark));

	return r || !length ? r : buffer_append(out, bytes, length);
}

/* In one write.  The first mark decides. */
static int send_built(struct exchange *exchange, struct buffer *bytes, int r)
{
	if (r == 0)
		r = exchange_write(exchange, bytes->data, bytes->length);
	exchange->sent.at = 0;
	exchange->sent.length = sizeof(uint32_t);
	buffer_release(bytes);
	return r;
}

int send_two_fragments(struct exchange *exchange, const struct buffer *message)
{
	size_t half = message->length / 2 + 1; /* within a number */
	struct buffer bytes = { 0 };
	int r = add_fragment(&bytes, message->data, half, false);

	if (r == 0)
		r = add_fragment(&bytes, message->data + half, message->length - half, true);
	return send_built(exchange, &bytes, r);
}

int send_byte_fragments(struct exchange *exchange, const struct buffer *message)
{
	struct buffer bytes = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < message->length; i++)
		r = add_fragment(&bytes, message->data + i, 1, i + 1 == message->length);
	return send_built(exchange, &bytes, r);
}

/* ---- empty fragments ---- */

static int send_with_empty(struct exchange *exchange, const struct buffer *message, size_t before,
			   bool last)
{
	const uint8_t *rest = message->data + before;
	struct buffer bytes = { 0 };
	int r = before ? add_fragment(&bytes, message->data, before, false) : 0;
	size_t at = bytes.length;

	if (r == 0)
		r = add_fragment(&bytes, NULL, 0, last);
	if (r == 0 && !last)
		r = add_fragment(&bytes, rest, message->length - before, true);
	r = send_built(exchange, &bytes, r);
	exchange->sent.at = at;
	return r;
}

int send_empty_first(struct exchange *exchange, const struct buffer *message)
{
	return send_with_empty(exchange, message, 0, false);
}

int send_empty_within(struct exchange *exchange, const struct buffer *message)
{
	return send_with_empty(exchange, message, message->length / 2, false);
}

int send_empty_last(struct exchange *exchange, const struct buffer *message)
{
	return send_with_empty(exchange, message, message->length, true);
}

int send_empty(struct exchange *exchange, const struct buffer *message)
{
	struct buffer bytes = { 0 };

	(void)message;
	if (check_datagrams(exchange->target))
		return send(exchange->link.out, "", 0, MSG_NOSIGNAL) < 0 ? -errno : 0;
	return send_built(exchange, &bytes, add_fragment(&bytes, NULL, 0, true));
}

/* ---- segments ---- */

int send_byte_segments(struct exchange *exchange, const struct buffer *message)
{
	struct buffer bytes = { 0 };
	int r = message_marked(exchange->target, message, &bytes);

	for (size_t i = 0; r == 0 && i < bytes.length; i++)
		r = exchange_write(exchange, bytes.data + i, 1);
	buffer_release(&bytes);
	return r;
}

/* The rest comes after a pause.  What is there before it decides. */
static int send_halves(struct exchange *exchange, const struct buffer *message, size_t first)
{
	struct buffer bytes = { 0 };
	int r = message_marked(exchange->target, message, &bytes);

	if (r == 0)
		r = exchange_write(exchange, bytes.data, first);
	link_await_read(&exchange->link, exchange->deadline);
	poll(NULL, 0, PAUSE);
	if (r == 0)
		r = exchange_write(exchange, bytes.data + first, bytes.length - first);
	exchange->sent.at = 0;
	exchange->sent.length = first;
	buffer_release(&bytes);
	return r;
}

int send_half_mark(struct exchange *exchange, const struct buffer *message)
{
	return send_halves(exchange, message, sizeof(uint32_t) / 2);
}

int send_half_message(struct exchange *exchange, const struct buffer *message)
{
	return send_halves(exchange, message, sizeof(uint32_t) + message->length / 2);
}
