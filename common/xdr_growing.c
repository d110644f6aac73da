/* An XDR stream that encodes into a buffer, which grows. */
#include "common/xdr_growing.h"

#include <limits.h>
#include <string.h>

#include "xdr/stream.h"

#define PARTS 8 /* of the stack, of which one is left */

static struct xdr_growing *growing_of(XDR *stream)
{
	return (struct xdr_growing *)stream; /* its first member */
}

static u_int get_position(XDR *stream)
{
	return (u_int)((char *)stream->x_private - stream->x_base);
}

/* Hands the buffer's free room, if there is any, to the stream, from that position on. */
static void give_place(struct xdr_growing *growing, u_int position)
{
	const struct buffer *buffer = growing->buffer;
	size_t end = buffer->capacity < growing->end ? buffer->capacity : growing->end;
	size_t room = end - growing->start - position;

	if (!buffer->data)
		return;
	growing->stream.x_base = (char *)buffer->data + growing->start;
	growing->stream.x_private = growing->stream.x_base + position;
	growing->stream.x_handy = room < INT_MAX ? (u_int)room : INT_MAX;
}

void xdr_growing_end(struct xdr_growing *growing)
{
	growing->buffer->length = growing->start + get_position(&growing->stream);
}

static bool make_room(struct xdr_growing *growing, u_int length)
{
	struct buffer *buffer = growing->buffer;

	xdr_growing_end(growing);
	if (length > growing->end - buffer->length)
		return false;
	if (buffer_reserve(buffer, length) < 0) {
		growing->out_of_memory = TRUE;
		return false;
	}
	give_place(growing, get_position(&growing->stream));
	return true;
}

/* Room for so many bytes more; NULL: there is none. */
static void *take_room(XDR *stream, u_int length)
{
	if (length > stream->x_handy && !make_room(growing_of(stream), length))
		return NULL;
	return xdr_take(stream, length);
}

/* Whatever is within itself has a word that says whether more of it comes. */
static bool_t put_long(XDR *stream, const long *value)
{
	struct xdr_growing *growing = growing_of(stream);
	void *room;

	if (stack_is_used(&growing->stack, PARTS)) {
		growing->too_deep = TRUE;
		return FALSE;
	}
	room = take_room(stream, BYTES_PER_XDR_UNIT);

	if (room)
		xdr_put_word(room, (uint32_t)*value);
	return room != NULL;
}

static bool_t put_bytes(XDR *stream, const char *bytes, u_int length)
{
	void *room = take_room(stream, length);

	if (room && length)
		memcpy(room, bytes, length);
	return room || length == 0;
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

/* Back to what was written before, or forward: what is between is written later. */
static bool_t set_position(XDR *stream, u_int position)
{
	u_int here = get_position(stream);

	if (position > here && position - here > stream->x_handy &&
	    !make_room(growing_of(stream), position - here))
		return FALSE;
	give_place(growing_of(stream), position);
	return TRUE;
}

/* Filters write there before they ask for more. */
static int32_t *give_room(XDR *stream, u_int length)
{
	return take_room(stream, length);
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
	static const struct xdr_ops operations = {
		get_no_long,  put_long,  get_no_bytes,       put_bytes,     get_position,
		set_position, give_room, xdr_destroy_writer, refuse_control
	};

	*growing = (struct xdr_growing){
		.stream = { .x_op = XDR_ENCODE, .x_ops = (struct xdr_ops *)&operations },
		.buffer = buffer,
		.start = buffer->length,
		.end = limit < SIZE_MAX - buffer->length ? buffer->length + limit : SIZE_MAX,
	};
	stack_begin(&growing->stack);
	growing->writer.deep = growing->stack.began - STACK_SHALLOW;
	growing->stream.x_public = (char *)&growing->writer;
	give_place(growing, 0);
}
