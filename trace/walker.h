/*
 * Walks along a message's bytes and hands out their fields, in both encodings: XDR (RFC 4506) and
 * the raw protocol's (docs/protocol.md).
 *
 * The bytes may be anybody's.  Every length is checked before it is used; what does not fit is
 * handed out as bytes that are not understood, to the end; and so is what is nested too deeply.
 */
#ifndef SIDECALL_TRACE_WALKER_H
#define SIDECALL_TRACE_WALKER_H

#include <stdbool.h>

#include "contract/contract.h"
#include "trace/field.h"
#include "trace/value.h"

struct walker {
	const uint8_t *bytes;
	size_t length, offset;
	bool xdr;  /* else raw */
	bool lost; /* what follows is not understood: everything up to `length` was handed out */
	const struct contract *contract; /* asked before ours; or NULL */
	enum field_layer layer;
	struct field_sink *sink;
	char value[VALUE_SIZE]; /* of the field under way */
};

void walker_begin(struct walker *walker, bool xdr, const uint8_t *bytes, size_t length,
		  struct field_sink *sink);

/* Reads a number of 1, 2, 4 or 8 bytes without passing it.  False, and lost, when it is not there;
 * then *number is 0. */
bool walker_peek(struct walker *walker, size_t size, const char *name, uint64_t *number);

/* Passes `length` bytes, which are there, as one field.  After walker_peek(). */
void walker_pass(struct walker *walker, size_t length, enum field_kind kind, const char *name,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Gives up: the rest is not understood, for this reason. */
void walker_lose(struct walker *walker, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Walks along a value of a contract.  Its fields' names begin with `name`, which may be "". */
void walker_type(struct walker *walker, const struct type *type, const char *name);

/* Passes XDR's zeroes behind `length` bytes of data. */
void walker_padding(struct walker *walker, size_t length);

/* The program of a number, in the walker's contract or in ours; or NULL. */
const struct contract_program *walker_program(const struct walker *walker, uint32_t number);

/* The message ought to end here: what is left over is not understood. */
void walker_end(struct walker *walker);

#endif
