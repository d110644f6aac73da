/* The procedures as both protocols have them: one row each, rpcgen's stub beside ours. */
#include "client/procedures.h"

#include <errno.h>
#include <string.h>

#include "client/failures.h"
#include "client/protocols/all.h"
#include "client/runtime/rpc.h"

#define CALC_1     CALC_PROG, CALC_V1
#define CALC_2     CALC_PROG, CALC_V2
#define FILEINFO_1 FILEINFO_PROG, FILEINFO_V1

/*
 * The table, written once and read twice below.  Both stubs of a row take the same arguments, fill
 * the same result, and differ in whose CLIENT they use: rpcgen's carries XDR, ours raw messages.
 */
/* clang-format off */
#define TABLE(ROW)                                                                                 \
/*  name           operands      rpcgen's stub        ours            result      program       */ \
ROW("null",        none,         rpc_null,            raw_null,       nothing,    CALC_2)          \
ROW("add",         operands,     calc_add_1,          raw_add,        number,     CALC_1)          \
ROW("subtract",    operands,     calc_subtract_1,     raw_subtract,   number,     CALC_1)          \
ROW("multiply",    operands,     calc_multiply_1,     raw_multiply,   number,     CALC_1)          \
ROW("divide",      operands,     calc_divide_1,       raw_divide,     number,     CALC_1)          \
ROW("evaluate",    expression,   calc_evaluate_2,     raw_evaluate,   evaluation, CALC_2)          \
ROW("summarize",   values,       calc_summarize_2,    raw_summarize,  summary,    CALC_2)          \
ROW("accumulate",  accumulation, calc_accumulate_2,   raw_accumulate, number,     CALC_2)          \
ROW("stat",        path,         fileinfo_stat_1,     raw_stat,       stat,       FILEINFO_1)      \
ROW("list",        list,         fileinfo_list_1,     raw_list,       list,       FILEINFO_1)      \
ROW("readlink",    path,         fileinfo_readlink_1, raw_readlink,   link,       FILEINFO_1)      \
ROW("digest",      path,         fileinfo_digest_1,   raw_digest,     digest,     FILEINFO_1)      \
ROW("space",       path,         fileinfo_space_1,    raw_space,      space,      FILEINFO_1)
/* clang-format on */

/* Read once: each stub has its own types, and a table has one, so functions of one line bring each
 * under it without a cast. */
#define BRING_UNDER_ONE_TYPE(name, operands, rpcgens, ours, result_kind, program)                  \
	static enum clnt_stat call_##rpcgens(void *arguments, void *result, CLIENT *client)        \
	{                                                                                          \
		return rpcgens(arguments, result, client);                                         \
	}                                                                                          \
	static int call_##ours(void *arguments, void *result, struct raw_client *client)           \
	{                                                                                          \
		return ours(arguments, result, client);                                            \
	}
TABLE(BRING_UNDER_ONE_TYPE)

/* Read again: the rows themselves. */
#define MAKE_ROW(name, operands, rpcgens, ours, result, program)                                   \
	{ name, &arguments_##operands, call_##rpcgens, call_##ours, &result_##result, program },
const struct procedure procedures[] = { TABLE(MAKE_ROW){ 0 } };

const struct procedure *procedure_find(const char *name)
{
	for (const struct procedure *p = procedures; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

int procedure_call_by(const struct procedure *procedure, struct client *client, int64_t deadline,
		      void *arguments, union procedure_result *result, struct failure *failure)
{
	int code;

	memset(result, 0, sizeof(*result));
	code = client_connect(client, procedure->program, procedure->version, deadline, failure);
	if (code)
		return code;
	if (clock_now() >= deadline)
		return client_transport_failure(client, ETIMEDOUT, false, failure);
	return client_protocol(&client->endpoint)
		->call(procedure, client, deadline, arguments, result, failure);
}

int procedure_call(const struct procedure *procedure, struct client *client, void *arguments,
		   union procedure_result *result, struct failure *failure)
{
	return procedure_call_by(procedure, client, client_deadline(client), arguments, result,
				 failure);
}

int procedure_begin(const struct procedure *procedure, struct client *client, void *arguments,
		    union procedure_result *result, union procedure_pending *pending,
		    struct failure *failure)
{
	memset(result, 0, sizeof(*result));
	return client_protocol(&client->endpoint)
		->begin(procedure, client, client_deadline(client), arguments, result, pending,
			failure);
}

int procedure_finish(const struct procedure *procedure, struct client *client,
		     const union procedure_pending *pending, const struct message *reply,
		     struct failure *failure)
{
	return client_protocol(&client->endpoint)
		->finish(procedure, client, pending, reply, failure);
}

void procedure_release(const struct procedure *procedure, union procedure_arguments *arguments,
		       union procedure_result *result)
{
	if (arguments)
		xdr_free(procedure->arguments->filter, arguments);
	if (result)
		xdr_free(procedure->result->filter, result);
}
