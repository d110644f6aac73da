/* Bytes that grow: what is being received, and what waits to be sent. */
#include "common/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int buffer_grow(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	uint8_t *data;

	if (more > SIZE_MAX / 4 - buffer->length)
		return -ENOMEM;
	while (capacity < buffer->length + more)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	int r = buffer_reserve(buffer, length);

	if (r < 0)
		return r;
	if (length)
		memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	return 0;
}

int buffer_copy(struct buffer *copy, const struct buffer *buffer)
{
	*copy = (struct buffer){ 0 };
	if (!buffer->length)
		return 0;
	copy->data = malloc(buffer->length);
	if (!copy->data)
		return -ENOMEM;
	memcpy(copy->data, buffer->data, buffer->length);
	copy->length = copy->capacity = buffer->length;
	return 0;
}

void buffer_consume(struct buffer *buffer, size_t length)
{
	buffer->length -= length;
	if (buffer->length && length)
		memmove(buffer->data, buffer->data + length, buffer->length);
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
