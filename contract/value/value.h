/*
 * Values of any contract: bytes in XDR (RFC 4506) to JSON, and back.  docs/call.md says how each
 * type is written.
 */
#ifndef SIDECALL_CONTRACT_VALUE_VALUE_H
#define SIDECALL_CONTRACT_VALUE_VALUE_H

#include "common/buffer.h"
#include "contract/contract.h"

#define VALUE_WRONG 640 /* bytes, for what is wrong with a value */

struct value_form {
	size_t depth;    /* of values within each other; 0: WALK_DEPTH */
	int indent;      /* of JSON, in blanks; 0: all on one line */
	bool undeclared; /* JSON may have numbers that an enum has no name for, or a char no bits */
	/* Hears of what is odd in bytes, but can be told apart: or NULL. */
	void (*warn)(void *context, const char *text);
	void *context;
};

/*
 * Adds the value that the bytes begin with, as JSON, to what is there.  *used is how many bytes it
 * took.  0; -EBADMSG, with what is wrong and where, when they are no such value; or -ENOMEM.
 */
int value_to_json(const struct type *type, const uint8_t *bytes, size_t length,
		  const struct value_form *form, struct buffer *json, size_t *used,
		  char wrong[VALUE_WRONG]);

/* Adds the bytes of the value that a JSON text is.  0; -EBADMSG, with what is wrong and where; or
 * -ENOMEM. */
int value_from_json(const struct type *type, const char *json, size_t length,
		    const struct value_form *form, struct buffer *bytes, char wrong[VALUE_WRONG]);

#endif
