/* Ways of doing the same thing, measured in turns. */
#include "bench/contest.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "client/report.h"
#include "measure/baseline.h"
#include "measure/load.h"

/* Bytes of add and its reply as raw messages, and of the length in front where there is a stream:
 * the baseline carries what the shortest way of saying it takes. */
#define CALL_BYTES   24
#define REPLY_BYTES  18
#define LENGTH_BYTES 4
#define MOST_HYPERS  4096 /* of summarize() */

struct spread numbers_spread(const struct numbers *numbers)
{
	struct numbers sorted = *numbers;

	return spread_of(sorted.value, (size_t)sorted.count);
}

/* What is called by that name: another server than ours, or another protocol than its own. */
static const struct alias {
	const char *name, *protocol;
	enum endpoint_protocol calls;
	size_t server; /* its place in struct servers */
} aliases[] = {
	{ "stock", "tirpc", ENDPOINT_RPC, offsetof(struct servers, stock) },
	{ "tirpc", "tirpc", ENDPOINT_TIRPC, offsetof(struct servers, stock) },
	{ "single", "rpc", ENDPOINT_RPC, offsetof(struct servers, single) },
	{ "single raw", "raw", ENDPOINT_RAW, offsetof(struct servers, single) },
	{ "bare", "rpc", ENDPOINT_RPC, offsetof(struct servers, bare_rpc) },
	{ "bare raw", "raw", ENDPOINT_RAW, offsetof(struct servers, bare_raw) },
	{ "library", "rpc", ENDPOINT_RPC, offsetof(struct servers, library) },
	{ "svc_run", "rpc", ENDPOINT_RPC, offsetof(struct servers, svc_run) },
	{ "run", "rpc", ENDPOINT_RPC, offsetof(struct servers, run) },
	{ "rpc", "rpc", ENDPOINT_RPC, offsetof(struct servers, ours) },
	{ "raw", "raw", ENDPOINT_RAW, offsetof(struct servers, ours) },
};

/* The endpoint as its server printed it.  A pipe's server is a child of ours. */
static bool find_endpoint(const struct contestant *contestant, const struct servers *servers,
			  struct endpoint *endpoint)
{
	const struct alias *alias = aliases;
	const struct daemon *daemon;
	char prefix[32];
	const char *text;

	while (strcmp(alias->name, contestant->protocol) != 0)
		alias++;
	daemon = (const struct daemon *)((const char *)servers + alias->server);
	snprintf(prefix, sizeof(prefix), "%s+%s", alias->protocol, contestant->transport);
	text = strcmp(contestant->transport, "pipe") == 0 ? prefix
							  : daemon_endpoint(daemon, prefix);
	if (!text || endpoint_parse(endpoint, text))
		return false;
	endpoint->protocol = alias->calls;
	return true;
}

static int run_load(const struct contestant *contestant, const struct servers *servers,
		    struct load_result *result, struct failure *failure)
{
	static quad_t values[MOST_HYPERS];
	union procedure_arguments arguments = { .operands = { 40, 2 } };
	struct load load = {
		.procedure = procedure_find(contestant->hypers ? "summarize" : "add"),
		.arguments = &arguments,
		.connections = contestant->connections,
		.depth = contestant->depth,
		.duration = (int64_t)(contestant->seconds * 1e9),
		.timeout = INT64_C(5000000000),
		.prepared = contestant->connections * contestant->depth > 1,
		.pin = { contestant->pin[0], contestant->pin[1] },
	};
	int code;

	if (contestant->hypers) {
		arguments.values.calc_values_val = values;
		arguments.values.calc_values_len = contestant->hypers;
	}
	if (!find_endpoint(contestant, servers, &load.endpoint))
		return failure_set(failure, FAILURE_BUG, "there is no such endpoint");
	code = load_run(&load, result, failure);
	if (code == 0 && result->errors)
		*failure = result->failure;
	return code ? code : (int)result->failure.code;
}

static int run_floor(const struct contestant *contestant, struct load_result *result,
		     struct failure *failure)
{
	struct endpoint endpoint;
	char text[32];
	bool stream = strcmp(contestant->transport, "udp") && strcmp(contestant->transport, "shm");
	struct baseline baseline = {
		.call = CALL_BYTES + (stream ? LENGTH_BYTES : 0),
		.reply = REPLY_BYTES + (stream ? LENGTH_BYTES : 0),
		.spin = strcmp(contestant->protocol, "spin") == 0,
		.many = strcmp(contestant->protocol, "many") == 0,
		.duration = (int64_t)(contestant->seconds * 1e9),
		.timeout = INT64_C(5000000000),
		.pin = { contestant->pin[0], contestant->pin[1] },
	};

	snprintf(text, sizeof(text), "raw+%s", contestant->transport);
	if (endpoint_parse(&endpoint, text))
		return failure_set(failure, FAILURE_BUG, "there is no such transport");
	baseline.transport = endpoint.transport;
	return baseline_run(&baseline, result, failure);
}

static bool is_floor(const struct contestant *contestant)
{
	return strcmp(contestant->protocol, "floor") == 0 ||
	       strcmp(contestant->protocol, "many") == 0 ||
	       strcmp(contestant->protocol, "spin") == 0;
}

bool contestant_run(const struct contestant *contestant, const struct servers *servers,
		    struct numbers numbers[METRICS])
{
	static struct load_result result; /* large, and there is one at a time */
	struct failure failure;
	int code = is_floor(contestant) ? run_floor(contestant, &result, &failure)
					: run_load(contestant, servers, &result, &failure);
	double count = (double)result.latency.count;
	double seen[METRICS];

	if (code) {
		report_failure(&failure, contestant->name);
		return false;
	}
	seen[METRIC_RATE] = count / ((double)result.elapsed / 1e9);
	seen[METRIC_P50] = (double)histogram_quantile(&result.latency, 0.5) / 1e3;
	seen[METRIC_CPU] = result.server_cpu * 1e6 / count;
	for (int i = 0; i < METRICS; i++)
		numbers[i].value[numbers[i].count++] = seen[i];
	return true;
}
