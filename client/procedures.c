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

#define ONCE true /* behind the example of a procedure that must not be executed twice */

/*
 * The table, written once and read twice below.  Both stubs of a row take the same arguments, fill
 * the same result, and differ in whose CLIENT they use: rpcgen's carries XDR, ours raw messages.
 */
/* clang-format off */
#define TABLE(ROW)                                                                                 \
/*  name           operands      rpcgen's stub        ours            result            program */ \
ROW("add",         operands,     calc_add_1,          raw_add,        OF(calc_result),  CALC_1,    \
    "A + B", "sidecall add 40 2")                                                                  \
ROW("subtract",    operands,     calc_subtract_1,     raw_subtract,   OF(calc_result),  CALC_1,    \
    "A - B", "sidecall subtract 44 2")                                                             \
ROW("multiply",    operands,     calc_multiply_1,     raw_multiply,   OF(calc_result),  CALC_1,    \
    "A * B", "sidecall multiply -6 -7")                                                            \
ROW("divide",      operands,     calc_divide_1,       raw_divide,     OF(calc_result),  CALC_1,    \
    "A / B, truncated toward zero", "sidecall divide 84 2")                                        \
ROW("evaluate",    expression,   calc_evaluate_2,     raw_evaluate,   &result_evaluation, CALC_2,  \
    "The value of an arithmetic expression", "sidecall evaluate 'sqrt(2)*sin(pi/4)'")              \
ROW("summarize",   values,       calc_summarize_2,    raw_summarize,  &result_summary,  CALC_2,    \
    "Count, sum, extremes, mean and deviation", "seq 10 | sidecall summarize -")                   \
ROW("accumulate",  accumulation, calc_accumulate_2,   raw_accumulate, OF(calc_result),  CALC_2,    \
    "Adds to a named register; not idempotent", "sidecall accumulate sales 12", ONCE)              \
ROW("stat",        path,         fileinfo_stat_1,     raw_stat,       &result_stat,     FILEINFO_1,\
    "What a file is, without following a link", "sidecall --json stat README.md | jq .size")       \
ROW("readlink",    path,         fileinfo_readlink_1, raw_readlink,   &result_link,     FILEINFO_1,\
    "The target of a symbolic link", "sidecall readlink link")                                     \
ROW("digest",      path,         fileinfo_digest_1,   raw_digest,     &result_digest,   FILEINFO_1,\
    "SHA-256 of a file, as sha256sum prints it",                                                   \
    "sidecall digest README.md | sha256sum --check")                                               \
ROW("space",       root,         fileinfo_space_1,    raw_space,      OF(fileinfo_space_result),   \
    FILEINFO_1, "Space on the filesystem of PATH", "sidecall space")                               \
ROW("null",        none,         rpc_null,            raw_null,       &result_nothing,  CALC_2,    \
    "Nothing: a call and its reply", "sidecall --trace null")                                      \
ROW("list",        list,         fileinfo_list_1,     raw_list,       &result_list,     FILEINFO_1,\
    NULL, NULL)
/* clang-format on */

/* Read once: each stub has its own types, and a table has one, so functions of one line bring each
 * under it without a cast. */
#define BRING_UNDER_ONE_TYPE(name, operands, rpcgens, ours, kind, program, help, ...)              \
	static enum clnt_stat call_##rpcgens(void *arguments, void *result, CLIENT *client)        \
	{                                                                                          \
		return rpcgens(arguments, result, client);                                         \
	}                                                                                          \
	static int call_##ours(void *arguments, void *result, struct raw_client *client)           \
	{                                                                                          \
		return ours(arguments, result, client);                                            \
	}
TABLE(BRING_UNDER_ONE_TYPE)

/* A result of which no more is to be said than its type; one for which there is no room in the
 * union does not compile. */
#define HAS_ROOM(type) _Static_assert(sizeof(type) <= sizeof(union procedure_result), "no room")
#define OF(name)                                                                                   \
	&(const struct result_kind)RESULT_KIND(name, .status = 0 * sizeof(struct {                 \
								       char room;                  \
								       HAS_ROOM(name);             \
							       }))

/* Read again: the rows themselves.  `program` is two of its members. */
#define MAKE_ROW(title, operands, rpcgens, ours, kind, program, ...)                               \
	{ .name = title,                                                                           \
	  &arguments_##operands,                                                                   \
	  call_##rpcgens,                                                                          \
	  call_##ours,                                                                             \
	  kind,                                                                                    \
	  program,                                                                                 \
	  __VA_ARGS__ },
const struct procedure procedures[] = { TABLE(MAKE_ROW){ 0 } };

const struct procedure *procedure_find(const char *name)
{
	for (const struct procedure *p = procedures; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* One call on what is connected. */
static int call_once(const struct procedure *procedure, struct client *client, int64_t deadline,
		     void *arguments, union procedure_result *result, struct failure *failure)
{
	memset(result, 0, sizeof(*result));
	if (clock_now() >= deadline)
		return client_transport_failure(client, ETIMEDOUT, false, failure);
	return client_protocol(&client->endpoint)
		->call(procedure, client, deadline, arguments, result, failure);
}

int procedure_call_by(const struct procedure *procedure, struct client *client, int64_t deadline,
		      void *arguments, union procedure_result *result, struct failure *failure)
{
	unsigned int repeats = client->repeats;
	struct failure why_not;
	int code;

	memset(result, 0, sizeof(*result));
	code = client_connect(client, procedure->program, procedure->version, deadline, failure);
	if (code)
		return code;
	code = call_once(procedure, client, deadline, arguments, result, failure);
	while (code && repeats-- && client_may_repeat(client, procedure->once, failure)) {
		client_disconnect(client);
		/* What became of the call is the news, and not that nobody is there any more. */
		if (client_connect(client, procedure->program, procedure->version, deadline,
				   &why_not))
			break;
		code = call_once(procedure, client, deadline, arguments, result, failure);
	}
	return code;
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
