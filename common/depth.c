/* An XDR stream that decodes from memory: nowhere near the end of the stack. */
#include "common/depth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PARTS 4 /* of the stack, of which one is left */

/* Whatever is within itself has a word that says whether more of it comes. */
static bool_t get_word(XDR *stream, long *word)
{
	struct depth *depth = (struct depth *)(void *)stream->x_public;
	const void *place;

	if (stack_is_used(&depth->stack, PARTS))
		return FALSE;
	xdr_reader_of(stream)->unseen = true;
	place = xdr_take(stream, BYTES_PER_XDR_UNIT);
	if (!place)
		return FALSE;
	*word = (int32_t)xdr_get_word(place);
	return TRUE;
}

static bool_t get_bytes(XDR *stream, char *bytes, u_int length)
{
	const void *place = xdr_take(stream, length);

	xdr_reader_of(stream)->unseen = true;
	if (!place)
		return FALSE;
	memcpy(bytes, place, length);
	return TRUE;
}

static bool_t put_no_word(XDR *stream, const long *word)
{
	(void)stream;
	(void)word;
	return FALSE;
}

static bool_t put_no_bytes(XDR *stream, const char *bytes, u_int length)
{
	(void)stream;
	(void)bytes;
	(void)length;
	return FALSE;
}

static u_int get_position(XDR *stream)
{
	return (u_int)((char *)stream->x_private - stream->x_base);
}

static bool_t set_position(XDR *stream, u_int position)
{
	u_int length = get_position(stream) + stream->x_handy;

	if (position > length)
		return FALSE;
	stream->x_private = stream->x_base + position;
	stream->x_handy = length - position;
	return TRUE;
}

static int32_t *get_inline(XDR *stream, u_int length)
{
	if ((uintptr_t)stream->x_private % sizeof(int32_t))
		return NULL;
	xdr_reader_of(stream)->unseen = true;
	return xdr_take(stream, length);
}

static bool_t refuse_control(XDR *stream, int request, void *value)
{
	(void)stream;
	(void)request;
	(void)value;
	return FALSE;
}

void depth_decode(struct depth *depth, XDR *stream, const void *bytes, size_t length)
{
	static const struct xdr_ops operations = {
		.x_getlong = get_word,
		.x_putlong = put_no_word,
		.x_getbytes = get_bytes,
		.x_putbytes = put_no_bytes,
		.x_getpostn = get_position,
		.x_setpostn = set_position,
		.x_inline = get_inline,
		.x_destroy = xdr_destroy_reader,
		.x_control = refuse_control,
	};

	*depth = (struct depth){ 0 };
	stack_begin(&depth->stack);
	depth->reader.deep = depth->stack.began - STACK_SHALLOW;
	*stream = (XDR){ .x_op = XDR_DECODE,
			 .x_ops = (void *)&operations,
			 .x_public = (char *)depth,
			 .x_private = (void *)bytes,
			 .x_base = (char *)bytes,
			 .x_handy = (u_int)length };
}
