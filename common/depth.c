/* An XDR stream that decodes from memory: nowhere near the end of the stack. */
#include "common/depth.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the stack for which nobody looks where it ends: any has so many. */
#define SHALLOW ((ptrdiff_t)64 << 10)

/* Where this thread's stack has a quarter left.  It grows downwards. */
static const char *find_end(const struct depth *depth)
{
	const char *end = depth->began - SHALLOW;
	pthread_attr_t attributes;
	size_t size;
	void *lowest;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return end;
	if (pthread_attr_getstack(&attributes, &lowest, &size) == 0)
		end = (const char *)lowest + size / 4;
	pthread_attr_destroy(&attributes);
	return end;
}

static bool is_too_deep(struct depth *depth)
{
	const char *here = __builtin_frame_address(0);

	if (depth->began - here < SHALLOW)
		return false;
	if (!depth->end)
		depth->end = find_end(depth);
	return here < depth->end;
}

/* Whatever is within itself has a word that says whether more of it comes. */
static bool_t get_word(XDR *stream, long *word)
{
	const void *place;

	if (is_too_deep((struct depth *)(void *)stream->x_public))
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
	const char *here = __builtin_frame_address(0);
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

	*depth = (struct depth){ .reader.deep = here - SHALLOW, .began = here };
	*stream = (XDR){ .x_op = XDR_DECODE,
			 .x_ops = (void *)&operations,
			 .x_public = (char *)depth,
			 .x_private = (void *)bytes,
			 .x_base = (char *)bytes,
			 .x_handy = (u_int)length };
}
