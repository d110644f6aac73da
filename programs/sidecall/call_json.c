/* sidecall call: any procedure of any contract, with JSON for arguments and result. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract/value/example.h"
#include "measure/memory.h"
#include "programs/sidecall/any_call.h"
#include "programs/sidecall/call_lines.h"
#include "programs/sidecall/contracts.h"
#include "programs/sidecall/credential.h"
#include "programs/sidecall/input.h"
#include "trace/print.h"
#include "trace/trace.h"

enum { LINES = 256, DRY_RUN };

const struct option_row command_call_options[] = {
	CONTRACTS_OPTIONS,
	CREDENTIAL_OPTIONS,
	OPTION_FLAG("lines", LINES,
		    "the operands are [PROCEDURE] FILE, or - for standard input: each line has the "
		    "arguments of a call, behind the procedure's name if no operand is one; all "
		    "go over one connection"),
	OPTION_FLAG("dry-run", DRY_RUN, "show the call's bytes, and send nothing"),
	CONTRACTS_VALUE_OPTIONS,
	{ 0 },
};

struct call_options {
	struct contracts contracts;
	struct credential credential;
	bool lines, dry_run;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct call_options *options = what;

	switch (option) {
	case LINES:
		options->lines = true;
		return NULL;
	case DRY_RUN:
		options->dry_run = true;
		return NULL;
	default:
		if (credential_is_option(option))
			return credential_take(&options->credential, option, value, number);
		return contracts_take(&options->contracts, option, value, number);
	}
}

/* ---- arguments ---- */

/* Who gives no arguments learns what they look like. */
static int ask_for_arguments(const struct contract_found *found)
{
	char *example = example_json(found->procedure->arguments);
	int code = command_usage("call", "%s takes arguments%s%s", found->procedure->name,
				 example ? ", as in " : "", example ? example : "");

	free(example);
	return code;
}

static int read_arguments(const struct contract_found *found, int count, char **words,
			  struct buffer *json, struct failure *failure)
{
	const char *operand = count ? words[0] : "null";

	if (count > 1) {
		command_usage("call",
			      "the arguments are one word, \"%.80s\" is one more: put JSON "
			      "into '...'",
			      words[1]);
		return FAILURE_USAGE;
	}
	if (!count && found->procedure->arguments->kind != TYPE_VOID)
		return ask_for_arguments(found);
	if (input_operand(operand, json, failure) == 0)
		return 0;
	return report_failure(failure, "call");
}

/* ---- the call ---- */

/* Packs the call as it would leave, and explains its bytes. */
static int show_bytes(struct context *context, struct any_call *call,
		      const struct contract *contract)
{
	const struct endpoint *endpoint = &context->client.endpoint;
	struct trace_message message = { .form = { true, true, contract } };
	struct calls *calls = calloc(1, sizeof(*calls));
	struct memory_channel memory;
	struct failure failure;
	struct field_count count;
	struct client client;

	if (!calls)
		return command_out_of_memory("call");
	memory_init(&memory, &client, endpoint);
	client.auth = context->client.auth;
	procedure_call(&call->row, &client, &call->arguments, &(union procedure_result){ 0 },
		       &failure); /* there is no reply */
	message.bytes = memory.sent.data;
	message.length = memory.sent.length;
	field_count_init(&count);
	trace_print(stdout, "", &message, calls, &count);
	client_release(&client);
	memory_release(&memory);
	free(calls);
	return 0;
}

static int call_server(struct context *context, const struct contracts *contracts,
		       struct any_call *call)
{
	union procedure_result result = { 0 };
	struct failure failure;
	int code = procedure_call(&call->row, &context->client, &call->arguments, &result,
				  &failure);

	if (code) {
		code = command_failed(context, "call", call->row.name, &failure);
	} else {
		code = any_call_show(call, contracts, &result, &failure);
		if (code) {
			command_show_failure(context, NULL, &failure);
			report_failure(&failure, call->row.name);
		}
	}
	procedure_release(&call->row, NULL, &result);
	return code;
}

static int call_once(struct context *context, struct call_options *options,
		     const struct contract_found *found, int count, char **words)
{
	struct contracts *contracts = &options->contracts;
	struct buffer json = { 0 };
	struct failure failure;
	struct any_call call = { 0 };
	int code = read_arguments(found, count, words, &json, &failure);

	if (code) {
		buffer_release(&json);
		return code;
	}
	code = any_call_prepare(&call, contracts, found, (char *)json.data, json.length, &failure);
	if (code && count)
		input_advise(words[0], &failure);
	if (code)
		command_failed_here(context, found->procedure->name, &failure);
	else if (options->dry_run)
		code = show_bytes(context, &call, contracts->contract);
	else
		code = call_server(context, contracts, &call);
	any_call_release(&call);
	buffer_release(&json);
	return code;
}

/* A contract says what programs and procedures there are, and nothing of raw's operations. */
static int check_options(const struct context *context, const struct call_options *options)
{
	const struct endpoint *endpoint = &context->client.endpoint;

	if (!endpoint_speaks_rpc(endpoint))
		return command_usage("call", "a contract is of rpc, and not of raw messages: "
					     "--via rpc+...");
	if (options->lines && options->dry_run)
		return command_usage("call", "--dry-run shows the bytes of one call: leave out "
					     "--lines");
	return credential_check(&options->credential, "call", endpoint);
}

static int run_call(struct context *context, struct call_options *options, int count, char **words)
{
	struct contracts *contracts = &options->contracts;
	struct contract_found found;
	bool named = !options->lines || count > 1;
	int code = 0;

	context->of_contract = true;
	if (!count)
		return command_usage("call", "a procedure is needed, as in call CALC_V1.CALC_ADD");
	if (named)
		code = contracts_find(contracts, "call", words[0], &found);
	if (code)
		return code;
	if (!context->json && !options->lines && isatty(STDOUT_FILENO))
		contracts->form.indent = 2;
	contracts_warn(contracts, "call");
	trace_explain_by(context->client.observer, contracts->read);
	if (options->lines)
		return call_lines(context, contracts, "call", named ? &found : NULL,
				  words[count > 1 ? 1 : 0]);
	return call_once(context, options, &found, count - 1, words + 1);
}

int command_call_json(struct context *context, int count, char **words)
{
	struct call_options options = { 0 };
	int code = command_take_options("call", count, words, command_call_options, take_option,
					&options);

	if (code == 0)
		code = command_options_first("call", count, words);
	if (code == 0)
		code = check_options(context, &options);
	if (code == 0)
		code = contracts_open(&options.contracts, "call");
	if (code == 0)
		code = credential_use(&options.credential, "call", &context->client);
	if (code == 0)
		code = run_call(context, &options, count - optind, words + optind);
	credential_release(&options.credential);
	contracts_close(&options.contracts);
	return code;
}
