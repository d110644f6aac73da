/* sidecall ping [-c N] [-v] [PROGRAM]: calls the null procedure and says how long that took. */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "programs/sidecall/command.h"
#include "programs/sidecall/program_name.h"
#include "common/held_signals.h"
#include "client/json.h"
#include "client/services.h"
#include "measure/spread.h"

#define PINGS_USUAL 1
#define MAX_PINGS   100000

struct ping {
	int64_t time;            /* nanoseconds */
	bool counted;            /* whether the bytes are known */
	uint64_t sent, received; /* bytes */
};

/* Says once where it calls, and who said so. */
static void show_choice(const struct endpoint *asked, const struct client *client)
{
	const struct endpoint *used = &client->endpoint;
	char endpoint[ENDPOINT_MAX_TEXT];

	endpoint_format(used, endpoint);
	report_line("ping: calling %s: %s", endpoint,
		    client->anywhere && used->transport == ENDPOINT_UNIX
			    ? "a server is there, and --via is not given"
		    : endpoint_asks_rpcbind(asked) ? "rpcbind names it"
						   : "--via or $SIDECALL_VIA says so");
}

/* Connects first, so that only the call is timed; the deadline is for both. */
static int ping_once(struct context *context, const struct procedure *null, bool verbose,
		     struct ping *ping, struct failure *failure)
{
	const struct endpoint asked = context->client.endpoint;
	struct client *client = &context->client;
	int64_t start, deadline = client_deadline(client);
	union procedure_result result;
	uint64_t sent, received;
	int code = client_connect(client, null->program, null->version, deadline, failure);

	if (code)
		return code;
	if (verbose)
		show_choice(&asked, client);
	client_traffic(client, &sent, &received);
	start = clock_now();
	code = procedure_call_by(null, client, deadline, NULL, &result, failure);
	ping->time = clock_now() - start;
	ping->counted = client_traffic(client, &ping->sent, &ping->received);
	ping->sent -= sent;
	ping->received -= received;
	return code;
}

static double milliseconds(const struct ping *ping)
{
	return (double)ping->time / 1e6;
}

static void show_json(const char *endpoint, const struct ping *ping)
{
	json_t *object = json_pack("{s:s,s:I}", "endpoint", endpoint, "time_ns",
				   (json_int_t)ping->time);

	if (ping->counted) {
		json_object_set_new(object, "sent_bytes", json_integer((json_int_t)ping->sent));
		json_object_set_new(object, "received_bytes",
				    json_integer((json_int_t)ping->received));
	}
	json_print(object);
}

static void show_ping(const struct context *context, const struct ping *ping)
{
	char endpoint[ENDPOINT_MAX_TEXT];

	endpoint_format(&context->client.endpoint, endpoint);
	if (context->json)
		show_json(endpoint, ping);
	else if (ping->counted)
		printf("reply from %s: %" PRIu64 " + %" PRIu64 " bytes, %.3f ms\n", endpoint,
		       ping->sent, ping->received, milliseconds(ping));
	else
		printf("reply from %s: %.3f ms\n", endpoint, milliseconds(ping));
	fflush(stdout);
}

/* What both threads know: one calls, the other waits for a signal that ends us. */
struct pings {
	struct context *context;
	struct procedure null; /* of the program that is called */
	bool verbose;
	pthread_mutex_t lock; /* of what follows, and of standard output */
	double *times;        /* milliseconds */
	size_t count;         /* replies until now */
	struct held_signals ends;
};

static void summarize_pings(struct pings *pings)
{
	const struct spread spread = spread_of(pings->times, pings->count);

	if (pings->count > 1 && !pings->context->json)
		printf("%zu replies: fastest %.3f, median %.3f, slowest %.3f ms\n", pings->count,
		       spread.least, spread.median, spread.most);
}

static int ping_all(struct pings *pings, size_t count)
{
	const struct timespec pause = { .tv_sec = 1 };
	struct failure failure;
	struct ping ping;

	for (size_t i = 0; i < count && !ferror(stdout); i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (ping_once(pings->context, &pings->null, pings->verbose && !i, &ping, &failure))
			return command_failed(pings->context, "ping", NULL, &failure);
		pthread_mutex_lock(&pings->lock);
		pings->times[pings->count++] = milliseconds(&ping);
		show_ping(pings->context, &ping);
		pthread_mutex_unlock(&pings->lock);
	}
	return 0;
}

