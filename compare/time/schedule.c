/* Who is timed against whom: the contestants of three contests. */
#include "compare/time/schedule.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "compare/time/verify_answers.h"

/* Bytes of divide and its reply as raw messages on a stream: what the floors carry. */
#define CALL_BYTES  28
#define REPLY_BYTES 22

#define VALUE 8 /* bytes of a payload's items */

/* Where the servers of schedule_prepare() are, other than where endpoints are by themselves. */
#define OURS_AT  "://127.0.0.1:7118"
#define STOCK_AT "://127.0.0.1:7119"

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
static void place_ends(const struct schedule *schedule, bool two, int pin[2])
{
	pin[0] = schedule->cpus[0];
	pin[1] = two ? schedule->cpus[1] : schedule->cpus[0];
}

/* ---- what repeats it ---- */

json_t *schedule_prepare(void)
{
	return json_pack("[s,s]",
			 "sidecalld --no-rpcbind --listen rpc+tcp" OURS_AT
			 " --listen rpc+udp" OURS_AT
			 " --listen raw+tcp --listen raw+udp --listen rpc+unix --listen raw+unix"
			 " --listen rpc+fifo --listen raw+fifo --listen rpc+shm --listen raw+shm",
			 "sidecalld --stock --no-rpcbind --listen tirpc+tcp" STOCK_AT
			 " --listen tirpc+udp" STOCK_AT " --listen tirpc+unix");
}

/* Whether libtirpc's server is there, by whatever client it is called. */
static bool is_stock(const struct servers *servers, const struct endpoint *endpoint)
{
	const struct endpoint *stock = server_endpoint(&servers->stock, ENDPOINT_TIRPC,
						       endpoint->transport);

	return stock && stock->port == endpoint->port && strcmp(stock->path, endpoint->path) == 0;
}

static void name_endpoint(const struct endpoint *endpoint, const char *at, char name[64])
{
	snprintf(name, 64, "%s+%s%s", endpoint_protocol_name(endpoint->protocol),
		 endpoint_transport_name(endpoint->transport), at);
}

/* As a command names the same endpoint of a server of schedule_prepare(). */
static void name_prepared(const struct servers *servers, const struct endpoint *endpoint,
			  char name[64])
{
	const char *at = "";

	if (endpoint_has_host(endpoint) && endpoint_speaks_rpc(endpoint))
		at = is_stock(servers, endpoint) ? STOCK_AT : OURS_AT;
	name_endpoint(endpoint, at, name);
}

/* What is called how, and where: from what is run indeed. */
static void set_command(const struct schedule *schedule, const struct contestant *contestant)
{
	const struct load *load = &contestant->load;
	const calc_values *values = load->arguments;
	char at[64], payload[32] = "", many[64] = "", other[16] = "", command[256];

	name_prepared(schedule->servers, &load->endpoint, at);
	if (load->right == verify_sum)
		snprintf(payload, sizeof(payload), " --payload %u",
			 values->calc_values_len * VALUE);
	if (load->prepared)
		snprintf(many, sizeof(many), " --prepared --connections %u --depth %u",
			 load->connections, load->depth);
	if (load->pin[1] != load->pin[0])
		snprintf(other, sizeof(other), ",%d", load->pin[1]);
	snprintf(command, sizeof(command),
		 "sidecall --via %s measure --procedure %s%s%s --pin %d%s", at,
		 load->procedure->name, payload, many, load->pin[0], other);
	figure_set(contestant->object, &figures.command, json_string(command));
}

/* ---- contestants ---- */

static struct load load_on(const struct schedule *schedule, const struct endpoint *endpoint,
			   bool two)
{
	struct load load = { .endpoint = *endpoint,
			     .procedure = procedure_find("divide"),
			     .arguments = (void *)&schedule->operands,
			     .right = verify_quotient,
			     .connections = 1,
			     .depth = 1,
			     .server = servers_process(schedule->servers, endpoint),
			     .timeout = schedule->timeout };

	place_ends(schedule, two, load.pin);
	return load;
}

/* A row with its name, and the contestant that gets its figures; NULL when out of memory. */
static struct contestant *enter_row(struct contest *contest, const char *name, bool two)
{
	return contest_add(contest, json_pack("{s:s,s:s}", KEY(endpoint), name, KEY(placement),
					      two ? PLACEMENT_TWO_CPUS : PLACEMENT_ONE_CPU));
}

static bool enter_latency(struct schedule *schedule, const struct endpoint *endpoint, bool two)
{
	struct contestant *contestant;
	char name[64];

	name_endpoint(endpoint, "", name);
	contestant = enter_row(&schedule->latency, name, two);
	if (!contestant)
		return false;
	contestant->load = load_on(schedule, endpoint, two);
	set_command(schedule, contestant);
	return true;
}

/* Two processes that only read and write; with `many` one waits as for many others. */
static bool enter_floor(struct schedule *schedule, enum endpoint_transport transport, bool many,
			bool two)
{
	const size_t length = transport == ENDPOINT_UDP || transport == ENDPOINT_SHM ? 0 : 4;
	struct contestant *contestant;
	char name[64];

	snprintf(name, sizeof(name), "bare %s%s", endpoint_transport_name(transport),
		 many ? ", epoll" : "");
	contestant = enter_row(&schedule->latency, name, two);
	if (!contestant)
		return false;
	contestant->baseline = (struct baseline){ .transport = transport,
						  .call = CALL_BYTES - 4 + length,
						  .reply = REPLY_BYTES - 4 + length,
						  .spin = two && transport == ENDPOINT_SHM,
						  .many = many };
	place_ends(schedule, two, contestant->baseline.pin);
	return true;
}

