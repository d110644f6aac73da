/* What becomes of calls when only one end is new: old and new clients and servers, run live. */
#include "compare/evolution/evolution.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "compare/lab/fake.h"
#include "compare/lab/crafted_call.h"
#include "compare/lab/servers.h"
#include "compare/part/outcome.h"

#define TIMEOUT INT64_C(1000000000) /* nanoseconds for a call */

/* ---- servers ---- */

/* A server of each kind for each choice of versions, by tcp. */
enum generation {
	BOTH, /* all versions of the calculator: new */
	OLD,  /* the lowest alone */
	NEXT, /* the highest alone: the others are retired */
	GENERATIONS,
	WIDER = GENERATIONS /* none of ours: its result has a field more */
};

/* For crafted_words(), as what the changes say of the client. */
static const char *const generation_names[] = {
	[BOTH] = "@v",
	[OLD] = "version @l alone",
	[NEXT] = "version @h alone",
	[WIDER] = "a field more in its result",
};

struct generations {
	struct server ours[GENERATIONS], stock[GENERATIONS];
};

static int start_generation(struct server *server, const struct servers *servers, bool stock,
			    enum generation generation, struct failure *failure)
{
	char *version = crafted_words(generation == OLD ? "@l" : "@h");
	const char *options[] = { "--root",
				  servers->root,
				  "--listen",
				  stock ? "tirpc+tcp://127.0.0.1:0" : "rpc+tcp://127.0.0.1:0",
				  stock ? "--stock" : "--listen=raw+tcp://127.0.0.1:0",
				  generation == BOTH ? NULL : "--calc-version",
				  version,
				  NULL };
	char log[sizeof(servers->directory) + 16];
	int code;

	snprintf(log, sizeof(log), "%s/evolution.log", servers->directory);
	code = server_start(server, options, log, failure);
	free(version);
	return code;
}

static int start_generations(struct generations *all, const struct servers *servers,
			     struct failure *failure)
{
	int code = 0;

	for (int i = 0; i < GENERATIONS && code == 0; i++) {
		code = start_generation(&all->ours[i], servers, false, (enum generation)i, failure);
		if (code == 0)
			code = start_generation(&all->stock[i], servers, true, (enum generation)i,
						failure);
	}
	return code;
}

static void stop_generations(struct generations *all)
{
	for (int i = 0; i < GENERATIONS; i++) {
		server_stop(&all->ours[i]);
		server_stop(&all->stock[i]);
	}
}

/* ---- the cases ---- */

static void as_it_is(struct crafted_call *call)
{
	(void)call;
}

/* In raw a program is a block of operations; this one begins at 200. */
static void unknown_program(struct crafted_call *call)
{
	call->program = CALC_PROG + 0xff;
	call->operation += 200;
}

static void of_another_protocol(struct crafted_call *call)
{
	call->rpc_version = RPC_MSG_VERSION + 1;
	call->raw_version = RAW_VERSION + 1;
}

static const struct change {
	const char *key, *title, *client;
	bool one_new; /* one end is; else it is a call of what nobody has, old or new */
	enum generation server;
	bool accumulates; /* the call is accumulate(), and counted; else add() */
	bool wrong;       /* success is a failure to notice */
	bool falls_back;  /* when it is told which versions there are, to one of these */
	void (*make)(struct crafted_call *call);
} changes[] = {
	{ "old_client", "Old client, new server", "add in version @l", true, BOTH, false, false,
	  false, crafted_lowest_version },
	{ "old_server", "New client, old server: a procedure that both have", "add in version @h",
	  true, OLD, false, false, false, as_it_is },
	{ "fall_back", "The same, by a client that falls back", "add in version @h, then as told",
	  true, OLD, false, false, true, as_it_is },
	{ "new_procedure", "New client, old server: a new procedure", "accumulate in version @h",
	  true, OLD, true, true, false, as_it_is },
	{ "retired", "Old client, server without the old version", "add in version @l", true, NEXT,
	  false, false, false, crafted_lowest_version },
	{ "unknown_procedure", "A procedure that no version has", "procedure @p", false, BOTH, true,
	  true, false, crafted_unknown_procedure },
	{ "unknown_program", "A program that is not there", "another program", false, BOTH, false,
	  true, false, unknown_program },
	{ "field_added", "New client: a field added at the arguments' end",
	  "accumulate with another hyper", true, BOTH, true, true, false, crafted_lengthen },
	{ "field_missing", "Old client: a field missing at the arguments' end",
	  "accumulate without its amount", true, BOTH, true, true, false, crafted_cut_short },
	{ "result_wider", "New server: a field added at the result's end", "add", true, WIDER,
	  false, true, false, as_it_is },
	{ "protocol", "Another version of the protocol itself", "RPC version 3, raw version 2",
	  false, BOTH, true, true, false, of_another_protocol },
};

