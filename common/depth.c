/* An XDR stream that decodes from memory: nowhere near the end of the stack. */
#include "common/depth.h"

#include <arpa/inet.h>
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
	uint32_t bytes;

	if (stream->x_handy < sizeof(bytes) ||
	    is_too_deep((struct depth *)(void *)stream->x_public))
		return FALSE;
	memcpy(&bytes, stream->x_private, sizeof(bytes));
	*word = (int32_t)ntohl(bytes);
	stream->x_private = (char *)stream->x_private + sizeof(bytes);
	stream->x_handy -= (u_int)sizeof(bytes);
	return TRUE;
}

static bool_t get_bytes(XDR *stream, char *bytes, u_int length)
{
	if (stream->x_handy < length)
		return FALSE;
	memcpy(bytes, stream->x_private, length);
	stream->x_private = (char *)stream->x_private + length;
	stream->x_handy -= length;
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
	int32_t *place = stream->x_private;

	if (stream->x_handy < length || (uintptr_t)place % sizeof(*place))
		return NULL;
	stream->x_private = (char *)place + length;
	stream->x_handy -= length;
	return place;
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
		.x_destroy = destroy,
		.x_control = refuse_control,
	};

	*depth = (struct depth){ .began = __builtin_frame_address(0) };
	*stream = (XDR){ .x_op = XDR_DECODE,
			 .x_ops = (void *)&operations,
			 .x_public = (char *)depth,
			 .x_private = (void *)bytes,
			 .x_base = (char *)bytes,
			 .x_handy = (u_int)length };
}
