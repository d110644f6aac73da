/*
 * Clients that mean no good, one kind after the other, against a sidecalld that has to serve an
 * honest client all the while, soon, and without growing.
 *
 * With V=1 in the environment it prints what it measured (docs/hostile.md); with an argument it
 * makes only the attacks that have this in their name.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/calls.h"
#include "tests/campaign.h"
#include "tests/honest.h"
#include "tests/observe.h"
#include "tests/process.h"
#include "tests/samples.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MILLISECOND  (SECOND / 1000)
#define MOST_WAIT    (100 * MILLISECOND * HARNESS_SLOWNESS) /* of an honest client's call */
#define MOST_GROWTH  (65536L * HARNESS_SLOWNESS)            /* KiB that the server may grow by */
#define DURATION     (SECOND / 2)                           /* of an attack, at least */
#define PATIENCE     (5 * SECOND * HARNESS_SLOWNESS)        /* for the log to tell of it */
#define LOG_PATIENCE (4 * PATIENCE)                         /* for the log to tell of it */
#define TRIES        3 /* the machine, too, makes a client wait: one good try is enough */

static char root[] = "/tmp/sidecall-test-XXXXXX"; /* shared by all daemons: a page of it is 1 MiB */

/* ---- the server ---- */

struct server {
	struct daemon daemon;
	struct endpoint endpoints[EVERYWHERE + 2]; /* those, and the pipes' */
	int descriptors;                           /* with the honest client connected */
	long memory;
};

static void server_start(struct server *server, const struct attack *attack)
{
	const char *const options[] = { "--message-timeout", "1", attack->options[0],
					attack->options[1], NULL };

	CU_ASSERT_FATAL(daemon_start_everywhere(&server->daemon, root, options));
	for (size_t i = 0; i < EVERYWHERE; i++)
		server->endpoints[i] = call_endpoint(server->daemon.endpoints[i]);
	server->endpoints[EVERYWHERE] = call_endpoint("rpc+pipe");
	server->endpoints[EVERYWHERE + 1] = call_endpoint("raw+pipe");
}

/* ---- one attack ---- */

struct seen {
	int64_t slowest, slowest_list;
	char at[ENDPOINT_MAX_TEXT + 32];
	long growth; /* KiB */
	bool logged;
};

static void watch(struct server *server, const struct attack *attack, struct honest *honest,
		  struct seen *seen)
{
	int64_t begin = channel_clock(), now = begin;

	seen->logged = !attack->log;
	while (now < begin + DURATION || (!seen->logged && now < begin + LOG_PATIENCE)) {
		honest_round(honest, attack->newcomers);
		if (!seen->logged)
			seen->logged = daemon_says(&server->daemon, attack->log, 0);
		now = channel_clock();
	}
}

/* What is left when all have gone: nothing. */
static void check_aftermath(const struct server *server)
{
	/* A worker may have lost the one that it keeps in hand. */
	CU_ASSERT(observe_descriptors_until(server->daemon.pid, server->descriptors) <=
		  server->descriptors);
	CU_ASSERT(observe_idle(server->daemon.pid));
}

static void attack_once(const struct attack *attack, struct seen *seen)
{
	struct server server;
	struct honest honest;
	pid_t attacker;

	server_start(&server, attack);
	honest_join(&honest, server.endpoints, EVERYWHERE, PATIENCE);
	server.descriptors = observe_descriptors(server.daemon.pid);
	honest_round(&honest, ON_ALL);
	CHECK_INT(observe_descriptors_until(server.daemon.pid, server.descriptors),
		  server.descriptors);
	server.memory = observe_memory(server.daemon.pid);
	CU_ASSERT(observe_peak_begin(server.daemon.pid));
	if (attack->descriptors)
		observe_limit_descriptors(server.daemon.pid,
					  observe_lowest_free(server.daemon.pid) +
						  (unsigned int)attack->descriptors);
	honest.slowest = honest.slowest_list = 0;
	attacker = attack_start(attack, server.endpoints, COUNT(server.endpoints));
	watch(&server, attack, &honest, seen);
	CU_ASSERT(attack_end(attacker));
	seen->growth = observe_peak(server.daemon.pid) - server.memory;
	seen->slowest = honest.slowest;
	seen->slowest_list = honest.slowest_list;
	strcpy(seen->at, honest.slowest_at);
	honest_round(&honest, 0);
	harness_check_str(__FILE__, __LINE__, "what the honest client met", honest.why, "");
	check_aftermath(&server);
	honest_leave(&honest);
	CHECK_INT(daemon_stop(&server.daemon), 0);
}

