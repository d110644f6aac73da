/* What is done to a daemon, and what must hold meanwhile. */
#include <sys/resource.h>

#include "tests/daemons/cases.h"

#include <poll.h>

#include "common/duration.h"

#define BEFORE (300 * MILLISECOND)
#define DURING (3 * SECOND)
#define AFTER  (300 * MILLISECOND)
#define COMING 200 /* milliseconds that the hostile clients have to do their worst */

/* The daemon's place for one of the ways, as the hosts know it; false when it has none. */
static bool find_target(const struct lab *lab, unsigned int ways, struct target *target)
{
	const struct daemon *daemon = lab->daemon;

	for (int a = 0; a < DAEMON_ASKS && daemon->asks[a].name; a++)
		for (enum way way = 0; way < WAYS; way++)
			if ((ways & 1U << way) && lab->honest.found[a][way]) {
				*target = (struct target){ .place = lab->honest.places[a][way],
							   .ask = lab->honest.asks[a],
							   .bulk = lab->honest.asks[daemon->bulk],
							   .far = -1 };
				return true;
			}
	return false;
}

static void run_attack(struct lab *lab, const struct test_case *test)
{
	struct target target;
	pid_t pids[8] = { 0 };

	if (!lab_start(lab, TCP | UDP) || !lab_serves(lab, "before", BEFORE))
		return;
	if (!find_target(lab, test->ways, &target)) {
		lab_skip(lab, "it does not listen there");
		return;
	}
	for (int i = 0; i < 8 && test->acts[i]; i++)
		pids[i] = hostile_start(test->acts[i], &target);
	poll(NULL, 0, COMING);
	lab_serves(lab, "meanwhile", DURING);
	for (int i = 0; i < 8 && pids[i] > 0; i++)
		hostile_end(pids[i]);
	if (lab->verdict == PASSED && lab_serves(lab, "afterwards", AFTER))
		lab_lives(lab);
}

const struct test_case test_cases[] = {
	{ "two-bytes", run_attack, .ways = TCP, .acts = { hostile_two_bytes } },
	{ 0 },
};
