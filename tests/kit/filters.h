/* What rpcgen's filters, run by libtirpc, make of bytes, held against what we make of them. */
#ifndef SIDECALL_TESTS_KIT_FILTERS_H
#define SIDECALL_TESTS_KIT_FILTERS_H

#include <stdbool.h>

#include <rpc/rpc.h>

#include "common/buffer.h"
#include "contract/contract.h"

struct filter {
	const char *type;
	xdrproc_t filter;
	size_t size; /* of the type in C */
};

#define FILTERS_SAID 1024 /* bytes */

/*
 * Reads bytes as a value, ours and theirs, and writes them again.  Both must take the same bytes,
 * or refuse them, and what is written must be what was read; but for what libtirpc takes without a
 * word, which we refuse or warn of: a bool of 2, padding that is not zero, numbers that are cut,
 * zero bytes in strings.  False, and what differs.
 */
bool filters_agree(const struct type *type, const struct filter *filter, const uint8_t *bytes,
		   size_t length, char said[FILTERS_SAID]);

/* Bytes of a value that the type may have, made by a generator of chance; the depth is bounded. */
void filters_make_value(const struct type *type, struct buffer *bytes, unsigned int *seed);

#endif
