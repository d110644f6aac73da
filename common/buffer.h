/* Bytes that grow: what is being received, and what waits to be sent. */
#ifndef SIDECALL_COMMON_BUFFER_H
#define SIDECALL_COMMON_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* All zeroes is an empty buffer that owns nothing. */
struct buffer {
	uint8_t *data;
	size_t length;   /* bytes in use */
	size_t capacity; /* bytes owned */
};

/* buffer_reserve() where there is no room yet: at least doubles what is owned. */
int buffer_grow(struct buffer *buffer, size_t more);

/* Makes room for `more` bytes behind the length.  0 or -ENOMEM. */
static inline int buffer_reserve(struct buffer *buffer, size_t more)
{
	return more <= buffer->capacity - buffer->length ? 0 : buffer_grow(buffer, more);
}

/* Where the bytes behind the first `offset` are.  An empty buffer may have none, and C11 lets
 * nobody add even 0 to no pointer (6.5.6). */
static inline uint8_t *buffer_at(const struct buffer *buffer, size_t offset)
{
	return offset ? buffer->data + offset : buffer->data;
}

/* Copies bytes behind what is there.  0 or -ENOMEM. */
int buffer_append(struct buffer *buffer, const void *bytes, size_t length);

/* Makes `copy` an exact copy of what is in use of another one.  0 or -ENOMEM. */
int buffer_copy(struct buffer *copy, const struct buffer *buffer);

/* Drops the first `length` bytes and moves the rest to the front. */
void buffer_consume(struct buffer *buffer, size_t length);

/* Gives all memory back; the buffer is empty and may be used again. */
void buffer_release(struct buffer *buffer);

#endif
