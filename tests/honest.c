/* A client that means no harm, on many endpoints at once: how long it waits, at worst. */
#include "tests/honest.h"

#include <stdio.h>
#include <string.h>

#include "client/procedures.h"

static void note_failure(struct honest *honest, const char *who, const char *why)
{
	if (!honest->failures++)
		snprintf(honest->why, sizeof(honest->why), "%s: %s", who, why);
}

/* A small page: what may wait for a disk has to be served, too, though nobody promises how soon:
 * the pool's priority is low, so on a busy machine it is late with everything. */
static void list_in_turn(struct honest *honest, struct client *client)
{
	char path[] = ".";
	fileinfo_list_args arguments = { path, 0, 4096 };
	const struct procedure *procedure = procedure_find("list");
	union procedure_result result = { 0 };
	struct failure failure = { 0 };
	int64_t began = channel_clock(), took;
	char at[ENDPOINT_MAX_TEXT];

	if (client->endpoint.transport == ENDPOINT_UDP)
		return; /* others' calls keep one out that comes again and again, too late */
	if (procedure_call_by(procedure, client, began + 4 * honest->timeout, &arguments, &result,
			      &failure)) {
		endpoint_format(&client->endpoint, at);
		note_failure(honest, at, failure.why);
	}
	took = channel_clock() - began;
	if (took > honest->slowest_list)
		honest->slowest_list = took;
	procedure_release(procedure, NULL, &result);
}

static void add(struct honest *honest, struct client *client, const char *who)
{
	calc_operands operands = { 40, 2 };
	union procedure_result result = { 0 };
	struct failure failure = { 0 };
	int64_t began = channel_clock(), took;
	int code = procedure_call(procedure_find("add"), client, &operands, &result, &failure);
	char at[ENDPOINT_MAX_TEXT];

	took = channel_clock() - began;
	honest->calls++;
	if (code == 0 && took <= honest->slowest)
		return;
	endpoint_format(&client->endpoint, at);
	if (took > honest->slowest) {
		honest->slowest = took;
		snprintf(honest->slowest_at, sizeof(honest->slowest_at), "%s, %s", at, who);
	}
	if (code)
		note_failure(honest, honest->slowest_at, failure.why);
	else if (result.number.calc_result_u.value != 42)
		note_failure(honest, at, "a wrong answer");
}

void honest_join(struct honest *honest, const struct endpoint *endpoints, unsigned int count,
		 int64_t timeout)
{
	*honest = (struct honest){ .count = count, .timeout = timeout };
	for (unsigned int i = 0; i < count; i++)
		client_init(&honest->stayers[i], &endpoints[i], timeout);
	honest_round(honest, 0);
}

void honest_leave(struct honest *honest)
{
	for (unsigned int i = 0; i < honest->count; i++)
		client_release(&honest->stayers[i]);
}

void honest_round(struct honest *honest, unsigned int newcomers)
{
	for (unsigned int i = 0; i < honest->count; i++) {
		struct client *stayer = &honest->stayers[i], newcomer;

		if (honest->failures)
			return;
		add(honest, stayer, "connected before");
		if (honest->failures || !(newcomers & 1U << stayer->endpoint.transport))
			continue;
		client_init(&newcomer, &stayer->endpoint, honest->timeout);
		add(honest, &newcomer, "a newcomer");
		client_release(&newcomer);
	}
	list_in_turn(honest, &honest->stayers[honest->rounds++ % honest->count]);
}
