/* The procedures as both protocols have them: one row each, rpcgen's stub beside ours. */
#ifndef SIDECALL_CLIENT_PROCEDURES_H
#define SIDECALL_CLIENT_PROCEDURES_H

#include <rpc/rpc.h>

#include "client/any.h"
#include "client/arguments.h"
#include "client/client.h"
#include "client/results.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

struct procedure {
	const char *name;
	const struct argument_kind *arguments; /* how operands are parsed */
	enum clnt_stat (*rpc)(void *arguments, void *result, CLIENT *client); /* rpcgen's stub */
	int (*raw)(void *arguments, void *result, struct raw_client *client); /* ours */
	const struct result_kind *result; /* how the result is shown */
	rpcprog_t program;
	rpcvers_t version;
	const char *help, *example; /* of it as a command; NULL: it is one in other words */
	bool once; /* it changes something, or nobody knows: it must not be executed twice */
};

/* Room for the arguments, or the result, of any procedure; cleared before a call. */
union procedure_arguments {
	calc_operands operands;
	calc_expression expression;
	calc_values values;
	calc_accumulation accumulation;
	fileinfo_path path;
	fileinfo_list_args list;
	struct any_arguments any;
};

union procedure_result {
	calc_result number;
	calc_evaluation evaluation;
	calc_summary_result summary;
	fileinfo_stat_result stat;
	fileinfo_list_result list;
	fileinfo_link_result link;
	fileinfo_digest_result digest;
	fileinfo_space_result space;
	struct any_result any;
};

/* A call that has left, by whichever protocol. */
union procedure_pending {
	struct pending any;
	struct raw_pending raw;
};

/* Ends with a row of zeroes. */
extern const struct procedure procedures[];

/* The row of that name, or NULL. */
const struct procedure *procedure_find(const char *name);

/*
 * Connects if need be, and calls, all within the client's timeout; or before a deadline that began
 * earlier, by a caller who connected first.  When the connection breaks, it calls over another one,
 * as client->repeats says.  The result is cleared first; it is released with
 * procedure_release(), also after a failure.  0 or the failure's code.
 */
int procedure_call(const struct procedure *procedure, struct client *client, void *arguments,
		   union procedure_result *result, struct failure *failure);
int procedure_call_by(const struct procedure *procedure, struct client *client, int64_t deadline,
		      void *arguments, union procedure_result *result, struct failure *failure);

/*
 * The same without waiting for the reply, on a client that is connected and not tirpc's.  0 when
 * the call has left; -EAGAIN when the channel has no room now; or the failure's code.  The result,
 * which is cleared, and `pending` live until the reply has come, for which procedure_finish()
 * returns 0 or the failure's code.
 */
int procedure_begin(const struct procedure *procedure, struct client *client, void *arguments,
		    union procedure_result *result, union procedure_pending *pending,
		    struct failure *failure);
int procedure_finish(const struct procedure *procedure, struct client *client,
		     const union procedure_pending *pending, const struct message *reply,
		     struct failure *failure);

void procedure_release(const struct procedure *procedure, union procedure_arguments *arguments,
		       union procedure_result *result);

#endif
