/* What a server has counted, as a page of metrics. */
#include "server/status/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/runtime/log.h"
#include "server/runtime/watched.h"
#include "server/status/exposition.h"

#define MOST_NAME 64 /* bytes, of what a label says of a program or procedure */

/* ---- the labels of a call ---- */

/* By rpc the words of RFC 5531, section 9; those of raw messages are in docs/protocol.md. */
static const char *const outcome_names[2][OUTCOMES] = {
	[ENDPOINT_RPC] = { [OUTCOME_SUCCESS] = "SUCCESS",
			   [OUTCOME_NO_REPLY] = "NO_REPLY",
			   [OUTCOME_PROGRAM] = "PROG_UNAVAIL",
			   [OUTCOME_VERSION] = "PROG_MISMATCH",
			   [OUTCOME_PROCEDURE] = "PROC_UNAVAIL",
			   [OUTCOME_ARGUMENTS] = "GARBAGE_ARGS",
			   [OUTCOME_SYSTEM] = "SYSTEM_ERR",
			   [OUTCOME_RPC] = "RPC_MISMATCH",
			   [OUTCOME_CREDENTIAL] = "AUTH_ERROR",
			   [OUTCOME_TOO_LARGE] = "TOO_LARGE",
			   [OUTCOME_BUSY] = "BUSY" },
	[ENDPOINT_RAW] = { [OUTCOME_SUCCESS] = "OK",
			   [OUTCOME_NO_REPLY] = "NO_REPLY",
			   [OUTCOME_PROCEDURE] = "BAD_OPERATION",
			   [OUTCOME_ARGUMENTS] = "BAD_REQUEST",
			   [OUTCOME_SYSTEM] = "SERVER_ERROR",
			   [OUTCOME_RPC] = "BAD_VERSION",
			   [OUTCOME_CREDENTIAL] = "DENIED",
			   [OUTCOME_TOO_LARGE] = "TOO_LARGE",
			   [OUTCOME_BUSY] = "BUSY" },
};

static const char *outcome_name(const struct counted *call, int outcome)
{
	return outcome_names[call->protocol == ENDPOINT_RAW ? ENDPOINT_RAW : ENDPOINT_RPC][outcome];
}

/* A program is called by its number where it has no name. */
static void program_text(const struct metrics_names *names, const struct counted *call,
			 char text[MOST_NAME])
{
	const char *name = names && call->program != COUNTED_OTHER
				   ? names->program(names->context, call->program)
				   : NULL;

	if (name)
		snprintf(text, MOST_NAME, "%s", name);
	else if (call->program == COUNTED_OTHER)
		snprintf(text, MOST_NAME, "_OTHER");
	else
		snprintf(text, MOST_NAME, "%" PRIu32, call->program);
}

static void procedure_text(const struct metrics_names *names, const struct counted *call,
			   char text[MOST_NAME])
{
	const char *name = names && call->procedure != COUNTED_OTHER
				   ? names->procedure(names->context, call->program, call->version,
						      call->procedure)
				   : NULL;

	if (name)
		snprintf(text, MOST_NAME, "%s", name);
	else if (call->procedure == COUNTED_OTHER)
		snprintf(text, MOST_NAME, "_OTHER");
	else
		snprintf(text, MOST_NAME, "%" PRIu32, call->procedure);
}

/* Those of OpenTelemetry's semantic conventions, with "_" for each "." (docs/watch.md). */
static void set_labels(struct labels *labels, const struct metrics_names *names,
		       const struct counted *call)
{
	char program[MOST_NAME], procedure[MOST_NAME], method[2 * MOST_NAME + 2];

	program_text(names, call, program);
	procedure_text(names, call, procedure);
	snprintf(method, sizeof(method), "%s/%s", program, procedure);
	labels_clear(labels);
	labels_add(labels, "rpc_system_name",
		   call->protocol == ENDPOINT_RAW ? "sidecall_raw" : "onc_rpc");
	labels_add(labels, "rpc_method", call->procedure == COUNTED_OTHER ? "_OTHER" : method);
	labels_add(labels, "onc_rpc_program_name", program);
	if (call->version != COUNTED_OTHER && call->version)
		labels_add_number(labels, "onc_rpc_version", call->version);
	labels_add(labels, "onc_rpc_procedure_name", procedure);
	if (call->procedure != COUNTED_OTHER)
		labels_add_number(labels, "onc_rpc_procedure_number", call->procedure);
	labels_add(labels, "network_transport", endpoint_transport_name(call->transport));
}

