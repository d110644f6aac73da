/*
 * Time: how long calls take, how many there are in a second, and what each layer adds.
 *
 * A call's latency is taken with both ends on one CPU, and again on two, which are never mixed:
 * waking an idle processor may cost more than everything else together.
 */
#include "client/compare/time.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/checked.h"
#include "client/compare/layers.h"
#include "client/compare/servers.h"
#include "client/compare/system_calls.h"
#include "client/compare/timed.h"

#define COMMAND "sidecall compare --only time"

/* Bytes of divide and its reply as raw messages on a stream: what the floors carry. */
#define CALL_BYTES  28
#define REPLY_BYTES 22

#define MAX_PAYLOAD 32768 /* bytes */
#define VALUE       8     /* bytes of a payload's items */

struct timing {
	struct comparison *comparison;
	union procedure_arguments operands;
	union procedure_arguments payloads[8];
	int cpus[2]; /* where both ends may run; the second is -1 where there is only one */
	struct contest latency, throughput, payload;
	json_t *latencies, *percentiles, *throughputs, *payload_rows, *layers;
	json_t *system_calls; /* NULL where they cannot be counted */
};

/* ---- where ---- */

static void find_cpus(int cpus[2])
{
	cpu_set_t set;
	int found = 0;

	cpus[0] = cpus[1] = -1;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			cpus[found++] = cpu;
}

/* Both on the first CPU, or each on its own. */
static void place(const struct timing *timing, bool two, int pin[2])
{
	pin[0] = timing->cpus[0];
	pin[1] = two ? timing->cpus[1] : timing->cpus[0];
}

static void name_endpoint(const struct endpoint *endpoint, char name[32])
{
	snprintf(name, 32, "%s+%s", endpoint_protocol_name(endpoint->protocol),
		 endpoint_transport_name(endpoint->transport));
}

/* ---- contestants ---- */

/* Adds one to a contest, and its object to an array.  NULL when out of memory. */
static struct contestant *add(struct contest *contest, json_t *rows, json_t *object)
{
	struct contestant *contestant = contest_add(contest, object);

	json_array_append_new(rows, object); /* which is the object's owner from now on */
	return contestant;
}

static struct load load_on(const struct timing *timing, const struct endpoint *endpoint)
{
	return (struct load){ .endpoint = *endpoint,
			      .procedure = procedure_find("divide"),
			      .arguments = (void *)&timing->operands,
			      .right = checked_quotient,
			      .connections = 1,
			      .depth = 1,
			      .timeout = timing->comparison->timeout,
			      .pin = { -1, -1 } };
}

static bool add_latency(struct timing *timing, const struct endpoint *endpoint, bool two)
{
	struct contestant *contestant;
	char name[32], command[128];

	name_endpoint(endpoint, name);
	snprintf(command, sizeof(command), "sidecall --via %s measure --procedure divide --pin %s",
		 name, two ? "0,1" : "0");
	contestant = add(&timing->latency, timing->latencies,
			 json_pack("{s:s,s:s,s:s}", "endpoint", name, "placement",
				   two ? TIME_TWO_CPUS : TIME_ONE_CPU, "command", command));
	if (!contestant)
		return false;
	contestant->load = load_on(timing, endpoint);
	place(timing, two, contestant->load.pin);
	return true;
}

/* Two processes that only read and write. */
static bool add_floor(struct timing *timing, enum endpoint_transport transport, bool two)
{
	struct contestant *contestant;
	bool datagrams = transport == ENDPOINT_UDP || transport == ENDPOINT_SHM;
	char name[32];

	snprintf(name, sizeof(name), "bare %s", endpoint_transport_name(transport));
	contestant = add(&timing->latency, timing->latencies,
			 json_pack("{s:s,s:s,s:s}", "endpoint", name, "placement",
				   two ? TIME_TWO_CPUS : TIME_ONE_CPU, "command", COMMAND));
	if (!contestant)
		return false;
	contestant->floor = (struct floor){ .transport = transport,
					    .call = CALL_BYTES - (datagrams ? 4 : 0),
					    .reply = REPLY_BYTES - (datagrams ? 4 : 0),
					    .spin = two && transport == ENDPOINT_SHM };
	place(timing, two, contestant->floor.pin);
	return true;
}

static bool add_latencies(struct timing *timing)
{
	const struct servers *servers = timing->comparison->servers;
	bool right = true;

	for (int two = 0; two < (timing->cpus[1] >= 0 ? 2 : 1); two++) {
		for (int i = 0; i < servers->count; i++)
			right = add_latency(timing, &servers->endpoints[i], two) && right;
		for (int transport = ENDPOINT_TCP; transport <= ENDPOINT_SHM; transport++)
			right = add_floor(timing, transport, two) && right;
	}
	return right;
}

