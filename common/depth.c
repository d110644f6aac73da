/* How deep decoding may go: nowhere near the end of the stack. */
#include "common/depth.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

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
	struct depth *depth = (struct depth *)(void *)stream->x_public;

	return !is_too_deep(depth) && depth->below->x_getlong(stream, word);
}

void depth_limit(struct depth *depth, XDR *stream)
{
	*depth = (struct depth){ .operations = *stream->x_ops,
				 .below = stream->x_ops,
				 .began = __builtin_frame_address(0) };
	depth->operations.x_getlong = get_word;
	stream->x_ops = (void *)&depth->operations;
	stream->x_public = (char *)depth;
}
