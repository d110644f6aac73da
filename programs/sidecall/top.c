/* sidecall top [PROGRAM]: what a server is doing now, again and again. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "programs/sidecall/calls_table.h"
#include "programs/sidecall/status_connect.h"

#define USUAL_PERIOD 1
#define MOST_PERIOD  3600
#define MOST_LOOKS   1000000
#define USUAL_LINES  24
#define OTHER_LINES  5 /* that are no calls */

const struct option_row command_top_options[] = {
	OPTION_NUMBER("count", 'n', "N", "how often it is shown", 0, "until Ctrl-C", 1, MOST_LOOKS),
	OPTION_NUMBER("seconds", 's', "S", "between two looks", USUAL_PERIOD, NULL, 1, MOST_PERIOD),
	CONTRACTS_OPTIONS,
	{ 0 },
};

struct top_options {
	struct contracts contracts;
	int64_t count; /* 0: no end */
	unsigned int seconds;
};

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct top_options *options = what;

	switch (key) {
	case 'n':
		options->count = number;
		return NULL;
	case 's':
		options->seconds = (unsigned int)number;
		return NULL;
	default:
		return contracts_take(&options->contracts, key, value, number);
	}
}

/* ---- what happened between two looks ---- */

struct look {
	const struct counts *before, *now;
	double seconds; /* between them */
	bool another;   /* server answers now: it has counted since it started */
};

/* Whether it is the one that answered before, and did not begin anew. */
static bool is_same_server(const status_server *before, const status_server *now)
{
	return before->pid == now->pid && before->started == now->started &&
	       before->uptime <= now->uptime;
}

static struct look look_at(const struct counts *before, const struct counts *now, double seconds)
{
	static const struct counts none;

	if (is_same_server(&before->server, &now->server))
		return (struct look){ before, now, seconds, false };
	return (struct look){ &none, now, (double)now->server.uptime / 1e9, true };
}

struct row {
	const status_calls *calls;
	uint64_t made, refused, failed;
	u_quad_t spans[STATUS_SPANS];
};