static void print(const struct attack *attack, const struct seen *seen)
{
	if (getenv("V"))
		printf("%-42s %6.1f ms %7ld KiB  list %6.1f ms  %s\n", attack->name,
		       (double)seen->slowest / (double)MILLISECOND, seen->growth,
		       (double)seen->slowest_list / (double)MILLISECOND, seen->at);
}

static void run(const struct attack *attack)
{
	struct seen seen = { .slowest = INT64_MAX };
	char what[ENDPOINT_MAX_TEXT + 128];

	for (int i = 0; i < TRIES && seen.slowest > MOST_WAIT; i++) {
		attack_once(attack, &seen);
		print(attack, &seen);
	}
	CHECK_THAT(seen.slowest <= MOST_WAIT, "an honest client waited for %d ms (%s)",
		   (int)(seen.slowest / MILLISECOND), seen.at);
	snprintf(what, sizeof(what), "whether %ld KiB are more than a server may grow by",
		 seen.growth);
	harness_check_int(__FILE__, __LINE__, what, seen.growth > MOST_GROWTH, 0);
	harness_check_int(__FILE__, __LINE__, attack->log ? attack->log : "the log", seen.logged,
			  1);
}

/* ---- calls that claim more than any contract should allow ---- */

/* The words of a call and of a reply, by rpc (RFC 5531, section 9) and raw (docs/protocol.md). */
enum { RPC_ARGUMENTS = 40, RPC_STATUS = 20, RAW_ARGUMENTS = 8, RAW_STATUS = 4 };

/* What is said to a call whose first argument claims to have 2^32 - 1 bytes, or items. */
static uint32_t claim_everything(const struct sample *sample, const struct endpoint *endpoint)
{
	bool rpc = endpoint->protocol == ENDPOINT_RPC;
	struct buffer call = { 0 };
	uint8_t reply[256];
	uint32_t status = 0;
	struct wire wire;

	sample_call(sample, rpc, false, 1, &call);
	memset(call.data + (rpc ? RPC_ARGUMENTS : RAW_ARGUMENTS), 0xff, 4);
	CU_ASSERT(wire_connect(&wire, endpoint));
	wire_send_part(&wire, call.data, call.length, call.length);
	if (wire_receive(&wire, reply, sizeof(reply)))
		memcpy(&status, reply + (rpc ? RPC_STATUS : RAW_STATUS), sizeof(status));
	wire_close(&wire);
	buffer_release(&call);
	return rpc ? be32toh(status) : be32toh(status) & 0xffff;
}

/* Each procedure's variable part comes first, and is bounded in the contract. */
static void test_claims(void)
{
	static const char *const names[] = { "evaluate", "summarize", "accumulate", "stat",
					     "list",     "readlink",  "digest",     "space" };
	struct server server;
	long memory;

	server_start(&server, attacks);
	memory = observe_memory(server.daemon.pid);
	for (const struct sample *s = samples; s->procedure; s++)
		for (size_t i = 0; i < COUNT(names); i++)
			if (strcmp(s->procedure, names[i]) == 0) {
				CHECK_INT(claim_everything(s, &server.endpoints[0]), GARBAGE_ARGS);
				CHECK_INT(claim_everything(s, &server.endpoints[1]),
					  RAW_BAD_REQUEST);
			}
	CU_ASSERT(observe_memory(server.daemon.pid) - memory < 1024L * HARNESS_SLOWNESS);
	CHECK_INT(daemon_stop(&server.daemon), 0);
}

int main(int argc, char **argv)
{
	static const struct campaign campaign = {
		.suite = "hostile",
		.root = root,
		.first = { "calls that claim everything", test_claims },
		.run = run,
	};

	return campaign_main(&campaign, argc, argv);
}
