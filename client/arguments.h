/* A command's operands, as the procedures' arguments. */
#ifndef SIDECALL_CLIENT_ARGUMENTS_H
#define SIDECALL_CLIENT_ARGUMENTS_H

#include <stdint.h>

#include <rpc/rpc.h>

#include "client/client.h"

#define LIST_PAGE_BYTES     ((uint32_t)256 << 10) /* of a page of a directory, on a byte stream */
#define LIST_DATAGRAM_BYTES ((uint32_t)8 << 10)   /* in a datagram */

/* The types of arguments that procedures have. */
struct argument_kind {
	/* Fills the arguments from count operands.  0, or the failure's code: FAILURE_USAGE for
	 * wrong operands, FAILURE_DATA for what standard input has instead of numbers.  Strings and
	 * values belong to the arguments, also after a failure. */
	int (*parse)(int count, char **operands, void *arguments, struct failure *failure);
	xdrproc_t filter;  /* the contract's type, for xdr_free() */
	const char *usage; /* the operands, for people */
};

extern const struct argument_kind arguments_none;         /* of null */
extern const struct argument_kind arguments_operands;     /* calc_operands */
extern const struct argument_kind arguments_expression;   /* calc_expression */
extern const struct argument_kind arguments_values;       /* calc_values */
extern const struct argument_kind arguments_accumulation; /* calc_accumulation */
extern const struct argument_kind arguments_path;         /* fileinfo_path */
extern const struct argument_kind arguments_root;         /* the same; none: the root */
extern const struct argument_kind arguments_list;         /* fileinfo_list_args */

/* Bytes of a page of a directory to ask for: what fits a message, and on a network a few packets.
 */
uint32_t arguments_page_bytes(const struct client *client);

#endif