/* Counts never go down, unless another server took over in the middle of a look. */
static uint64_t since(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

static bool is_same_number(const u_int *one, const u_int *other)
{
	return one && other ? *one == *other : one == other;
}

static const status_calls *find_before(const struct counts *before, const status_calls *calls)
{
	for (size_t i = 0; i < before->count; i++) {
		const status_calls *row = &before->calls[i];

		if (is_same_number(row->prog, calls->prog) &&
		    is_same_number(row->vers, calls->vers) &&
		    is_same_number(row->proc, calls->proc) &&
		    strcmp(row->protocol, calls->protocol) == 0 &&
		    strcmp(row->transport, calls->transport) == 0)
			return row;
	}
	return NULL;
}

static struct row row_of(const struct counts *before, const status_calls *calls)
{
	static const status_calls none;
	const status_calls *was = find_before(before, calls);
	struct row row = { .calls = calls };

	if (!was)
		was = &none;
	row.made = since(counts_calls(&was->outcomes), counts_calls(&calls->outcomes));
	row.refused = since(counts_refused(&was->outcomes), counts_refused(&calls->outcomes));
	row.failed = since(counts_failed(&was->outcomes), counts_failed(&calls->outcomes));
	for (int i = 0; i < STATUS_SPANS; i++)
		row.spans[i] = since(was->durations[i], calls->durations[i]);
	return row;
}

static int compare_rows(const void *one, const void *other)
{
	const struct row *a = one, *b = other;

	return a->made != b->made ? (a->made > b->made ? -1 : 1) : 0;
}

/* ---- showing it ---- */

static void show_row(const struct contracts *contracts, const struct row *row, double seconds)
{
	char program[CALLS_NAME], procedure[CALLS_NAME], endpoint[CALLS_NAME], half[CALLS_NAME],
		most[CALLS_NAME];

	calls_program(contracts, row->calls, program);
	calls_procedure(contracts, row->calls, procedure);
	calls_endpoint(row->calls->protocol, row->calls->transport, endpoint);
	calls_duration(counts_percentile(row->spans, 0.5), half);
	calls_duration(counts_percentile(row->spans, 0.99), most);
	printf("%-16s %-20s %-9s %10.0f %10.0f %10.0f %8s %8s\n", program, procedure, endpoint,
	       (double)row->made / seconds, (double)row->refused / seconds,
	       (double)row->failed / seconds, half, most);
}

static unsigned int lines_of(const struct text *out)
{
	struct winsize size;

	if (!out->terminal)
		return UINT32_MAX;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row
									   : USUAL_LINES;
}

static void show_server(const status_server *server, bool another)
{
	char used[CALLS_NAME], limit[CALLS_NAME];

	calls_bytes(server->memory.used, used);
	calls_bytes(server->memory.limit, limit);
	text_line(stdout, server->name);
	printf(": process %u%s, %" PRIu64 " of %" PRIu64 " connections, %s of %s\n", server->pid,
	       another ? " (another than before)" : "", (uint64_t)server->connections.used,
	       (uint64_t)server->connections.limit, used, limit);
}

/* Limits that bit meanwhile, on one line. */
static void show_events(const struct look *look)
{
	const char *separator = look->another ? "since it started: " : "since the last look: ";
	const struct counts *before = look->before, *now = look->now;

	for (u_int i = 0; i < now->events.status_events_len; i++) {
		const status_event *event = &now->events.status_events_val[i];
		uint64_t was = 0;
		char name[CALLS_NAME];

		for (u_int j = 0; j < before->events.status_events_len; j++)
			if (strcmp(before->events.status_events_val[j].name, event->name) == 0)
				was = before->events.status_events_val[j].count;
		if (event->count <= was)
			continue;
		calls_word(event->name, name);
		printf("%s%s %" PRIu64, separator, name, event->count - was);
		separator = ", ";
	}
	putchar('\n');
}

/* On a terminal each look takes the place of the last. */
static void show_look(const struct context *context, const struct contracts *contracts,
		      const struct look *look)
{
	const struct counts *now = look->now;
	const struct text *out = &context->out;
	struct row *rows = calloc(now->count + 1, sizeof(*rows));
	unsigned int lines = lines_of(out), shown = 0;

	for (size_t i = 0; rows && i < now->count; i++)
		rows[i] = row_of(look->before, &now->calls[i]);
	if (rows)
		qsort(rows, now->count, sizeof(*rows), compare_rows);
	fputs(out->terminal ? "\033[H\033[J" : "", stdout);
	show_server(&now->server, look->another);
	show_events(look);
	printf("%-16s %-20s %-9s %10s %10s %10s %8s %8s\n", "program", "procedure", "endpoint",
	       "calls/s", "refused/s", "failed/s", "p50", "p99");
	for (size_t i = 0; rows && i < now->count && rows[i].made; i++)
		if (shown + OTHER_LINES < lines) {
			show_row(contracts, &rows[i], look->seconds);
			shown++;
		}
	if (!out->terminal)
		putchar('\n');
	fflush(stdout);
	free(rows);
}

/* ---- the command ---- */

/* Until it has been shown so often, or nobody can see it any more. */
static int look_again(struct context *context, const struct top_options *options)
{
	const struct timespec pause = { .tv_sec = options->seconds };
	struct counts before, now;
	struct failure failure;
	int64_t left = options->count, then = clock_now();
	struct look look;
	int code = counts_ask(&context->client, &before, &failure);

	while (code == 0 && (!options->count || left-- > 0) && !ferror(stdout)) {
		int64_t at;

		nanosleep(&pause, NULL);
		code = counts_ask(&context->client, &now, &failure);
		at = clock_now();
		if (code == 0) {
			look = look_at(&before, &now, (double)(at - then) / 1e9);
			show_look(context, &options->contracts, &look);
		}
		then = at;
		counts_release(&before);
		before = now;
	}
	counts_release(&before);
	return code ? command_failed(context, "top", NULL, &failure) : 0;
}

int command_top(struct context *context, int count, char **words)
{
	struct top_options options = { .seconds = USUAL_PERIOD };
	int code = command_take_options("top", count, words, command_top_options, take_option,
					&options);

	if (code == 0)
		code = contracts_open(&options.contracts, "top");
	if (code == 0)
		code = status_connect(context, "top", &options.contracts, count - optind,
				      words + optind);
	if (code == 0)
		code = look_again(context, &options);
	contracts_close(&options.contracts);
	return code;
}
