/* A field of a message: some bytes, what they are and what they say; and whoever takes fields. */
#ifndef SIDECALL_TRACE_FIELD_H
#define SIDECALL_TRACE_FIELD_H

#include <stddef.h>
#include <stdint.h>

/* What a byte is spent on. */
enum field_layer {
	FIELD_FRAMING,  /* where the message ends: record marks, or the length */
	FIELD_PROTOCOL, /* the header: who calls what, and what became of it */
	FIELD_PAYLOAD,  /* arguments or result */
	FIELD_LAYERS
};

enum field_kind {
	FIELD_VALUE,
	FIELD_PADDING,
	FIELD_UNKNOWN /* not understood; `value` says why.  Without bytes: what is missing */
};

/*
 * Fields come in order and without gaps: each begins where the last one ended.  What is pointed to
 * lasts until the next field.
 */
struct field {
	size_t offset, length; /* bytes */
	const uint8_t *bytes;
	enum field_layer layer;
	enum field_kind kind;
	const char *name; /* as in the contract: page.entries[3].stat.attributes.mode */
	const char *value;
};

struct field_sink {
	void (*take)(struct field_sink *sink, const struct field *field);
};

#endif
