/*
 * A JSON text (RFC 8259) as a row of nodes: each value in front of those within it.  Nothing is
 * called recursively, and numbers keep all their figures.
 */
#ifndef SIDECALL_CONTRACT_VALUE_TAPE_H
#define SIDECALL_CONTRACT_VALUE_TAPE_H

#include <stdbool.h>
#include <stddef.h>

enum tape_kind {
	TAPE_NULL,
	TAPE_FALSE,
	TAPE_TRUE,
	TAPE_NUMBER,
	TAPE_STRING,
	TAPE_ARRAY,
	TAPE_OBJECT
};

struct tape_node {
	enum tape_kind kind;
	bool used;        /* whoever reads an object has looked at this one of it */
	const char *text; /* as it is written; a string without its quotes */
	size_t length;
	const char *key; /* of an object's member, likewise; else NULL */
	size_t key_length;
	size_t count; /* of those within it, without those within them */
	size_t next;  /* the node behind all that is within it */
};

struct tape {
	struct tape_node *nodes; /* the first is the whole text's */
	size_t count, room;
};

#define TAPE_WRONG 200 /* bytes */

/* Reads a text, which is pointed to.  0; -EBADMSG, and what is wrong; or -ENOMEM.  Zeroes are an
 * empty tape, which may be used again. */
int tape_read(struct tape *tape, const char *text, size_t length, char wrong[TAPE_WRONG]);
void tape_release(struct tape *tape);

/* Writes what a string, as it is written, says: at most as many bytes.  How many; or -1 where it
 * has half of a surrogate pair, which is no character. */
long tape_unescape(const char *text, size_t length, char *to);

/* Whether a member has this key. */
bool tape_has_key(const struct tape_node *node, const char *key);

#endif
