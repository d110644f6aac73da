/* Prints messages for people: each byte in hexadecimal, its offset, its field and value. */
#ifndef SIDECALL_TRACE_PRINT_H
#define SIDECALL_TRACE_PRINT_H

#include <stdio.h>

#include "trace/calls.h"
#include "trace/message.h"

/* One message as it was on the wire: its bytes, and the framing that stood before and in it. */
struct trace_message {
	struct message_form form;
	const uint8_t *bytes, *marks;
	size_t length, marked;
	size_t connection; /* tells apart callers that may use the same id */
};

/*
 * Prints a message: `title`, what it is and how long, then its fields.  What it counts is added up
 * in *count; a call is remembered, for its reply.
 */
void trace_print(FILE *out, const char *title, const struct trace_message *message,
		 struct calls *calls, struct field_count *count);

/* Prints a field's line or lines.  What is to be found out may be hidden: an offset of SIZE_MAX, no
 * bytes, no value. */
void trace_print_field(FILE *out, const struct field *field);

/* Prints what the bytes of a call and its reply were spent on. */
void trace_print_count(FILE *out, const struct field_count *call, const struct field_count *reply);

#endif
