/*
 * load ENDPOINT: calls as fast as it is answered, by several connections, until standard input
 * ends.  At each line of that it says, behind the line's text, what became of the calls since the
 * last one: a row of a table in Markdown.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/procedures.h"

#define CALLERS   8 /* and one that calls what must not be executed twice */
#define MAX_WORDS 64

/* Since the last line. */
static struct {
	pthread_mutex_t lock;
	unsigned long calls, lost, again; /* that may be executed twice */
	unsigned long once, unknown; /* that must not be; that may have been executed, or not */
	int64_t slowest;             /* of all, nanoseconds */
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

static atomic_bool over;
static struct endpoint endpoint;

/* A connection that is another one than before. */
static bool is_another(const struct client *client, uint32_t *first)
{
	uint32_t now = client->channel ? client->channel->first_id : 0;
	bool another = *first && now && now != *first;

	if (now)
		*first = now;
	return another;
}

static void count(const struct procedure *procedure, bool lost, bool again, int64_t took)
{
	pthread_mutex_lock(&seen.lock);
	if (procedure->once) {
		seen.once++;
		seen.unknown += lost;
	} else {
		seen.calls++;
		seen.lost += lost;
		seen.again += again;
	}
	if (took > seen.slowest)
		seen.slowest = took;
	pthread_mutex_unlock(&seen.lock);
}

static bool is_right(const struct procedure *procedure, const union procedure_result *result)
{
	return procedure->once || result->number.calc_result_u.value == 42;
}

static void *call_on(void *name)
{
	const struct procedure *procedure = procedure_find(name);
	calc_accumulation accumulation = { (char *)"load", 1 };
	calc_operands operands = { 84, 2 };
	uint32_t first = 0;
	struct client client;

	client_init(&client, &endpoint, CLIENT_TIMEOUT);
	client.repeats = CLIENT_REPEATS;
	while (!over) {
		void *arguments = procedure->once ? (void *)&accumulation : &operands;
		union procedure_result result;
		struct failure failure;
		int64_t began = clock_now();
		int code = procedure_call(procedure, &client, arguments, &result, &failure);

		if (code == 0 && !is_right(procedure, &result))
			code = FAILURE_BUG;
		count(procedure, code, is_another(&client, &first), clock_now() - began);
		if (code && !procedure->once)
			fprintf(stderr, "load: lost: %s. %s\n", failure.why, failure.advice);
		if (code)
			client_disconnect(&client);
	}
	client_release(&client);
	return NULL;
}

/* 1 when a call was lost that need not have been. */
static int show(const char *what)
{
	int lost;

	pthread_mutex_lock(&seen.lock);
	lost = seen.lost > 0;
	printf("| %s | %lu | %lu | %lu | %.0f | %lu | %lu |\n", what, seen.calls, seen.again,
	       seen.lost, (double)seen.slowest / 1e6, seen.once, seen.unknown);
	fflush(stdout);
	seen.calls = seen.again = seen.lost = seen.once = seen.unknown = 0;
	seen.slowest = 0;
	pthread_mutex_unlock(&seen.lock);
	return lost;
}

int main(int argc, char **argv)
{
	pthread_t callers[CALLERS + 1];
	char what[MAX_WORDS];
	int lost = 0;

	if (argc != 2 || endpoint_parse(&endpoint, argv[1]))
		return FAILURE_USAGE;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i <= CALLERS; i++)
		pthread_create(&callers[i], NULL, call_on,
			       (void *)(i < CALLERS ? "divide" : "accumulate"));
	while (fgets(what, sizeof(what), stdin)) {
		what[strcspn(what, "\n")] = '\0';
		lost |= show(what);
	}
	over = true;
	for (int i = 0; i <= CALLERS; i++)
		pthread_join(callers[i], NULL);
	return lost;
}