/* ---- what is counted of calls ---- */

static void add_outcomes(struct exposition *page, const struct labels *labels,
			 const struct watched_calls *calls)
{
	for (int i = 0; i < OUTCOMES; i++) {
		const char *name = outcome_name(&calls->call, i);
		struct labels with = *labels;

		if (!calls->outcomes[i] || !name)
			continue;
		labels_add(&with, "rpc_status_code", name);
		if (i != OUTCOME_SUCCESS && i != OUTCOME_NO_REPLY)
			labels_add(&with, "error_type", name);
		exposition_add(page, "_total", &with, calls->outcomes[i]);
	}
}

/* Every second span: from 256 ns on, each four times the one before. */
static void add_durations(struct exposition *page, const struct labels *labels,
			  const struct watched_calls *calls)
{
	uint64_t below = 0;

	for (int i = 0; i < COUNTERS_SPANS; i++) {
		below += calls->spans[i];
		if (i % 2 == 0)
			exposition_add_bucket(page, labels,
					      (double)(UINT64_C(1) << (COUNTERS_LEAST + i)) / 1e9,
					      below);
	}
	below += calls->spans[COUNTERS_SPANS];
	exposition_add_sum(page, labels, below, (double)calls->nanoseconds / 1e9);
}

static void add_received(struct exposition *page, const struct labels *labels,
			 const struct watched_calls *calls)
{
	exposition_add(page, "_total", labels, calls->received);
}

static void add_sent(struct exposition *page, const struct labels *labels,
		     const struct watched_calls *calls)
{
	exposition_add(page, "_total", labels, calls->sent);
}

static void add_remembered(struct exposition *page, const struct labels *labels,
			   const struct watched_calls *calls)
{
	exposition_add(page, "_total", labels, calls->remembered);
}

static const struct {
	struct family family;
	void (*add)(struct exposition *page, const struct labels *labels,
		    const struct watched_calls *calls);
} of_calls[] = {
	{ { "rpc_server_call_duration_seconds", "histogram", "seconds",
	    "Time from when a call is read until its reply is made" },
	  add_durations },
	{ { "sidecall_calls", "counter", NULL, "Calls, by how they ended" }, add_outcomes },
	{ { "sidecall_received_bytes", "counter", "bytes", "Bytes of calls" }, add_received },
	{ { "sidecall_sent_bytes", "counter", "bytes", "Bytes of replies" }, add_sent },
	{ { "sidecall_remembered_replies", "counter", NULL,
	    "Replies sent again for calls that came again by datagram" },
	  add_remembered },
};

static int add_calls(struct exposition *page, const struct watched *watched,
		     const struct metrics_names *names)
{
	struct watched_calls *rows;
	int count = watched_calls(watched, &rows);
	struct labels labels;

	if (count < 0)
		return count;
	for (size_t f = 0; f < sizeof(of_calls) / sizeof(of_calls[0]); f++) {
		exposition_begin(page, &of_calls[f].family);
		for (int i = 0; i < count; i++) {
			set_labels(&labels, names, &rows[i].call);
			of_calls[f].add(page, &labels, &rows[i]);
		}
	}
	free(rows);
	return 0;
}

/* ---- the server ---- */

static void add_value(struct exposition *page, const char *name, const char *unit, const char *help,
		      uint64_t value)
{
	const struct family family = { name, "gauge", unit, help };
	struct labels none;

	labels_clear(&none);
	exposition_begin(page, &family);
	exposition_add(page, "", &none, value);
}

