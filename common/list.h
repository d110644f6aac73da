/* Lists of things that know their neighbours, so that each leaves its list in no time. */
#ifndef SIDECALL_COMMON_LIST_H
#define SIDECALL_COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A thing's place in a list, embedded in it; or a list's head, which is in the ring with the
 * others.  All zeroes: in no list. */
struct link {
	struct link *next, *previous;
};

/* Makes a head of an empty list. */
static inline void list_init(struct link *head)
{
	head->next = head->previous = head;
}

static inline bool list_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline bool list_has(const struct link *link)
{
	return link->next;
}

/* Puts it behind all others; it is in no list. */
static inline void list_append(struct link *head, struct link *link)
{
	link->next = head;
	link->previous = head->previous;
	link->previous->next = link;
	head->previous = link;
}

/* Harmless when it is in no list. */
static inline void list_remove(struct link *link)
{
	if (!link->next)
		return;
	link->previous->next = link->next;
	link->next->previous = link->previous;
	link->next = link->previous = NULL;
}

/* Takes the first one out; the list is not empty. */
static inline struct link *list_pop(struct link *head)
{
	struct link *first = head->next;

	list_remove(first);
	return first;
}

#endif
