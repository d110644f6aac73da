/* What is done to a daemon, and what must hold meanwhile. */
#include <sys/resource.h>

#include "tests/daemons/cases.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"
#include "tests/daemons/identity.h"
#include "tests/daemons/lifetime.h"
#include "tests/kit/observe.h"

#define BEFORE  (300 * MILLISECOND)
#define DURING  (3 * SECOND)
#define AFTER   (300 * MILLISECOND)
#define COMING  200 /* milliseconds that the hostile clients have to do their worst */
#define TIMEOUT (2 * SECOND)
#define WATCHED 1000 /* milliseconds */

/* ---- attacks ---- */

#define TARGETS 2 /* gltpd has two programs, each in a process of its own */

static struct target make_target(const struct lab *lab, const struct test_case *test, int a,
				 enum way way)
{
	const struct honest *honest = &lab->honest;
	struct target target = { .place = honest->places[a][way],
				 .ask = honest->asks[a],
				 .bulk = honest->asks[a ? (unsigned int)a : lab->daemon->bulk],
				 .far = test->far ? lab->far : -1,
				 .crowd = test->crowd };

	if (test->far)
		lab_place_as_far(&target.place);
	return target;
}

/* A place of each of the daemon's programs, for one of the ways.  How many. */
static int find_targets(const struct lab *lab, const struct test_case *test,
			struct target targets[TARGETS])
{
	const struct honest *honest = &lab->honest;
	int count = 0;

	for (int a = 0; a < DAEMON_ASKS && honest->asks[a].name && count < TARGETS; a++)
		for (enum way way = 0; way < WAYS; way++)
			if ((test->ways & 1U << way) && honest->found[a][way] &&
			    (!count || targets[0].ask.program != honest->asks[a].program)) {
				targets[count++] = make_target(lab, test, a, way);
				break;
			}
	return count;
}

static void attack(struct lab *lab, const struct test_case *test, const struct target *targets,
		   int count)
{
	pid_t pids[TARGETS * CASE_ACTS];
	int attackers = 0;

	for (int t = 0; t < count; t++)
		for (int i = 0; i < CASE_ACTS && test->acts[i]; i++)
			pids[attackers++] = hostile_start(test->acts[i], &targets[t]);
	poll(NULL, 0, COMING);
	if (lab_serves(lab, "meanwhile", DURING) && test->check)
		test->check(lab, &targets[0]);
	while (attackers--)
		hostile_end(pids[attackers]);
	if (lab->verdict == PASSED && lab_serves(lab, "afterwards", AFTER))
		lab_lives(lab);
}

static void run_attack(struct lab *lab, const struct test_case *test)
{
	struct target targets[TARGETS];
	int count;

	if (!lab_start(lab, TCP | UDP | test->ways))
		return;
	count = find_targets(lab, test, targets);
	if (!count)
		lab_not_for(lab, "it does not listen there");
	else if (lab_serves(lab, "before", BEFORE))
		attack(lab, test, targets, count);
}

/* ---- what is right, although it looks odd ---- */

/* A call in three fragments, a moment apart. */
static void check_fragments(struct lab *lab, const struct target *target)
{
	struct answer answer = { .status = ANSWER_NONE };
	struct buffer call = { 0 };
	int64_t deadline = clock_now() + TIMEOUT;
	int fd = place_connect(&target->place, &target->ask, deadline);
	size_t begin = 4, part;

	call_bytes(&target->ask, 7, target->place.way, &call);
	part = (call.length - begin) / 3 & ~(size_t)3;
	for (int i = 0; i < 3; i++) {
		size_t length = i < 2 ? part : call.length - begin;
		uint32_t mark = htonl((uint32_t)length | (i < 2 ? 0 : 0x80000000));

		bytes_send(fd, &mark, sizeof(mark), deadline);
		bytes_send(fd, call.data + begin, length, deadline);
		begin += length;
		poll(NULL, 0, 20);
	}
	answer_receive(fd, target->place.way, 7, deadline, &answer);
	if (answer_fault(&target->ask, &answer))
		lab_fail(lab, "a call in three fragments: %s", answer_fault(&target->ask, &answer));
	answer_release(&answer);
	buffer_release(&call);
	close(fd);
}

