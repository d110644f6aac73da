/* The procedures as both protocols have them: one row each, rpcgen's stub beside ours. */
#include "client/procedures.h"

#include <string.h>

#include "client/arguments.h"
#include "client/json.h"
#include "client/print.h"
#include "client/rpc.h"
#include "client/status.h"
#include "common/xdr.h"

/*
 * Each stub has its own types, and a table has one: these functions, of one line each, bring them
 * under it without a cast.
 */
#define PAIR(rpcgens, ours)                                                                        \
	static enum clnt_stat call_##rpcgens(void *arguments, void *result, CLIENT *client)        \
	{                                                                                          \
		return rpcgens(arguments, result, client);                                         \
	}                                                                                          \
	static int call_##ours(void *arguments, void *result, struct raw_client *client)           \
	{                                                                                          \
		return ours(arguments, result, client);                                            \
	}

PAIR(rpc_null, raw_null)
PAIR(calc_add_1, raw_add)
PAIR(calc_subtract_1, raw_subtract)
PAIR(calc_multiply_1, raw_multiply)
PAIR(calc_divide_1, raw_divide)
PAIR(calc_evaluate_2, raw_evaluate)
PAIR(calc_summarize_2, raw_summarize)
PAIR(calc_accumulate_2, raw_accumulate)
PAIR(fileinfo_stat_1, raw_stat)
PAIR(fileinfo_list_1, raw_list)
PAIR(fileinfo_readlink_1, raw_readlink)
PAIR(fileinfo_digest_1, raw_digest)
PAIR(fileinfo_space_1, raw_space)

#define CALC_1                     CALC_PROG, CALC_V1
#define CALC_2                     CALC_PROG, CALC_V2
#define FILEINFO_1                 FILEINFO_PROG, FILEINFO_V1
#define STUBS(rpcgens, ours)       call_##rpcgens, call_##ours
#define OUTPUT(what)               json_##what, print_##what, failed_##what
#define FILTERS(arguments, result) (xdrproc_t) xdr_##arguments, (xdrproc_t)xdr_##result

/* clang-format off */
const struct procedure procedures[] = {
	/* name, operands, what it does, one call for each operand
	 * program   rpcgen's stub        ours             its operands and its result */
	{ "add", "A B", "A + B", false,
	  CALC_1, STUBS(calc_add_1,         raw_add),        parse_operands, OUTPUT(result),
	  FILTERS(calc_operands, calc_result) },
	{ "subtract", "A B", "A - B", false,
	  CALC_1, STUBS(calc_subtract_1,    raw_subtract),   parse_operands, OUTPUT(result),
	  FILTERS(calc_operands, calc_result) },
	{ "multiply", "A B", "A * B", false,
	  CALC_1, STUBS(calc_multiply_1,    raw_multiply),   parse_operands, OUTPUT(result),
	  FILTERS(calc_operands, calc_result) },
	{ "divide", "A B", "A / B, truncated toward zero", false,
	  CALC_1, STUBS(calc_divide_1,      raw_divide),     parse_operands, OUTPUT(result),
	  FILTERS(calc_operands, calc_result) },
	{ "evaluate", "EXPRESSION", "The value of an arithmetic expression", false,
	  CALC_2, STUBS(calc_evaluate_2,    raw_evaluate),   parse_expression, OUTPUT(evaluation),
	  FILTERS(calc_expression, calc_evaluation) },
	{ "summarize", "N... | -", "Count, sum, extremes, mean and deviation", false,
	  CALC_2, STUBS(calc_summarize_2,   raw_summarize),  parse_values, OUTPUT(summary),
	  FILTERS(calc_values, calc_summary_result) },
	{ "accumulate", "REGISTER AMOUNT", "Adds to a named register; not idempotent", false,
	  CALC_2, STUBS(calc_accumulate_2,  raw_accumulate), parse_accumulation, OUTPUT(result),
	  FILTERS(calc_accumulation, calc_result) },
	{ "stat", "PATH...", "What a file is, without following a link", true,
	  FILEINFO_1, STUBS(fileinfo_stat_1,     raw_stat),     parse_path, OUTPUT(stat),
	  FILTERS(fileinfo_path, fileinfo_stat_result) },
	{ "list", "[PATH]", "The names in a directory", true,
	  FILEINFO_1, STUBS(fileinfo_list_1,     raw_list),     parse_list, OUTPUT(list),
	  FILTERS(fileinfo_list_args, fileinfo_list_result) },
	{ "readlink", "PATH...", "The target of a symbolic link", true,
	  FILEINFO_1, STUBS(fileinfo_readlink_1, raw_readlink), parse_path, OUTPUT(link),
	  FILTERS(fileinfo_path, fileinfo_link_result) },
	{ "digest", "PATH...", "SHA-256 of a file, as sha256sum prints it", true,
	  FILEINFO_1, STUBS(fileinfo_digest_1,   raw_digest),   parse_path, OUTPUT(digest),
	  FILTERS(fileinfo_path, fileinfo_digest_result) },
	{ "space", "[PATH]", "Space on the filesystem of PATH", true,
	  FILEINFO_1, STUBS(fileinfo_space_1,    raw_space),    parse_path, OUTPUT(space),
	  FILTERS(fileinfo_path, fileinfo_space_result) },
	{ "null", "", "Nothing: a call and its reply", false,
	  CALC_2, STUBS(rpc_null,           raw_null),       parse_nothing, OUTPUT(nothing),
	  xdr_nothing, xdr_nothing },
	{ 0 },
};
/* clang-format on */

const struct procedure *procedure_find(const char *name)
{
	for (const struct procedure *p = procedures; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static int call_rpc(const struct procedure *procedure, struct client *client, void *arguments,
		    void *result, struct failure *failure)
{
	CLIENT *rpc = client_rpc(client, procedure->program, procedure->version);

	if (!rpc)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (procedure->rpc(arguments, result, rpc) == RPC_SUCCESS)
		return 0;
	return client_rpc_failure(client, rpc, failure);
}

static int call_raw(const struct procedure *procedure, struct client *client, void *arguments,
		    void *result, struct failure *failure)
{
	int r = procedure->raw(arguments, result, &client->raw);

	return r == 0 ? 0 : client_raw_failure(client, r, failure);
}

int procedure_call(const struct procedure *procedure, struct client *client, void *arguments,
		   union procedure_result *result, struct failure *failure)
{
	int code;

	memset(result, 0, sizeof(*result));
	code = client_connect(client, procedure->program, procedure->version, failure);
	if (code)
		return code;
	return client->endpoint.protocol == ENDPOINT_RAW
		       ? call_raw(procedure, client, arguments, result, failure)
		       : call_rpc(procedure, client, arguments, result, failure);
}

void procedure_release(const struct procedure *procedure, union procedure_arguments *arguments,
		       union procedure_result *result)
{
	if (arguments)
		xdr_free(procedure->arguments_filter, arguments);
	if (result)
		xdr_free(procedure->result_filter, result);
}
