/* A client that means no harm: it asks a daemon's real procedures, over and over, by each way. */
#include "tests/daemons/honest.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"

#define PAUSE 10                  /* milliseconds between rounds */
#define PROBE (500 * MILLISECOND) /* that a daemon has to show that it is there */

/* Where in the tables, for every procedure and way that is there. */
#define EACH(honest, a, way)                                                                       \
	for (int a = 0; a < DAEMON_ASKS && (honest)->asks[a].name; a++)                            \
		for (enum way way = 0; way < WAYS; way++)                                          \
			if ((honest)->found[a][way])

static bool find_places(struct honest *honest, int a, unsigned int ways)
{
	const struct ask *ask = &honest->asks[a];
	bool found = false;

	for (enum way way = 0; way < WAYS; way++) {
		honest->stayers[a][way] = -1;
		honest->found[a][way] = (ask->ways & ways & 1U << way) &&
					place_find(ask->program, ask->version, way,
						   &honest->places[a][way]);
		found = found || honest->found[a][way];
	}
	return found || !(ask->ways & ways);
}

bool honest_join(struct honest *honest, const struct ask *asks, unsigned int ways)
{
	*honest = (struct honest){ 0 };
	memcpy(honest->asks, asks, sizeof(honest->asks));
	for (int a = 0; a < DAEMON_ASKS && asks[a].name; a++)
		if (!find_places(honest, a, ways))
			return false;
	return true;
}

void honest_leave(struct honest *honest)
{
	EACH(honest, a, way)
	if (honest->stayers[a][way] >= 0)
		close(honest->stayers[a][way]);
}

static bool answers(const struct place *place, struct ask ask)
{
	int64_t deadline = clock_now() + PROBE;
	struct answer answer = { .status = ANSWER_NONE };
	int fd;

	ask.procedure = 0;
	ask.pack = NULL;
	fd = place_connect(place, &ask, deadline);
	if (fd >= 0) {
		call_on(fd, place, &ask, deadline, &answer);
		close(fd);
	}
	answer_release(&answer);
	return answer.status != ANSWER_NONE;
}

unsigned int honest_probe(const struct honest *honest)
{
	unsigned int count = 0;

	EACH(honest, a, way)
	{
		if (!answers(&honest->places[a][way], honest->asks[a]))
			return 0;
		count++;
	}
	return count;
}

static void note_call(struct honest *honest, const struct ask *ask, enum way way, bool is_new,
		      int64_t took, const char *fault)
{
	honest->calls++;
	if (took > honest->slowest) {
		honest->slowest = took;
		snprintf(honest->slowest_at, sizeof(honest->slowest_at), "%s %s%s", ask->name,
			 way_name(way), is_new ? ", newcomer" : "");
	}
	if (fault && !honest->why[0])
		snprintf(honest->why, sizeof(honest->why), "%s %s%s: %s after %lld ms", ask->name,
			 way_name(way), is_new ? ", newcomer" : "", fault,
			 (long long)(took / MILLISECOND));
}

/* Calls on a descriptor (-1: a new connection, which is returned when it is to stay). */
static int call_once(struct honest *honest, int a, enum way way, int fd, bool stays)
{
	const struct ask *ask = &honest->asks[a];
	int64_t begin = clock_now(), deadline = begin + HONEST_DEADLINE;
	struct answer answer = { .status = ANSWER_NONE };
	bool is_new = fd < 0;

	if (is_new)
		fd = place_connect(&honest->places[a][way], ask, deadline);
	if (fd >= 0)
		call_on(fd, &honest->places[a][way], ask, deadline, &answer);
	else
		answer.why = errno == ETIMEDOUT ? "no connection" : strerror(errno);
	note_call(honest, ask, way, is_new && !stays, clock_now() - begin,
		  answer_fault(ask, &answer));
	answer_release(&answer);
	if (stays || fd < 0)
		return fd;
	close(fd);
	return -1;
}

bool honest_round(struct honest *honest)
{
	EACH(honest, a, way)
	{
		int *stayer = &honest->stayers[a][way];

		if (!honest->why[0])
			*stayer = call_once(honest, a, way, *stayer, true);
		if (!honest->why[0])
			call_once(honest, a, way, -1, false);
	}
	return !honest->why[0];
}

bool honest_rounds(struct honest *honest, int64_t duration)
{
	int64_t end = clock_now() + duration;
	bool right;

	do {
		right = honest_round(honest);
		poll(NULL, 0, PAUSE);
	} while (right && clock_now() < end);
	return right;
}