/* `stock` calls libtirpc's server by our client, for libtirpc's own has one call in flight only. */
static bool add_throughput(struct timing *timing, const struct endpoint *endpoint, bool stock,
			   unsigned int connections, unsigned int depth)
{
	struct contestant *contestant;
	char name[32], command[160];

	name_endpoint(endpoint, name);
	snprintf(command, sizeof(command),
		 "sidecall --via %s measure --procedure divide --prepared --connections %u "
		 "--depth %u",
		 stock ? "rpc+tcp" : name, connections, depth);
	contestant = add(&timing->throughput, timing->throughputs,
			 json_pack("{s:s,s:i,s:i,s:s}", "endpoint",
				   stock ? "rpc+tcp to libtirpc" : name, "connections",
				   (int)connections, "depth", (int)depth, "command", command));
	if (!contestant)
		return false;
	contestant->load = load_on(timing, endpoint);
	if (stock)
		contestant->load.endpoint.protocol = ENDPOINT_RPC;
	contestant->load.connections = connections;
	contestant->load.depth = depth;
	contestant->load.prepared = true;
	return true;
}

static bool add_throughputs(struct timing *timing)
{
	static const struct {
		unsigned int connections, depth;
	} loads[] = { { 1, 1 }, { 4, 1 },  { 16, 1 }, { 64, 1 },
		      { 1, 4 }, { 1, 16 }, { 1, 64 }, { 16, 16 } };
	const struct servers *servers = timing->comparison->servers;
	const struct endpoint *contestants[] = {
		server_endpoint(&servers->ours, ENDPOINT_RPC, ENDPOINT_TCP),
		server_endpoint(&servers->ours, ENDPOINT_RAW, ENDPOINT_TCP),
		server_endpoint(&servers->stock, ENDPOINT_TIRPC, ENDPOINT_TCP)
	};
	bool right = true;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		for (int j = 0; j < 3; j++)
			right = contestants[j] &&
				add_throughput(timing, contestants[j], j == 2, loads[i].connections,
					       loads[i].depth) &&
				right;
	return right;
}

static bool add_payload(struct timing *timing, const struct endpoint *endpoint, calc_values *values)
{
	int bytes = (int)values->calc_values_len * VALUE;
	struct contestant *contestant;
	char name[32], command[128];

	name_endpoint(endpoint, name);
	snprintf(command, sizeof(command),
		 "sidecall --via %s measure --procedure summarize --payload %d --pin 0", name,
		 bytes);
	contestant = add(&timing->payload, timing->payload_rows,
			 json_pack("{s:s,s:i,s:s}", "endpoint", name, "argument_size", bytes,
				   "command", command));
	if (!contestant)
		return false;
	contestant->load = load_on(timing, endpoint);
	contestant->load.procedure = procedure_find("summarize");
	contestant->load.arguments = values;
	contestant->load.right = checked_sum;
	place(timing, false, contestant->load.pin);
	return true;
}

/* Of each size on each of these transports; what is bigger than a datagram goes by no udp. */
static bool add_payloads(struct timing *timing)
{
	static const int sizes[] = { 16, 256, 4096, MAX_PAYLOAD };
	static const enum endpoint_transport transports[] = { ENDPOINT_TCP, ENDPOINT_UNIX,
							      ENDPOINT_SHM };
	const struct server *ours = &timing->comparison->servers->ours;
	bool right = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		calc_values *values = &timing->payloads[i].values;

		values->calc_values_len = (u_int)(sizes[i] / VALUE);
		values->calc_values_val = calloc((size_t)sizes[i] / VALUE, VALUE);
		if (!values->calc_values_val)
			return false;
		for (u_int j = 0; j < values->calc_values_len; j++)
			values->calc_values_val[j] = j;
		for (size_t j = 0; j < 6; j++) {
			const struct endpoint *endpoint = server_endpoint(
				ours, j % 2 ? ENDPOINT_RAW : ENDPOINT_RPC, transports[j / 2]);

			right = endpoint && add_payload(timing, endpoint, values) && right;
		}
	}
	return right;
}

/* ---- running them ---- */

