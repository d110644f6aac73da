/* What a reading keeps: memory that goes all at once, and names to find things by. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "contract/reading.h"

#define CHUNK 65536 /* bytes at a time, or as many as one thing takes */

struct chunk {
	struct chunk *next;
	size_t used, room;
	_Alignas(16) char bytes[];
};

_Noreturn void reading_give_up(struct reading *reading, int reason)
{
	reading->reason = reason;
	longjmp(*reading->given_up, 1);
}

static struct chunk *chunk_add(struct reading *reading, size_t size)
{
	size_t room = size > CHUNK ? size : CHUNK;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + room);

	if (!chunk)
		reading_give_up(reading, -ENOMEM);
	chunk->room = room;
	chunk->next = reading->chunks;
	reading->chunks = chunk;
	return chunk;
}

void *reading_take(struct reading *reading, size_t size)
{
	struct chunk *chunk = reading->chunks;
	void *taken;

	size = (size + 15) / 16 * 16;
	if (!chunk || chunk->room - chunk->used < size)
		chunk = chunk_add(reading, size);
	taken = chunk->bytes + chunk->used;
	chunk->used += size;
	return taken;
}

char *reading_copy(struct reading *reading, const char *text, size_t length)
{
	char *copy = reading_take(reading, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

void *reading_grow(struct reading *reading, struct growing_array *growing, size_t size)
{
	if (growing->count == growing->room) {
		void *before = growing->items;

		growing->room = growing->room ? 2 * growing->room : 4;
		growing->items = reading_take(reading, growing->room * size);
		if (before)
			memcpy(growing->items, before, growing->count * size);
	}
	return (char *)growing->items + size * growing->count++;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void *reading_find(void *const *tree, const char *name)
{
	void *const *found = tfind(&name, tree, compare_names);

	return found ? *found : NULL;
}

void *reading_enter(struct reading *reading, void **tree, void *item)
{
	void **found = tsearch(item, tree, compare_names);

	if (!found)
		reading_give_up(reading, -ENOMEM);
	return *found;
}

static void leave_it(void *item)
{
	(void)item; /* it lies in the arena */
}

void contract_close(struct contract *contract)
{
	struct reading *reading = (struct reading *)contract;

	if (!reading)
		return;
	for (int i = 0; i < 2; i++) {
		tdestroy(reading->values[i], leave_it);
		tdestroy(reading->types[i], leave_it);
	}
	tdestroy(reading->programs, leave_it);
	tdestroy(reading->macros, leave_it);
	for (struct chunk *chunk = reading->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(reading);
}
