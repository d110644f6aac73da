/*
 * Clients that mean no good, one kind after the other, against a sidecalld that has to serve an
 * honest client all the while, and does not grow.  How soon it serves is for `make hostile` to say
 * (bench/hostile.c, docs/hostile.md): here a call has ten seconds, where the stock server keeps it
 * waiting for half a minute, or for ever.
 *
 * With an argument it makes only the attacks that have this in their name.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/calls.h"
#include "tests/kit/attack_tests.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"
#include "tests/kit/attack_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEADLINE     (10 * SECOND * HARNESS_SLOWNESS) /* of an honest client's call */
#define MOST_GROWTH                                                                                \
	(98304L * HARNESS_SLOWNESS) /* KiB that the server may grow by: docs/hostile.md */
#define DURATION (SECOND / 4)       /* of an attack, at least */

static char root[] = "/tmp/sidecall-test-XXXXXX"; /* shared by all daemons: a page of it is 1 MiB */

static void make_attack(const struct attack *attack)
{
	struct attack_run run = { .deadline = DEADLINE, .during = DURATION };

	attack_run_make(&run, attack, root);
	harness_check_str(__FILE__, __LINE__, "what the honest client met", run.why, "");
	CHECK_THAT(run.growth <= MOST_GROWTH, "the server grew by %ld KiB", run.growth);
	/* A server with a sanitizer may be too slow to come to its limits. */
	CHECK_THAT(run.logged || HARNESS_SLOWNESS > 1, "the log does not say \"%s\"", attack->log);
	CHECK_THAT(run.descriptors <= 0, "%d descriptors are left open", run.descriptors);
	CHECK_THAT(run.idle, "the server has something to do when all have gone");
	CHECK_THAT(run.ended_well, "the attacker or the server did not end well");
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
static void claim_of_each(const struct endpoint endpoints[2])
{
	static const char *const names[] = { "evaluate", "summarize", "accumulate", "stat",
					     "list",     "readlink",  "digest",     "space" };

	for (const struct sample *s = samples; s->procedure; s++)
		for (size_t i = 0; i < COUNT(names); i++)
			if (strcmp(s->procedure, names[i]) == 0) {
				CHECK_INT(claim_everything(s, &endpoints[0]), GARBAGE_ARGS);
				CHECK_INT(claim_everything(s, &endpoints[1]), RAW_BAD_REQUEST);
			}
}

/* What the first ones take is not theirs: buffers, and a sanitizer's own. */
static void test_claims(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen",
					       "raw+tcp://127.0.0.1:0", NULL };
	struct endpoint endpoints[2];
	struct daemon daemon;
	long memory;

	CU_ASSERT_FATAL(daemon_start(&daemon, root, options));
	for (size_t i = 0; i < COUNT(endpoints); i++)
		endpoints[i] = call_endpoint(daemon.endpoints[i]);
	claim_of_each(endpoints);
	memory = observe_memory(daemon.pid);
	claim_of_each(endpoints);
	CU_ASSERT(observe_memory(daemon.pid) - memory < 1024L * HARNESS_SLOWNESS);
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(int argc, char **argv)
{
	static const struct attack_tests program = {
		.suite = "hostile",
		.root = root,
		.first = { "calls that claim everything", test_claims },
		.run = make_attack,
	};

	return attack_tests_main(&program, argc, argv);
}
