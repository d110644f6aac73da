/* sidecall ping [-c N]: calls the null procedure and says how long that took. */
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client/commands/command.h"
#include "client/ends.h"
#include "client/json.h"
#include "client/measure/spread.h"

#define MAX_PINGS 100000

struct ping {
	double milliseconds;
	bool counted;            /* whether the bytes are known */
	uint64_t sent, received; /* bytes */
};

/* Connects first, so that only the call is timed; the deadline is for both. */
static int ping_once(struct context *context, struct ping *ping, struct failure *failure)
{
	const struct procedure *null = procedure_find("null");
	struct client *client = &context->client;
	int64_t start, deadline = client_deadline(client);
	union procedure_result result;
	uint64_t sent, received;
	int code = client_connect(client, null->program, null->version, deadline, failure);

	if (code)
		return code;
	client_traffic(client, &sent, &received);
	start = channel_clock();
	code = procedure_call_by(null, client, deadline, NULL, &result, failure);
	ping->milliseconds = (double)(channel_clock() - start) / 1e6;
	ping->counted = client_traffic(client, &ping->sent, &ping->received);
	ping->sent -= sent;
	ping->received -= received;
	return code;
}

static void show_json(const char *endpoint, const struct ping *ping)
{
	json_t *object = json_pack("{s:s,s:f}", "endpoint", endpoint, "milliseconds",
				   ping->milliseconds);

	if (ping->counted) {
		json_object_set_new(object, "sent", json_integer((json_int_t)ping->sent));
		json_object_set_new(object, "received", json_integer((json_int_t)ping->received));
	}
	json_print(object);
}

static void show(const struct context *context, const struct ping *ping)
{
	char endpoint[ENDPOINT_MAX_TEXT];

	endpoint_format(&context->client.endpoint, endpoint);
	if (context->json)
		show_json(endpoint, ping);
	else if (ping->counted)
		printf("reply from %s: %" PRIu64 " + %" PRIu64 " bytes, %.3f ms\n", endpoint,
		       ping->sent, ping->received, ping->milliseconds);
	else
		printf("reply from %s: %.3f ms\n", endpoint, ping->milliseconds);
	fflush(stdout);
}

/* What both threads know: one calls, the other waits for a signal that ends us. */
struct pings {
	struct context *context;
	pthread_mutex_t lock; /* of what follows, and of standard output */
	double *times;        /* milliseconds */
	size_t count;         /* replies until now */
	struct ends ends;
};

static void summarize(struct pings *pings)
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
		if (ping_once(pings->context, &ping, &failure))
			return command_failed(pings->context, "ping", NULL, &failure);
		pthread_mutex_lock(&pings->lock);
		pings->times[pings->count++] = ping.milliseconds;
		show(pings->context, &ping);
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

	ends_set(&signals);
	if (sigwait(&signals, &signal))
		return NULL;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&pings->lock);
	summarize(pings);
	kill(getpid(), signal);
	ends_release(&pings->ends);
	return NULL;
}

static int ping_until_signal(struct pings *pings, size_t count)
{
	pthread_t waiter;
	int code;

	ends_hold(&pings->ends);
	if (pthread_create(&waiter, NULL, await_signal, pings))
		return command_out_of_memory("ping");
	code = ping_all(pings, count);
	pthread_cancel(waiter);
	pthread_join(waiter, NULL);
	if (code == 0)
		summarize(pings);
	ends_release(&pings->ends);
	return code;
}

/* The number of pings, or 0 when it is none. */
static size_t parse_count(const char *text)
{
	char *end;
	long count = strtol(text, &end, 10);

	return count < 1 || count > MAX_PINGS || *end ? 0 : (size_t)count;
}

int command_ping(struct context *context, int count, char **words)
{
	static const struct option no_long_ones[] = { { 0 } };
	struct pings pings = { .context = context, .lock = PTHREAD_MUTEX_INITIALIZER };
	size_t number = 1;
	int option, code;

	opterr = 0;
	while ((option = getopt_long(count, words, "+c:", no_long_ones, NULL)) != -1) {
		if (option != 'c' && optopt != 'c')
			return command_no_option("ping", words, "there is -c");
		number = option == 'c' ? parse_count(optarg) : 0;
		if (!number)
			return command_usage("ping", "-c takes a number from 1 to %d", MAX_PINGS);
	}
	if (optind < count)
		return command_usage("ping", "no operands are taken");
	pings.times = calloc(number, sizeof(*pings.times));
	if (!pings.times)
		return command_out_of_memory("ping");
	code = ping_until_signal(&pings, number);
	free(pings.times);
	return code;
}