/* With nobody who calls, but those still there who were let in, or wait for it, it has little to
 * do. */
static void check_calm(struct lab *lab, const struct target *target)
{
	long before = observe_cpu(lab->pid), used;

	(void)target;
	poll(NULL, 0, WATCHED);
	used = observe_cpu(lab->pid) - before;
	if (used > WATCHED / 2)
		lab_fail(lab, "spins: %ld ms of CPU in %d ms without calls", used, WATCHED);
}

/* ---- datagrams ---- */

/* The ask with arguments that datagrams carry, or the first. */
static const struct ask *find_datagram(const struct lab *lab, struct place *place)
{
	const struct honest *honest = &lab->honest;
	const struct ask *found = NULL;

	for (int a = DAEMON_ASKS - 1; a >= 0; a--)
		if (honest->asks[a].name && honest->found[a][BY_UDP] &&
		    (!found || honest->asks[a].pack)) {
			found = &honest->asks[a];
			*place = honest->places[a][BY_UDP];
		}
	return found;
}

/* Sends the whole call, and then another one that lacks its last bytes.  Who looks for them behind
 * what was received finds those of the first. */
static void claim_more(struct lab *lab, const struct ask *ask, const struct place *place, int fd)
{
	struct answer answer = { .status = ANSWER_NONE };
	struct buffer call = { 0 };

	for (uint32_t xid = 1; xid <= 2; xid++) {
		call_bytes(ask, xid, BY_UDP, &call);
		call.length -= xid == 2 ? 4 : 0;
		sendto(fd, call.data, call.length, 0, (const struct sockaddr *)&place->address,
		       place->length);
		answer_receive(fd, BY_UDP, xid, clock_now() + SECOND / 2, &answer);
		if (xid == 1 && answer_fault(ask, &answer))
			lab_fail(lab, "%s: %s", ask->name, answer_fault(ask, &answer));
		if (xid == 2 && answer.status == ANSWER_SUCCESS)
			lab_fail(lab,
				 "%s without its last 4 bytes is executed with those of the call "
				 "before",
				 ask->name);
	}
	answer_release(&answer);
	buffer_release(&call);
}

static void run_claims(struct lab *lab, const struct test_case *test)
{
	const struct ask *ask;
	struct place place;
	int fd;

	(void)test;
	if (!lab_start(lab, TCP | UDP))
		return;
	ask = find_datagram(lab, &place);
	if (!ask) {
		lab_not_for(lab, "it takes no datagrams");
		return;
	}
	if (!lab_serves(lab, "before", BEFORE))
		return;
	fd = place_connect(&place, ask, clock_now() + SECOND);
	claim_more(lab, ask, &place, fd);
	close(fd);
	if (lab->verdict == PASSED && lab_serves(lab, "afterwards", AFTER))
		lab_lives(lab);
}