/* Ctrl-C, also while a call waits for its reply: what is known until then, and the end. */
static void *await_signal(void *what)
{
	struct pings *pings = what;
	sigset_t signals;
	int signal;

	held_signals_set(&signals);
	if (sigwait(&signals, &signal))
		return NULL;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&pings->lock);
	summarize_pings(pings);
	kill(getpid(), signal);
	held_signals_release(&pings->ends);
	return NULL;
}

static int ping_until_signal(struct pings *pings, size_t count)
{
	pthread_t waiter;
	int code;

	held_signals_hold(&pings->ends);
	if (pthread_create(&waiter, NULL, await_signal, pings))
		return command_out_of_memory("ping");
	code = ping_all(pings, count);
	pthread_cancel(waiter);
	pthread_join(waiter, NULL);
	if (code == 0)
		summarize_pings(pings);
	held_signals_release(&pings->ends);
	return code;
}

const struct option_row command_ping_options[] = {
	OPTION_NUMBER("count", 'c', "N", "so many calls, one a second", PINGS_USUAL, NULL, 1,
		      MAX_PINGS),
	OPTION_FLAG("verbose", 'v', "say which endpoint is called, and who named it"),
	OPTION_TEXT("idl", CONTRACTS_IDL, "FILE.x", "a contract, whose programs have names",
		    "that of sidecalld, and /etc/rpc"),
	{ 0 },
};

struct ping_options {
	struct contracts contracts;
	size_t count;
	bool verbose;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct ping_options *options = what;

	if (option == CONTRACTS_IDL)
		return contracts_take(&options->contracts, option, value, number);
	if (option == 'v')
		options->verbose = true;
	else
		options->count = (size_t)number;
	return NULL;
}

/* ---- which program ---- */

/* The highest version that rpcbind knows of a program for which there is no contract; 1 where it
 * is not asked, for a server says itself which it has. */
static int find_version(const struct context *context, const struct program_named *named,
			rpcvers_t *version, struct failure *failure)
{
	struct service *services;
	struct client client;
	size_t count;
	int code;

	*version = 1;
	if (!endpoint_asks_rpcbind(&context->client.endpoint))
		return 0;
	client_init(&client, &context->client.endpoint, context->client.timeout);
	client.anywhere = context->client.anywhere;
	client.observer = context->client.observer;
	code = services_ask(&client, &services, &count, failure);
	client_release(&client);
	for (size_t i = 0; i < count; i++)
		if (services[i].program == named->program && services[i].version > *version)
			*version = services[i].version;
	free(services);
	return code;
}

/* A version that somebody named is the one that has to answer: by another name than "null" no other
 * version is tried. */
static void insist_on_version(struct procedure *null, rpcvers_t version)
{
	null->name = "null of that version";
	null->version = version;
}

/* Has another program than ours pinged. */
static int settle_program(struct pings *pings, const struct contracts *contracts, const char *text)
{
	struct context *context = pings->context;
	struct program_named named;
	struct failure failure;
	int code = program_find(contracts, "ping", text, &named);

	if (code)
		return code;
	if (!endpoint_speaks_rpc(&context->client.endpoint))
		return command_usage("ping", "a program is called by rpc, as --via rpc+tcp://HOST");
	context->of_contract = true;
	pings->null.program = named.program;
	if (named.has_version)
		insist_on_version(&pings->null, named.version);
	else if (named.known)
		pings->null.version = contract_highest(named.known);
	else
		code = find_version(context, &named, &pings->null.version, &failure);
	return code ? command_failed(context, "ping", text, &failure) : 0;
}

static int run_pings(struct pings *pings, const struct ping_options *options, const char *program)
{
	int code = 0;

	pings->verbose = options->verbose;
	if (program)
		code = settle_program(pings, &options->contracts, program);
	if (code)
		return code;
	pings->times = calloc(options->count, sizeof(*pings->times));
	if (!pings->times)
		return command_out_of_memory("ping");
	code = ping_until_signal(pings, options->count);
	free(pings->times);
	return code;
}

int command_ping(struct context *context, int count, char **words)
{
	struct pings pings = { .context = context,
			       .null = *procedure_find("null"),
			       .lock = PTHREAD_MUTEX_INITIALIZER };
	struct ping_options options = { .count = PINGS_USUAL };
	int code = command_take_options("ping", count, words, command_ping_options, take_option,
					&options);

	if (code == 0)
		code = command_options_first("ping", count, words);
	if (code == 0 && count - optind > 1)
		code = command_usage("ping", "one program is called, by name or number");
	if (code == 0)
		code = contracts_open(&options.contracts, "ping");
	if (code == 0)
		code = run_pings(&pings, &options, optind < count ? words[optind] : NULL);
	contracts_close(&options.contracts);
	return code;
}
