/* What became of a call: the reply taken apart byte by byte, or that there was none. */
#ifndef SIDECALL_CHECK_REPLY_H
#define SIDECALL_CHECK_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/runtime/channel.h"

/* Each is a bit, so that a rule is a set of them. */
enum check_outcome {
	CHECK_SUCCESS = 1 << 0,
	CHECK_PROG_UNAVAIL = 1 << 1,
	CHECK_PROG_MISMATCH = 1 << 2,
	CHECK_PROC_UNAVAIL = 1 << 3,
	CHECK_GARBAGE_ARGS = 1 << 4,
	CHECK_SYSTEM_ERR = 1 << 5,
	CHECK_RPC_MISMATCH = 1 << 6,
	CHECK_AUTH_ERROR = 1 << 7,
	CHECK_BAD_REPLY = 1 << 8,       /* it breaks the rules itself */
	CHECK_UNANSWERED = 1 << 9,      /* while a later call on the connection is answered */
	CHECK_CLOSED = 1 << 10,         /* the connection, without a reply */
	CHECK_SILENT = 1 << 11,         /* neither, within the time */
	CHECK_NOBODY = 1 << 12,         /* no connection can be made (any more) */
	CHECK_ENDED = 1 << 13,          /* the server of a pipe, by status 0 */
	CHECK_ABSENT = 1 << 14,         /* a raw operation: status 2 */
	CHECK_SYNTAX = 1 << 15,         /* of an expression that has a value */
	CHECK_ENDED_ANYHOW = 1 << 16,   /* the same, by any status */
	CHECK_EXECUTED_AGAIN = 1 << 17, /* what was sent again, for no reply came */
	CHECK_ENDLESS = 1 << 18,        /* a reply of more than any has, and no end of it */
	CHECK_OUTCOMES = 19
};

#define CHECK_TEXT 256 /* bytes */

struct reply {
	enum check_outcome outcome;
	uint32_t low, high; /* of a mismatch */
	uint32_t auth_stat;
	size_t at, length;      /* the bytes that decide */
	char wrong[CHECK_TEXT]; /* with CHECK_BAD_REPLY: what is */
	const char *why;        /* and what its bytes say of the reason; NULL: nothing */
};

/* Takes a message of at least four bytes apart, which answers a call to a program that is served in
 * this version; its procedure returns nothing, or may have `results`. */
void reply_read(struct reply *reply, const uint8_t *bytes, size_t length, uint32_t version,
		bool results);

/* Holds a raw message, of four bytes at least, against the one reply that is right (hexadecimal,
 * behind the id), which so many doubles end: these may differ in their last figures.  Without one,
 * any is wrong. */
void reply_compare(struct reply *reply, const struct message *message, const char *expected,
		   unsigned int doubles);

/* Where a message begins to differ from the right one, but for doubles at their end as above. */
size_t reply_differs_at(const struct message *message, const struct buffer *right,
			unsigned int doubles);

/* By rpc: holds the reply to a call in this version against the one answer that is right, from the
 * accept_stat on, as reply_compare() does. */
void reply_compare_answer(struct reply *reply, const struct message *message, uint32_t version,
			  const char *expected, unsigned int doubles);

/* reply_compare() of a reply's header alone: what stands behind it is for others to look at. */
void reply_begins(struct reply *reply, const struct message *message, const char *expected);

/* A raw message that has another id than the call. */
void reply_to_another(struct reply *reply, const struct message *message, uint32_t id,
		      bool datagrams);

/* It breaks a rule, as these words say, at these bytes. */
void reply_wrong(struct reply *reply, size_t at, size_t length, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Says it for people. */
void reply_describe(const struct reply *reply, char text[CHECK_TEXT]);

/* The names of a set of outcomes, with "or" between them. */
void outcomes_name(unsigned int outcomes, char text[CHECK_TEXT]);

#endif