static void set_latencies(struct timing *timing)
{
	const struct contest *contest = &timing->latency;

	for (size_t i = 0; i < contest->count; i++) {
		const struct contestant *contestant = contest->contestants[i];
		json_t *object = contestant->object;

		contestant_set_latency(contestant, contest->rounds);
		json_array_append_new(timing->percentiles,
				      json_pack("{s:O,s:O,s:o}", "endpoint",
						json_object_get(object, "endpoint"), "placement",
						json_object_get(object, "placement"), "points",
						contestant_percentiles(contestant)));
	}
	for (size_t i = 0; i < timing->throughput.count; i++)
		contestant_set_throughput(timing->throughput.contestants[i],
					  timing->throughput.rounds);
	for (size_t i = 0; i < timing->payload.count; i++)
		contestant_set_latency(timing->payload.contestants[i], timing->payload.rounds);
}

static int run_layers(struct timing *timing, struct failure *failure)
{
	const struct contest *like = &timing->latency;
	struct layer layers[LAYERS];
	int code;

	comparison_progress(timing->comparison, "layers");
	code = layers_run(layers, like->rounds, like->duration / 5, failure);
	for (int i = 0; code == 0 && i < LAYERS; i++) {
		json_t *object = json_pack("{s:s,s:s}", "layer", layers[i].layer, "what",
					   layers[i].what);

		timed_set(object, "cost_ns", &layers[i].cost, like->rounds);
		json_array_append_new(timing->layers, object);
	}
	return code;
}

static int run_all(struct timing *timing, struct failure *failure)
{
	int code = checked_all(timing->comparison->servers, timing->comparison->timeout, failure);

	if (code)
		return code;
	if (!add_latencies(timing) || !add_throughputs(timing) || !add_payloads(timing))
		return failure_set(failure, FAILURE_SYSTEM, "an endpoint is missing, or memory");
	code = run_layers(timing, failure);
	if (code == 0)
		code = contest_run(&timing->latency, timing->comparison, failure);
	if (code == 0)
		code = contest_run(&timing->throughput, timing->comparison, failure);
	if (code == 0)
		code = contest_run(&timing->payload, timing->comparison, failure);
	if (code == 0)
		code = system_calls_run(&timing->system_calls, timing->comparison, timing->cpus[0],
					failure);
	if (code == 0)
		set_latencies(timing);
	return code;
}

static void open_timing(struct timing *timing, struct comparison *comparison)
{
	bool quick = comparison->quick;

	timing->comparison = comparison;
	timing->operands.operands = (calc_operands){ 84, 2 };
	timing->latency.rounds = timing->throughput.rounds = timing->payload.rounds = quick ? 3 : 7;
	timing->latency.duration = INT64_C(1000000) * (quick ? 20 : 100);
	timing->throughput.duration = INT64_C(1000000) * (quick ? 25 : 150);
	timing->payload.duration = INT64_C(1000000) * (quick ? 10 : 60);
	find_cpus(timing->cpus);
	timing->latencies = json_array();
	timing->percentiles = json_array();
	timing->throughputs = json_array();
	timing->payload_rows = json_array();
	timing->layers = json_array();
}

static void release(struct timing *timing)
{
	for (size_t i = 0; i < sizeof(timing->payloads) / sizeof(timing->payloads[0]); i++)
		free(timing->payloads[i].values.calc_values_val);
	contest_release(&timing->latency);
	contest_release(&timing->throughput);
	contest_release(&timing->payload);
	json_decref(timing->latencies);
	json_decref(timing->percentiles);
	json_decref(timing->throughputs);
	json_decref(timing->payload_rows);
	json_decref(timing->layers);
	json_decref(timing->system_calls);
	free(timing);
}

static json_t *run(struct comparison *comparison, struct failure *failure)
{
	struct timing *timing = calloc(1, sizeof(*timing));
	json_t *part = NULL;

	if (!timing) {
		failure_set(failure, FAILURE_SYSTEM, "out of memory");
		return NULL;
	}
	open_timing(timing, comparison);
	if (run_all(timing, failure) == 0)
		part = json_pack("{s:s,s:i,s:O,s:O,s:O,s:O,s:O,s:O*}", "command", COMMAND, "rounds",
				 timing->latency.rounds, "latency", timing->latencies,
				 "percentiles", timing->percentiles, "throughput",
				 timing->throughputs, "payload", timing->payload_rows, "layers",
				 timing->layers, "system_calls", timing->system_calls);
	release(timing);
	return part;
}

const struct part part_time = {
	.name = "time",
	.title = "Time: how long calls take, and what each layer adds",
	.run = run,
	.print = time_print,
	.write = time_write,
	.judge = time_judge,
};