static int count_lines(const char *path)
{
	FILE *file = path ? fopen(path, "r") : NULL;
	int lines = 0, c;

	while (file && (c = getc(file)) != EOF)
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

/* Until there are no more lines for a while. */
static int count_settled_lines(const char *path)
{
	int lines = count_lines(path), before;

	do {
		before = lines;
		poll(NULL, 0, path ? 400 : 0);
		lines = count_lines(path);
	} while (lines != before);
	return lines;
}

/* Twice at once, and again a moment later, as a client does whose reply is late. */
static void send_thrice(struct lab *lab, const struct ask *ask, const struct place *place, int fd)
{
	struct answer answer = { .status = ANSWER_NONE };
	struct buffer call = { 0 };

	call_bytes(ask, 77, BY_UDP, &call);
	for (int i = 0; i < 3; i++) {
		sendto(fd, call.data, call.length, 0, (const struct sockaddr *)&place->address,
		       place->length);
		if (i == 1)
			answer_receive(fd, BY_UDP, 77, clock_now() + TIMEOUT, &answer);
		if (i == 1 && answer_fault(ask, &answer))
			lab_fail(lab, "%s: %s", ask->name, answer_fault(ask, &answer));
		if (i == 1)
			poll(NULL, 0, 200);
	}
	answer_release(&answer);
	buffer_release(&call);
}

static void run_twice(struct lab *lab, const struct test_case *test)
{
	const char *effects = lab->daemon->effects;
	const struct ask *ask;
	struct place place;
	int before, fd;

	(void)test;
	if (!lab_start(lab, TCP | UDP))
		return;
	ask = find_datagram(lab, &place);
	if (!ask) {
		lab_not_for(lab, "it takes no datagrams");
		return;
	}
	if (!lab_serves(lab, "before", BEFORE))
		return;
	before = count_settled_lines(effects);
	fd = place_connect(&place, ask, clock_now() + SECOND);
	send_thrice(lab, ask, &place, fd);
	close(fd);
	if (effects && count_settled_lines(effects) != before + 1)
		lab_fail(lab, "one %s, received three times, is executed %d times", ask->name,
			 count_lines(effects) - before);
	if (lab->verdict == PASSED && lab_serves(lab, "afterwards", AFTER))
		lab_lives(lab);
}

/* ---- all of them ---- */

const struct test_case test_cases[] = {
	{ "two-bytes", run_attack, .ways = TCP, .acts = { hostile_two_bytes } },
	{ "half-call", run_attack, .ways = TCP, .acts = { hostile_half_call } },
	{ "drip", run_attack, .ways = TCP, .acts = { hostile_drip } },
	{ "never-read", run_attack, .ways = TCP, .acts = { hostile_never_read } },
	{ "slow-read", run_attack, .ways = TCP, .acts = { hostile_slow_read } },
	{ "early-close", run_attack, .ways = TCP, .acts = { hostile_early_close } },
	{ "descriptors", run_attack, .ways = TCP, .acts = { hostile_crowd }, .far = true,
	  .crowd = 100, .descriptors = 64 },
	{ "fragments", run_attack, .ways = TCP, .acts = { hostile_fragments },
	  .check = check_fragments },
	{ "huge", run_attack, .ways = TCP, .acts = { hostile_huge } },
	{ "garbage", run_attack, .ways = TCP, .acts = { hostile_garbage } },
	{ "garbage-udp", run_attack, .ways = UDP, .acts = { hostile_garbage } },
	{ "claims", .run = run_claims },
	{ "twice", .run = run_twice },
	{ "idle-200", run_attack, .ways = TCP, .acts = { hostile_crowd }, .far = true, .crowd = 200,
	  .check = check_calm },
	{ "half-1000", run_attack, .ways = TCP, .acts = { hostile_half_records }, .far = true,
	  .crowd = 1000 },
	{ "churn", run_attack, .ways = TCP, .acts = { hostile_churn }, .far = true },
	{ "churn-udp", run_attack, .ways = UDP, .acts = { hostile_churn }, .far = true },
	{ "many", run_attack, .ways = TCP,
	  .acts = { hostile_two_bytes, hostile_half_call, hostile_drip, hostile_never_read,
		    hostile_slow_read, hostile_early_close, hostile_crowd, hostile_churn,
		    hostile_fragments, hostile_huge, hostile_garbage },
	  .far = true, .crowd = 50 },
	{ "many-udp", run_attack, .ways = UDP,
	  .acts = { hostile_garbage, hostile_garbage, hostile_churn }, .far = true },
	{ "local", run_attack, .ways = LOCAL,
	  .acts = { hostile_two_bytes, hostile_half_call, hostile_drip, hostile_never_read } },
	{ "ipv6", run_attack, .ways = TCP6, .acts = { hostile_two_bytes, hostile_drip } },
	{ "ipv6-udp", run_attack, .ways = UDP6, .acts = { hostile_garbage } },
	{ "inetd", .run = lifetime_inetd },
	{ "restart", .run = lifetime_restart },
	{ "looks", .run = lifetime_look },
	{ "sigterm", .run = lifetime_sigterm },
	{ "sighup", .run = lifetime_sighup },
	{ "idle-cpu", .run = lifetime_idle },
	{ "uid", .run = identity_run },
	{ "port", .run = identity_run },
	{ "address", .run = identity_run },
	{ "hosts-deny", .run = identity_run },
	{ "unix", .run = identity_unix },
	{ 0 },
};