static void add_session_counts(struct exposition *page, const struct watched_server *server,
			       bool open)
{
	struct labels labels;

	for (int p = 0; p < ENDPOINT_PROTOCOLS; p++)
		for (int t = 0; t < ENDPOINT_TRANSPORTS; t++) {
			const struct watched_sessions *here = &server->sessions[p][t];

			if (!here->opened)
				continue;
			labels_clear(&labels);
			labels_add(&labels, "rpc_system_name",
				   p == ENDPOINT_RAW ? "sidecall_raw" : "onc_rpc");
			labels_add(&labels, "network_transport",
				   endpoint_transport_name((enum endpoint_transport)t));
			exposition_add(page, open ? "" : "_total", &labels,
				       open ? here->open : here->opened);
		}
}

static void add_sessions(struct exposition *page, const struct watched_server *server)
{
	static const struct family open = { "sidecall_sessions", "gauge", NULL,
					    "Connections that are there" };
	static const struct family opened = { "sidecall_sessions_opened", "counter", NULL,
					      "Connections that there were" };

	exposition_begin(page, &open);
	add_session_counts(page, server, true);
	exposition_begin(page, &opened);
	add_session_counts(page, server, false);
}

static void add_events(struct exposition *page, struct log_target *log)
{
	static const struct family events = { "sidecall_events", "counter", NULL,
					      "Limits that bit, and faults, that clients caused" };
	struct labels labels;

	exposition_begin(page, &events);
	for (int i = 0; i < EVENTS; i++) {
		labels_clear(&labels);
		labels_add(&labels, "event", event_name((enum event)i));
		exposition_add(page, "_total", &labels, log_target_count(log, (enum event)i).count);
	}
}

static void add_server(struct exposition *page, const struct watched *watched)
{
	const struct watched_server server = watched_server(watched);
	const struct family build = { "sidecall_build", "info", NULL, "What serves" };
	char program[LOG_PROGRAM];
	struct labels labels;

	log_program(program);
	labels_clear(&labels);
	labels_add(&labels, "version", SIDECALL_VERSION);
	labels_add(&labels, "program", program);
	exposition_begin(page, &build);
	exposition_add(page, "_info", &labels, 1);
	add_value(page, "process_start_time_seconds", "seconds", "When the server started",
		  (uint64_t)watched->started);
	add_value(page, "sidecall_workers", NULL, "Threads that serve clients", server.workers);
	add_value(page, "sidecall_connections", NULL, "Connections that count for the limit",
		  server.connections.used);
	add_value(page, "sidecall_connections_limit", NULL, "Connections that there may be",
		  server.connections.limit);
	add_value(page, "sidecall_memory_bytes", "bytes", "Bytes that clients hold",
		  server.memory.used);
	add_value(page, "sidecall_memory_limit_bytes", "bytes", "Bytes that clients may hold",
		  server.memory.limit);
	add_sessions(page, &server);
	add_events(page, watched->log);
}

bool metrics_address(struct endpoint *endpoint, const char *text)
{
	char whole[ENDPOINT_MAX_TEXT];
	bool port = *text && strspn(text, "0123456789") == strlen(text);

	return snprintf(whole, sizeof(whole), "rpc+tcp://%s%s", port ? "localhost:" : "", text) <
		       (int)sizeof(whole) &&
	       !endpoint_parse(endpoint, whole) && endpoint->port >= 0 && endpoint->host[0];
}

int metrics_write(const struct watched *watched, const void *names, const char *accept,
		  struct buffer *text, const char **type)
{
	struct exposition page = { .text = text,
				   .open = strstr(accept, "application/openmetrics-text") != NULL };
	int r;

	*type = exposition_type(&page);
	add_server(&page, watched);
	r = add_calls(&page, watched, names);
	exposition_end(&page);
	return r < 0 || page.failed ? -ENOMEM : 0;
}
