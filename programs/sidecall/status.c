/* sidecall status [PROGRAM]: what a server has counted of its calls, its clients and its limits. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/json.h"
#include "programs/sidecall/calls_table.h"
#include "programs/sidecall/status_connect.h"
#include "programs/sidecall/status_json.h"

enum { JSON = 256 };

const struct option_row command_status_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

struct status_options {
	struct contracts contracts;
	bool json;
};

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct status_options *options = what;

	if (key != JSON)
		return contracts_take(&options->contracts, key, value, number);
	options->json = true;
	return NULL;
}

/* ---- the server ---- */

static void show_uptime(uint64_t nanoseconds)
{
	uint64_t seconds = nanoseconds / 1000000000;

	if (seconds >= 86400)
		printf("%" PRIu64 " d ", seconds / 86400);
	if (seconds >= 3600)
		printf("%" PRIu64 " h ", seconds / 3600 % 24);
	if (seconds >= 60)
		printf("%" PRIu64 " min ", seconds / 60 % 60);
	printf("%" PRIu64 " s", seconds % 60);
}

static void show_server(const status_server *server)
{
	char used[CALLS_NAME], limit[CALLS_NAME];

	text_line(stdout, server->name);
	printf(", Sidecall ");
	text_line(stdout, server->release);
	printf(": process %u, up ", server->pid);
	show_uptime(server->uptime);
	printf(", %u worker%s\n", server->workers, server->workers == 1 ? "" : "s");
	calls_bytes(server->memory.used, used);
	calls_bytes(server->memory.limit, limit);
	printf("connections %" PRIu64 " of %" PRIu64 ", memory %s of %s, descriptors %" PRIu64
	       " of %" PRIu64 "\n",
	       server->connections.used, server->connections.limit, used, limit,
	       server->descriptors.used, server->descriptors.limit);
	for (u_int i = 0; i < server->sessions.sessions_len; i++) {
		const status_sessions *here = &server->sessions.sessions_val[i];
		char endpoint[CALLS_NAME];

		calls_endpoint(here->protocol, here->transport, endpoint);
		printf("%s%s %" PRIu64 " (%" PRIu64 " so far)", i ? ", " : "sessions ", endpoint,
		       here->open, here->opened);
	}
	if (server->sessions.sessions_len)
		putchar('\n');
}

/* ---- calls and events ---- */

static void show_call(const struct contracts *contracts, const status_calls *calls)
{
	char program[CALLS_NAME], procedure[CALLS_NAME], endpoint[CALLS_NAME], half[CALLS_NAME],
		most[CALLS_NAME], received[CALLS_NAME], sent[CALLS_NAME];

	calls_program(contracts, calls, program);
	calls_procedure(contracts, calls, procedure);
	calls_endpoint(calls->protocol, calls->transport, endpoint);
	calls_duration(counts_percentile(calls->durations, 0.5), half);
	calls_duration(counts_percentile(calls->durations, 0.99), most);
	calls_bytes(calls->received_bytes, received);
	calls_bytes(calls->sent_bytes, sent);
	printf("%-16s %-20s %-9s %10" PRIu64 " %8" PRIu64 " %7" PRIu64 " %7" PRIu64
	       " %8s %8s %9s %9s\n",
	       program, procedure, endpoint, counts_calls(&calls->outcomes),
	       counts_refused(&calls->outcomes), counts_failed(&calls->outcomes), calls->remembered,
	       half, most, received, sent);
}

static void show_calls(const struct contracts *contracts, const struct counts *counts)
{
	if (!counts->count)
		return;
	printf("\n%-16s %-20s %-9s %10s %8s %7s %7s %8s %8s %9s %9s\n", "program", "procedure",
	       "endpoint", "calls", "refused", "failed", "again", "p50", "p99", "received", "sent");
	for (size_t i = 0; i < counts->count && !ferror(stdout); i++)
		show_call(contracts, &counts->calls[i]);
}

static void show_event(const status_event *event)
{
	time_t last = (time_t)event->last;
	struct tm local;
	char when[32] = "", name[CALLS_NAME];

	calls_word(event->name, name);
	if (localtime_r(&last, &local))
		strftime(when, sizeof(when), "%F %T", &local);
	printf("%-20s %10" PRIu64 "  %s  ", name, event->count, when);
	text_line(stdout, event->peer);
	putchar('\n');
}

static void show_events(const status_events *events)
{
	if (!events->status_events_len)
		return;
	printf("\n%-20s %10s  %-19s  %s\n", "event", "count", "last", "by");
	for (u_int i = 0; i < events->status_events_len; i++)
		show_event(&events->status_events_val[i]);
}

static void show_counts(const struct contracts *contracts, const struct counts *counts)
{
	show_server(&counts->server);
	show_calls(contracts, counts);
	show_events(&counts->events);
}

/* ---- the command ---- */

static int ask_and_show(struct context *context, const struct contracts *contracts)
{
	struct counts counts;
	struct failure failure;
	int code = counts_ask(&context->client, &counts, &failure);

	if (code)
		code = command_failed(context, "status", NULL, &failure);
	else if (context->json)
		json_print(status_json(contracts, &counts));
	else
		show_counts(contracts, &counts);
	counts_release(&counts);
	return code;
}

int command_status(struct context *context, int count, char **words)
{
	struct status_options options = { .json = context->json };
	int code = command_take_options("status", count, words, command_status_options, take_option,
					&options);

	context->json = options.json;
	if (code == 0)
		code = contracts_open(&options.contracts, "status");
	if (code == 0)
		code = status_connect(context, "status", &options.contracts, count - optind,
				      words + optind);
	if (code == 0)
		code = ask_and_show(context, &options.contracts);
	contracts_close(&options.contracts);
	return code;
}
