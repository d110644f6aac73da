/*
 * The same attacks (tests/kit/attacks.c) on the server that rpcgen's user gets: those that harm it
 * do it visibly, so the tests that ours passes can fail; and by `sidecall run` none does.  And what
 * no flood is needed for.
 *
 * With an argument it makes only the attacks that have this in their name, whatever they are.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/kit/calls.h"
#include "tests/kit/attack_tests.h"
#include "tests/kit/honest_client.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      SECOND
#define GROWTH       65536L       /* KiB */
#define LOOKS        50           /* at whether it waits for something */
#define UNHARMED_FOR (8 * SECOND) /* when nothing is expected to happen */
#define RUN_FOR      (3 * SECOND) /* likewise, by `sidecall run`; each harm here shows sooner */

static char root[] = "/tmp/sidecall-test-XXXXXX";

static const char *const fates[] = { "unharmed", "stalls", "dies", "grows", "spins" };

/* ---- what becomes of it ---- */

static bool is_dead(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* In how many of the next looks it has something to do, be there a processor for it or not. */
static int look_often(pid_t pid)
{
	int running = 0;

	for (int i = 0; i < LOOKS; i++) {
		running += observe_is_running(pid);
		poll(NULL, 0, 10);
	}
	return running;
}

/* What has become of it so far.  An honest client is not answered in time, and the server either
 * uses a processor all the time, or sleeps: then it waits for somebody else, who is not the client,
 * whose call is there. */
static enum fate look(pid_t pid, long memory, struct honest_client *honest, unsigned int newcomers)
{
	int running;

	honest->failures = 0;
	honest_client_round(honest, newcomers);
	if (is_dead(pid))
		return DIES;
	if (observe_memory(pid) - memory > GROWTH)
		return GROWS;
	if (!honest->failures)
		return UNHARMED;
	running = look_often(pid);
	return running > LOOKS * 3 / 4 ? SPINS : running < LOOKS / 4 ? STALLS : UNHARMED;
}

static void listen_at(const struct daemon *daemon, struct endpoint endpoints[3])
{
	for (unsigned int i = 0; i < 3; i++) {
		endpoints[i] = call_endpoint(daemon->endpoints[i]);
		endpoints[i].protocol = ENDPOINT_RPC; /* our client, which does not wait for ever */
	}
}

/* How a server is started, and what is expected to become of it for how long. */
struct victim {
	const char *what;
	bool (*start)(struct daemon *daemon, const char *root);
	enum fate expected;
	int64_t patience;
	int64_t timeout; /* of a call beside the attackers */
	/* Who calls beside the attackers, and on which transports he comes anew. */
	struct honest_client_self self;
	unsigned int newcomers;
};

static enum fate await(const struct victim *victim, pid_t pid, long memory,
		       struct honest_client *honest)
{
	const enum fate expected = victim->expected;
	int64_t end = clock_now() + victim->patience;
	enum fate fate;

	do
		fate = look(pid, memory, honest, victim->newcomers);
	while (clock_now() < end && fate != DIES &&
	       (expected == UNHARMED ? fate == UNHARMED : fate != expected));
	return fate;
}

static enum fate suffer(const struct attack *attack, const struct victim *victim,
			struct honest_client *honest)
{
	struct endpoint endpoints[3];
	struct daemon daemon;
	enum fate fate;
	pid_t attacker;
	long memory;

	CU_ASSERT_FATAL(victim->start(&daemon, root));
	daemon_let_in(&daemon);
	listen_at(&daemon, endpoints);
	honest_client_join(honest, endpoints, 3, victim->timeout, victim->self);
	memory = observe_memory(daemon.pid);
	if (attack->descriptors)
		observe_limit_descriptors(daemon.pid, observe_lowest_free(daemon.pid) +
							      (unsigned int)attack->descriptors);
	attacker = attack_start(attack, endpoints, 3);
	fate = await(victim, daemon.pid, memory, honest);
	attack_end(attacker);
	honest_client_leave(honest);
	kill(daemon.pid, SIGKILL); /* it may be held up */
	daemon_stop(&daemon);
	return fate;
}

static void check_fate(const struct attack *attack, const struct victim *victim)
{
	struct honest_client honest;
	enum fate fate = suffer(attack, victim, &honest);
	char what[128];

	if (getenv("V"))
		printf("%-5s  %-42s %-8s  %s\n", victim->what, attack->name, fates[fate],
		       honest.why);
	snprintf(what, sizeof(what), "the fate of the server, %s (\"%.80s\")", victim->what,
		 attack->name);
	harness_check_str(__FILE__, __LINE__, what, fates[fate], fates[victim->expected]);
}

static int64_t patience_for(enum fate expected, int64_t unharmed)
{
	return expected == UNHARMED ? unharmed : 2 * HARNESS_PATIENCE * SECOND;
}

static void run(const struct attack *attack)
{
	const struct victim stock = { .what = "stock",
				      .start = daemon_start_stock,
				      .expected = attack->stock,
				      .patience = patience_for(attack->stock, UNHARMED_FOR),
				      .timeout = TIMEOUT,
				      .newcomers = ON_ALL };
	const struct victim ours = { .what = "run",
				     .start = daemon_run_stock,
				     .expected = attack->run,
				     .patience = patience_for(attack->run, RUN_FOR),
				     .timeout = attack->run == UNHARMED
							? HARNESS_PATIENCE / 2 * SECOND
							: TIMEOUT,
				     .self = honest_client_another(),
				     .newcomers = attack->newcomers };

	check_fate(attack, &stock);
	if (HARNESS_SLOWNESS == 1) /* with a sanitizer nothing can be preloaded */
		check_fate(attack, &ours);
}

static bool harms_stock(const struct attack *attack)
{
	return attack->stock != UNHARMED;
}

/* ---- one datagram is enough ---- */

/* What the server says to a call (RFC 5531, section 9) of another client's before and then this:
 * a call that claims an expression and ends there.  The accept_stat, or -1. */
static int claim_more_than_there_is(const struct endpoint *endpoint)
{
	const char *expression = "1+1+1+1+1+1+1+1+1+1+1+1";
	struct buffer call = { 0 };
	uint32_t reply[16] = { 0 };
	struct wire other, wire;

	call_make(&call, true, false, 1, "evaluate", &expression);
	CU_ASSERT(wire_connect(&other, endpoint) && wire_connect(&wire, endpoint));
	wire_send_part(&other, call.data, call.length, call.length);
	CU_ASSERT(wire_receive(&other, reply, sizeof(reply)) > 0);
	wire_send_part(&wire, call.data, call.length, 44); /* the header and the length */
	if (wire_receive(&wire, reply, sizeof(reply)) < 24)
		reply[5] = UINT32_MAX;
	buffer_release(&call);
	wire_close(&other);
	wire_close(&wire);
	return (int)be32toh(reply[5]);
}

static int claim(const char *const options[])
{
	struct endpoint endpoint;
	struct daemon daemon;
	int status;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	endpoint.protocol = ENDPOINT_RPC;
	status = claim_more_than_there_is(&endpoint);
	daemon_stop(&daemon);
	return status;
}

/* The stock server answers with what it evaluated of the other client's datagram. */
static void test_claims(void)
{
	static const char *const theirs[] = { "--stock", "--listen", "tirpc+udp://127.0.0.1:0",
					      NULL };
	static const char *const ours[] = { "--workers", "1", "--listen", "rpc+udp://127.0.0.1:0",
					    NULL };

	CHECK_INT(claim(theirs), SUCCESS);
	CHECK_INT(claim(ours), GARBAGE_ARGS);
}

int main(int argc, char **argv)
{
	static const struct attack_tests program = {
		.suite = "hostile stock",
		.root = root,
		.first = { "a datagram that claims more than it holds", test_claims },
		.makes = harms_stock,
		.run = run,
	};

	return attack_tests_main(&program, argc, argv);
}