#define CHANGES (sizeof(changes) / sizeof(changes[0]))

/* ---- one case in one protocol ---- */

struct answer {
	struct call_outcome outcome;
	struct crafted_versions versions; /* that the caller was told of, or zeroes */
};

/* Each call has a register of its own, which nobody else adds to. */
static int64_t count_executions(const struct endpoint *endpoint, const char *name)
{
	calc_accumulation accumulation = { .name = (char *)name };
	const struct crafted_call call = crafted_accumulate(&accumulation);
	struct failure failure;
	struct client another;
	calc_result result;
	int code;

	client_init(&another, endpoint, TIMEOUT);
	code = crafted_exchange(&call, &another, &result, NULL, &failure);
	client_release(&another);
	return code ? OUTCOME_UNKNOWN : result.calc_result_u.value;
}

/* A call in a version that the server was said to have. */
static int fall_back(struct crafted_call *call, struct client *client, calc_result *result,
		     struct answer *answer, struct failure *failure)
{
	call_outcome_note(&answer->outcome, "after it was told of versions %u to %u",
			  answer->versions.low, answer->versions.high);
	call->version = answer->versions.high;
	return crafted_exchange(call, client, result, NULL, failure);
}

static void ask_change(const struct change *change, const struct endpoint *endpoint,
		       const char *name, struct answer *answer)
{
	calc_accumulation accumulation = { .name = (char *)name, .amount = 1 };
	calc_operands operands = { 40, 2 };
	struct crafted_call call = change->accumulates ? crafted_accumulate(&accumulation)
						       : crafted_add(&operands);
	enum outcome_kind success = change->wrong ? OUTCOME_ACCEPTED : OUTCOME_ANSWERED;
	struct failure failure;
	struct client client;
	calc_result result;
	int64_t since = clock_now();
	int code;

	change->make(&call);
	client_init(&client, endpoint, TIMEOUT);
	code = crafted_exchange(&call, &client, &result, &answer->versions, &failure);
	if (change->falls_back && answer->versions.high)
		code = fall_back(&call, &client, &result, answer, &failure);
	answer->outcome.after = clock_now() - since;
	if (code == 0 && !change->accumulates && result.calc_result_u.value != FAKE_RESULT)
		success = OUTCOME_WRONG;
	call_outcome_take(&answer->outcome, code, &failure, success,
			  change->server == WIDER ? OUTCOME_DETECTED : OUTCOME_REFUSED);
	client_release(&client);
}

/* libtirpc's client makes no call of another version of RPC: then bytes are sent to its server. */
static struct endpoint address_of(const struct generations *all, const struct change *change,
				  enum endpoint_protocol protocol)
{
	bool stock = protocol == ENDPOINT_TIRPC;
	const struct server *servers = stock ? all->stock : all->ours;
	struct endpoint endpoint = *server_endpoint(&servers[change->server], protocol,
						    ENDPOINT_TCP);

	if (stock && change->make == of_another_protocol)
		endpoint.protocol = ENDPOINT_RPC;
	return endpoint;
}

static int ask_wider(const struct change *change, enum endpoint_protocol protocol,
		     struct answer *answer, struct failure *failure)
{
	struct endpoint endpoint = { .protocol = protocol, .transport = ENDPOINT_TCP };
	pid_t pid = fake_start(&endpoint, FAKE_LONGER);

