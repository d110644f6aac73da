/* sidecall ping [-c N]: calls the null procedure and says how long that took. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/commands/command.h"
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

static void summarize(double *times, size_t count)
{
	const struct spread spread = spread_of(times, count);

	printf("%zu replies: fastest %.3f, median %.3f, slowest %.3f ms\n", count, spread.least,
	       spread.median, spread.most);
}

static int ping_all(struct context *context, double *times, size_t count)
{
	const struct timespec pause = { .tv_sec = 1 };
	struct failure failure;
	struct ping ping;

	for (size_t i = 0; i < count; i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (ping_once(context, &ping, &failure))
			return command_failed(context, "ping", NULL, &failure);
		times[i] = ping.milliseconds;
		show(context, &ping);
	}
	if (count > 1 && !context->json)
		summarize(times, count);
	return 0;
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
	size_t pings = 1;
	double *times;
	int option, code;

	opterr = 0;
	while ((option = getopt_long(count, words, "+c:", no_long_ones, NULL)) != -1) {
		if (option != 'c' && optopt != 'c')
			return command_no_option("ping", words, "there is -c");
		pings = option == 'c' ? parse_count(optarg) : 0;
		if (!pings)
			return command_usage("ping", "-c takes a number from 1 to %d", MAX_PINGS);
	}
	if (optind < count)
		return command_usage("ping", "no operands are taken");
	times = calloc(pings, sizeof(*times));
	if (!times)
		return command_out_of_memory("ping");
	code = ping_all(context, times, pings);
	free(times);
	return code;
}
