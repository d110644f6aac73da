/* An XDR stream that encodes into a buffer, which grows. */
#include "common/xdr_growing.h"

#include <arpa/inet.h>
#include <string.h>

static struct xdr_growing *growing_of(XDR *stream)
{
	return (struct xdr_growing *)stream; /* its first member */
}

/* Room for so many bytes more, which then count; NULL: there is none. */
static uint8_t *take_room(XDR *stream, size_t length)
{
	struct xdr_growing *growing = growing_of(stream);
	struct buffer *buffer = growing->buffer;
	uint8_t *room;

	if (length > growing->end - buffer->length)
		return NULL;
	if (length > buffer->capacity - buffer->length && buffer_reserve(buffer, length) < 0) {
		growing->out_of_memory = TRUE;
		return NULL;
	}
	room = buffer->data + buffer->length;
	buffer->length += length;
	return room;
}

static bool_t put_long(XDR *stream, const long *value)
{
	uint32_t word = htonl((uint32_t)*value);
	uint8_t *room = take_room(stream, sizeof(word));

	if (room)
		memcpy(room, &word, sizeof(word));
	return room != NULL;
}

static bool_t put_bytes(XDR *stream, const char *bytes, u_int length)
{
	uint8_t *room = take_room(stream, length);

	if (room && length)
		memcpy(room, bytes, length);
	return room != NULL;
}

static bool_t get_no_long(XDR *stream, long *value)
{
	(void)stream;
	(void)value;
	return FALSE;
}

static bool_t get_no_bytes(XDR *stream, char *bytes, u_int length)
{
	(void)stream;
	(void)bytes;
	(void)length;
	return FALSE;
}

static u_int get_position(XDR *stream)
{
	struct xdr_growing *growing = growing_of(stream);

	return (u_int)(growing->buffer->length - growing->start);
}

/* Back to what was written before, or forward to what was there already. */
static bool_t set_position(XDR *stream, u_int position)
{
	struct xdr_growing *growing = growing_of(stream);

	if (position > growing->end - growing->start ||
	    position > growing->buffer->capacity - growing->start)
		return FALSE;
	growing->buffer->length = growing->start + position;
	return TRUE;
}

/* Filters write there before they ask for more. */
static int32_t *give_room(XDR *stream, u_int length)
{
	return (int32_t *)(void *)take_room(stream, length);
}

static void destroy(XDR *stream)
{
	(void)stream;
}

static bool_t refuse_control(XDR *stream, int request, void *value)
{
	(void)stream;
	(void)request;
	(void)value;
	return FALSE;
}

void xdr_growing_init(struct xdr_growing *growing, struct buffer *buffer, size_t limit)
{
	static const struct xdr_ops operations = { get_no_long, put_long,     get_no_bytes,
						   put_bytes,   get_position, set_position,
						   give_room,   destroy,      refuse_control };

	*growing = (struct xdr_growing){
		.stream = { .x_op = XDR_ENCODE, .x_ops = (struct xdr_ops *)&operations },
		.buffer = buffer,
		.start = buffer->length,
		.end = limit < SIZE_MAX - buffer->length ? buffer->length + limit : SIZE_MAX,
	};
}