	if (pid <= 0)
		return failure_set(failure, FAILURE_SYSTEM,
				   "the server with a wider result does "
				   "not start");
	ask_change(change, &endpoint, "none", answer);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

/* 0, or the failure's code when it could not be staged. */
static int answer_change(const struct generations *all, const struct change *change,
			 enum endpoint_protocol protocol, struct answer *answer,
			 struct failure *failure)
{
	struct endpoint endpoint;
	char name[64];

	call_outcome_init(&answer->outcome);
	answer->versions = (struct crafted_versions){ 0 };
	if (change->server == WIDER)
		return ask_wider(change, protocol, answer, failure);
	endpoint = address_of(all, change, protocol);
	snprintf(name, sizeof(name), "%s by %s", change->key, endpoint_protocol_name(protocol));
	ask_change(change, &endpoint, name, answer);
	if (change->accumulates)
		answer->outcome.executed = count_executions(&endpoint, name);
	return 0;
}

/* ---- as JSON ---- */

/* What a caller then knows who did not before. */
static const char *lesson_of(const struct answer *answer)
{
	switch (answer->outcome.kind) {
	case OUTCOME_ANSWERED:
		return NULL;
	case OUTCOME_REFUSED:
		return answer->versions.high ? "which versions there are" : "that it is refused";
	case OUTCOME_DETECTED:
		return "that the contracts differ";
	case OUTCOME_ACCEPTED:
	case OUTCOME_WRONG:
		return "nothing: it goes unnoticed";
	default:
		return "nothing";
	}
}

static json_t *answer_json(enum endpoint_protocol protocol, const struct answer *answer)
{
	json_t *object = json_pack("{s:s}", KEY(protocol), endpoint_protocol_name(protocol));

	call_outcome_put(&answer->outcome, object);
	if (answer->versions.high) {
		figure_set(object, &figures.low, json_integer(answer->versions.low));
		figure_set(object, &figures.high, json_integer(answer->versions.high));
	}
	if (lesson_of(answer))
		figure_set(object, &figures.learns, json_string(lesson_of(answer)));
	return object;
}

/* Adds the change with its answers to the list.  0, or the failure's code. */
static int add_change(const struct generations *all, const struct change *change, json_t *list,
		      struct failure *failure)
{
	char *client = crafted_words(change->client),
	     *server = crafted_words(generation_names[change->server]);
	json_t *answers = json_array();
	int code = 0;

	for (int i = ENDPOINT_RPC; i <= ENDPOINT_TIRPC && code == 0; i++) {
		enum endpoint_protocol protocol = (enum endpoint_protocol)i;
		struct answer answer;

		code = answer_change(all, change, protocol, &answer, failure);
		json_array_append_new(answers, answer_json(protocol, &answer));
	}
	json_array_append_new(list, json_pack("{s:s,s:s,s:s?,s:s?,s:b,s:o}", KEY(key), change->key,
					      KEY(title), change->title, KEY(client), client,
					      KEY(server), server, KEY(one_end_new),
					      change->one_new, KEY(answers), answers));
	free(client);
	free(server);
	return code;
}

static json_t *evolution_run(struct comparison *comparison, struct failure *failure)
{
	struct generations all = { 0 };
	json_t *list = json_array(), *part = NULL;
	size_t done = 0;
	int code;

	comparison_progress(comparison, "old and new clients and servers");
	code = start_generations(&all, comparison->servers, failure);
	while (code == 0 && done < CHANGES && !comparison->stopped())
		code = add_change(&all, &changes[done++], list, failure);
	if (code == 0 && done == CHANGES)
		part = json_pack("{s:o,s:O}", KEY(command),
				 comparison_command(comparison, &part_evolution), KEY(changes),
				 list);
	else if (code == 0)
		comparison_interrupted(failure);
	stop_generations(&all);
	json_decref(list);
	return part;
}

const struct part part_evolution = {
	.figure = &figures.evolution,
	.title = "Evolution: old and new clients and servers",
	.run = evolution_run,
	.print = evolution_print,
	.write = evolution_write,
	.write_more = evolution_write_more,
	.more = "More: what clients were told, change by change",
	.judge = evolution_judge,
};
