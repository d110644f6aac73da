/* What a list has, page by page; and cases of it and of space, whose results are not the same
 * twice.
 */
#ifndef SIDECALL_CHECK_LISTING_H
#define SIDECALL_CHECK_LISTING_H

#include "check/check.h"

/* The names of a directory, in order. */
struct listing {
	struct listed {
		char *name;
		fileinfo_type type;
		uint64_t size; /* bytes */
	} * entries;
	size_t count;
};

/* Adds what is on a page; `next` is the cookie behind it.  1: it is the last; 0; or -errno:
 * -EBADMSG when it is none. */
int listing_add(struct listing *listing, const struct message *reply, uint64_t *next);
void listing_sort(struct listing *listing);
void listing_release(struct listing *listing);

/* Asks the reference for all of the root.  0 or -errno. */
int listing_of_reference(const struct reference *reference, struct listing *listing);

/* The root, by pages; and the totals of its file system. */
void run_list(struct exchange *exchange, const struct check_case *row);
void run_space(struct exchange *exchange, const struct check_case *row);

#endif