static bool enter_latencies(struct schedule *schedule, bool two)
{
	const struct servers *servers = schedule->servers;
	bool right = true;

	for (int i = 0; i < servers->count; i++)
		right = enter_latency(schedule, &servers->endpoints[i], two) && right;
	for (int transport = ENDPOINT_TCP; transport <= ENDPOINT_SHM; transport++)
		right = enter_floor(schedule, transport, false, two) && right;
	return enter_floor(schedule, ENDPOINT_TCP, true, two) && right;
}

/* libtirpc's server is called by our client, for libtirpc's own has one call in flight only. */
static bool enter_throughput(struct schedule *schedule, const struct endpoint *endpoint, bool two,
			     unsigned int connections, unsigned int depth)
{
	struct load load = load_on(schedule, endpoint, two);
	struct contestant *contestant;
	char name[64];

	if (load.endpoint.protocol == ENDPOINT_TIRPC)
		load.endpoint.protocol = ENDPOINT_RPC;
	load.connections = connections;
	load.depth = depth;
	load.prepared = true;
	name_endpoint(&load.endpoint, is_stock(schedule->servers, endpoint) ? " to libtirpc" : "",
		      name);
	contestant = enter_row(&schedule->throughput, name, two);
	if (!contestant)
		return false;
	contestant->load = load;
	figure_set(contestant->object, &figures.connections, json_integer(load.connections));
	figure_set(contestant->object, &figures.depth, json_integer(load.depth));
	set_command(schedule, contestant);
	return true;
}

static bool enter_throughputs(struct schedule *schedule, bool two)
{
	static const struct {
		unsigned int connections, depth;
	} loads[] = { { 1, 1 }, { 4, 1 },  { 16, 1 }, { 64, 1 },
		      { 1, 4 }, { 1, 16 }, { 1, 64 }, { 16, 16 } };
	const struct servers *servers = schedule->servers;
	const struct endpoint *contestants[] = {
		server_endpoint(&servers->ours, ENDPOINT_RPC, ENDPOINT_TCP),
		server_endpoint(&servers->ours, ENDPOINT_RAW, ENDPOINT_TCP),
		server_endpoint(&servers->stock, ENDPOINT_TIRPC, ENDPOINT_TCP)
	};
	bool right = true;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		for (int j = 0; j < 3; j++)
			right = contestants[j] &&
				enter_throughput(schedule, contestants[j], two,
						 loads[i].connections, loads[i].depth) &&
				right;
	return right;
}

static bool enter_payload(struct schedule *schedule, const struct endpoint *endpoint,
			  calc_values *values)
{
	struct contestant *contestant;
	char name[64];

	name_endpoint(endpoint, "", name);
	contestant = enter_row(&schedule->payload, name, false);
	if (!contestant)
		return false;
	contestant->load = load_on(schedule, endpoint, false);
	contestant->load.procedure = procedure_find("summarize");
	contestant->load.arguments = values;
	contestant->load.right = verify_sum;
	figure_set(contestant->object, &figures.argument_size,
		   json_integer(values->calc_values_len * VALUE));
	set_command(schedule, contestant);
	return true;
}

static bool make_values(calc_values *values, unsigned int bytes)
{
	values->calc_values_len = bytes / VALUE;
	values->calc_values_val = calloc(values->calc_values_len, VALUE);
	for (u_int i = 0; values->calc_values_val && i < values->calc_values_len; i++)
		values->calc_values_val[i] = i;
	return values->calc_values_val;
}

/* Of each size on each of these transports; what is bigger than a datagram goes by no udp. */
static bool enter_payloads(struct schedule *schedule)
{
	/* The third is what Firefly RPC had for large, and about the median of a data centre's. */
	static const unsigned int sizes[SCHEDULE_SIZES] = { 16, 256, 1440, 4096, 32768 };
	static const enum endpoint_transport transports[] = { ENDPOINT_TCP, ENDPOINT_UNIX,
							      ENDPOINT_SHM };
	bool right = true;

	for (size_t i = 0; i < SCHEDULE_SIZES; i++) {
		calc_values *values = &schedule->payloads[i].values;

		if (!make_values(values, sizes[i]))
			return false;
		for (size_t j = 0; j < 6; j++) {
			const struct endpoint *endpoint = server_endpoint(
				&schedule->servers->ours, j % 2 ? ENDPOINT_RAW : ENDPOINT_RPC,
				transports[j / 2]);

			right = endpoint && enter_payload(schedule, endpoint, values) && right;
		}
	}
	return right;
}

bool schedule_open(struct schedule *schedule, const struct servers *servers, int64_t timeout)
{
	bool right = true;

	*schedule = (struct schedule){ .servers = servers,
				       .timeout = timeout,
				       .operands.operands = { 84, 2 } };
	find_cpus(schedule->cpus);
	contest_init(&schedule->latency);
	contest_init(&schedule->throughput);
	contest_init(&schedule->payload);
	for (int two = 0; two < (schedule->cpus[1] >= 0 ? 2 : 1); two++)
		right = enter_latencies(schedule, two) && enter_throughputs(schedule, two) && right;
	return enter_payloads(schedule) && right;
}

void schedule_release(struct schedule *schedule)
{
	for (size_t i = 0; i < SCHEDULE_SIZES; i++)
		free(schedule->payloads[i].values.calc_values_val);
	contest_release(&schedule->latency);
	contest_release(&schedule->throughput);
	contest_release(&schedule->payload);
}
