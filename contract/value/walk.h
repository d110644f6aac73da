/*
 * Walks along the bytes of a value and says what each of them is, one step after the other: in XDR
 * (RFC 4506), or as the raw protocol packs them (docs/protocol.md).
 *
 *	walk_begin(&walk, type, WALK_XDR, bytes, length);
 *	while ((step = walk_next(&walk)) > WALK_END)
 *		...
 *	walk_release(&walk);
 *
 * The bytes may be anybody's.  Nothing is called recursively, whatever they say: what a value is
 * within is kept in frames, of which there are as many as the depth may be.  A length is held
 * against what is left before anybody reserves memory by it, and a linked list is no deeper than
 * its items.
 */
#ifndef SIDECALL_CONTRACT_VALUE_WALK_H
#define SIDECALL_CONTRACT_VALUE_WALK_H

#include "contract/contract.h"

#define WALK_DEPTH      1000  /* values within each other, where nobody says how many */
#define WALK_MOST_EMPTY 65536 /* items that take no bytes: nothing else bounds them */
#define WALK_PATH       192   /* bytes of a path, with its zero byte */

enum walk_encoding { WALK_XDR, WALK_RAW };

enum walk_step {
	WALK_WRONG = -1, /* `why` says what is wrong at the offset; nothing follows */
	WALK_END = 0,    /* the value is whole */
	WALK_ENTER,      /* what has others within it begins */
	WALK_LEAVE,      /* it ends */
	WALK_NUMBER,     /* any number, a bool and an enum among them */
	WALK_DATA,       /* a string's bytes, or opaque ones */
	WALK_LENGTH,     /* the length or count in front of data or items */
	WALK_FLAG,       /* whether optional data, or a list's next item, is there */
	WALK_PADDING
};

/* A value that has others within it. */
struct walk_frame {
	const struct type *type;
	size_t index; /* of its parts, those that have begun; of a union, 2: an arm */
	size_t count; /* how many there are; of optional data and lists, SIZE_MAX until it is known
		       */
	const struct member *arm;
	bool entered;
};

struct walk {
	/* Of the step that was taken last. */
	const struct type *type;
	size_t at, size; /* its bytes */
	uint64_t number; /* as unsigned */
	size_t parts;    /* with WALK_LEAVE: how many were in it */

	enum walk_encoding encoding;
	const uint8_t *bytes;
	size_t length, offset; /* offset: of what comes next */
	size_t limit;          /* of the depth */

	struct walk_frame *frames; /* the outermost first */
	size_t depth, room;

	const struct type *next; /* a value that begins; or NULL */
	bool data, padding;      /* come next */
	size_t empty;
	const char *subject; /* of what is wrong: "", "length of", ... and the path behind it */
	char why[120];       /* "" while nothing is */
};

/* Neither type nor bytes are copied.  The limit is WALK_DEPTH until it is changed. */
void walk_begin(struct walk *walk, const struct type *type, enum walk_encoding encoding,
		const uint8_t *bytes, size_t length);
void walk_release(struct walk *walk);

enum walk_step walk_next(struct walk *walk);

/* The frame around the innermost one, or around the step's value where it has no frame itself; NULL
 * for the outermost. */
const struct walk_frame *walk_above(const struct walk *walk);

/* Where the walk is, as in "$.entries[3].name" with "$" for the value itself.  What has no room is
 * cut off.  The text. */
const char *walk_path(const struct walk *walk, const char *itself, char path[WALK_PATH]);

/* A number as its type has it: with a sign, where it has one. */
int64_t walk_signed(const struct type *type, uint64_t number);

#endif
