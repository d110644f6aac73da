/* The types of results that procedures have, and what can be done with each. */
#ifndef SIDECALL_CLIENT_RESULTS_H
#define SIDECALL_CLIENT_RESULTS_H

#include <stdbool.h>

#include <rpc/rpc.h>

#include "common/text.h"

/* What there is to know of each: the rest is in the contract.  RESULT_KIND() is one of which no
 * more is to be said. */
struct result_kind {
	xdrproc_t filter; /* rpcgen's */
	const char *type; /* the contract's name for it, a union by a status; NULL: nothing */
	/* The result, which is there, for people.  NULL where its members are shown by their names,
	 * or what the command itself makes of it. */
	void (*print)(const struct text *out, const char *operand, const void *result);
	/* A status that means more here than elsewhere, and what; or zeroes. */
	int status;
	const char *meaning;
	bool command_looks; /* whether the result is there */
};

#define RESULT_KIND(name, ...)                                                                     \
	{                                                                                          \
		.filter = (xdrproc_t)xdr_##name, .type = #name, __VA_ARGS__                        \
	}

/* What the service says: NULL when the result is there, or the command itself looks, else why it is
 * not. */
const char *result_failed(const struct result_kind *kind, const void *result);

/* Shows a result that is there to people. */
void result_print(const struct result_kind *kind, const struct text *out, const char *operand,
		  const void *result);

extern const struct result_kind result_nothing;    /* of null */
extern const struct result_kind result_evaluation; /* calc_evaluation */
extern const struct result_kind result_summary;    /* calc_summary_result */
extern const struct result_kind result_stat;       /* fileinfo_stat_result */
extern const struct result_kind result_list;       /* fileinfo_list_result */
extern const struct result_kind result_link;       /* fileinfo_link_result */
extern const struct result_kind result_digest;     /* fileinfo_digest_result */

#endif
