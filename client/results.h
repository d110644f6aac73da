/* The types of results that procedures have, and what can be done with each. */
#ifndef SIDECALL_CLIENT_RESULTS_H
#define SIDECALL_CLIENT_RESULTS_H

#include <jansson.h>
#include <rpc/rpc.h>

#include "common/text.h"

struct result_kind {
	xdrproc_t filter; /* the contract's type, for xdr_free() */
	/* The result as JSON, whatever its status: a new reference. */
	json_t *(*to_json)(const void *result);
	/* What the domain says: NULL when the result is there, else why it is not.  The member is
	 * NULL where nothing can fail, or where the command itself looks. */
	const char *(*failed)(const void *result);
	/* The result, which is there, for people.  The member is NULL where they see nothing of it,
	 * or what the command itself makes of it. */
	void (*print)(const struct text *out, const char *operand, const void *result);
};

extern const struct result_kind result_nothing;    /* of null */
extern const struct result_kind result_number;     /* calc_result */
extern const struct result_kind result_evaluation; /* calc_evaluation */
extern const struct result_kind result_summary;    /* calc_summary_result */
extern const struct result_kind result_stat;       /* fileinfo_stat_result */
extern const struct result_kind result_list;       /* fileinfo_list_result */
extern const struct result_kind result_link;       /* fileinfo_link_result */
extern const struct result_kind result_digest;     /* fileinfo_digest_result */
extern const struct result_kind result_space;      /* fileinfo_space_result */

#endif
