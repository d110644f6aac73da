/* JSON under way to bytes: what its numbers and strings become. */
#ifndef SIDECALL_CONTRACT_VALUE_PACK_H
#define SIDECALL_CONTRACT_VALUE_PACK_H

#include "common/buffer.h"
#include "contract/contract.h"
#include "contract/value/tape.h"

enum pack_result {
	PACK_OK,
	PACK_NO_MEMORY,
	PACK_OTHER,      /* it is not what the type takes */
	PACK_RANGE,      /* a number that the type has not */
	PACK_LONG,       /* more bytes than the bound; how many is in *number */
	PACK_SHORT,      /* other than the fixed length; likewise */
	PACK_SURROGATE,  /* half of a pair, which is no character */
	PACK_UNDECLARED, /* an enum's number without a name */
	PACK_NAME        /* none of an enum's names */
};

/*
 * Adds the XDR of a number, an enum or a bool, or of text or bytes.  *number is what it was, for a
 * union to choose by, as contract_arm() takes it; or how many bytes were too many or too few.
 */
enum pack_result pack_scalar(const struct type *type, const struct tape *tape, size_t node,
			     bool undeclared, struct buffer *out, int64_t *number);

/* Adds four bytes, the most significant first. */
enum pack_result pack_word(struct buffer *out, uint32_t word);

#endif
