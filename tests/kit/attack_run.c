/* One attack on a sidecalld that serves an honest client meanwhile, and what was seen of it. */
#include "tests/kit/attack_run.h"

#include <string.h>

#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The server, and who calls it. */
struct field {
	const struct attack *attack;
	struct daemon daemon;
	struct endpoint endpoints[EVERYWHERE + 2]; /* those, and the pipes' */
	struct honest_client honest;
	int descriptors; /* of the server, with the honest client connected */
	long memory;     /* likewise, KiB */
};

static void start_server(struct field *field, const char *root)
{
	const struct attack *attack = field->attack;
	const char *const options[] = { "--message-timeout", "1", attack->options[0],
					attack->options[1], NULL };

	CU_ASSERT_FATAL(daemon_start_everywhere(&field->daemon, root, options));
	daemon_let_in(&field->daemon);
	call_endpoints(&field->daemon, field->endpoints);
	field->endpoints[EVERYWHERE] = call_endpoint("rpc+pipe");
	field->endpoints[EVERYWHERE + 1] = call_endpoint("raw+pipe");
}

/* With the honest client connected everywhere, and no other. */
static void settle_field(struct field *field)
{
	pid_t pid = field->daemon.pid;

	field->descriptors = observe_descriptors(pid);
	honest_client_round(&field->honest, ON_ALL);
	observe_descriptors_until(pid, field->descriptors);
	field->memory = observe_memory(pid);
	CU_ASSERT(observe_peak_begin(pid));
}

static void limit_descriptors(const struct field *field)
{
	pid_t pid = field->daemon.pid;

	if (field->attack->descriptors)
		observe_limit_descriptors(pid, observe_lowest_free(pid) +
						       (unsigned int)field->attack->descriptors);
}

static void begin_counting(struct honest_client *honest)
{
	honest->slowest = honest->slowest_list = 0;
	honest->slowest_at[0] = '\0';
}

static void note_calls(const struct honest_client *honest, struct attack_run_calls *calls)
{
	calls->slowest = honest->slowest;
	calls->slowest_list = honest->slowest_list;
	strcpy(calls->at, honest->slowest_at);
}

/* The honest client calls for so long, and then until the log says that, unless it is NULL. */
static bool call_for(struct field *field, int64_t duration, const char *log)
{
	int64_t begin = clock_now(), end = begin + HARNESS_PATIENCE * SECOND, now = begin;
	bool logged = !log;

	while ((now < begin + duration || (!logged && now < end)) && !field->honest.failures) {
		honest_client_round(&field->honest, field->attack->newcomers);
		if (!logged)
			logged = daemon_says(&field->daemon, log, 0);
		now = clock_now();
	}
	return logged;
}

/* What is left when all have gone: nothing.  (A worker may have lost the descriptor that it keeps
 * in hand.) */
static void see_aftermath(struct attack_run *run, struct field *field)
{
	honest_client_round(&field->honest, 0);
	strcpy(run->why, field->honest.why);
	run->descriptors = observe_descriptors_until(field->daemon.pid, field->descriptors) -
			   field->descriptors;
	run->idle = observe_idle(field->daemon.pid);
	honest_client_leave(&field->honest);
}

void attack_run_make(struct attack_run *run, const struct attack *attack, const char *root)
{
	struct field field = { .attack = attack };
	pid_t attacker;

	start_server(&field, root);
	honest_client_join(&field.honest, field.endpoints, EVERYWHERE, run->deadline,
			   honest_client_another());
	settle_field(&field);
	begin_counting(&field.honest);
	if (run->before)
		call_for(&field, run->before, NULL);
	note_calls(&field.honest, &run->control);
	limit_descriptors(&field);
	begin_counting(&field.honest);
	attacker = attack_start(attack, field.endpoints, COUNT(field.endpoints));
	run->logged = call_for(&field, run->during, attack->log);
	note_calls(&field.honest, &run->attacked);
	run->ended_well = attack_end(attacker);
	run->growth = observe_peak(field.daemon.pid) - field.memory;
	see_aftermath(run, &field);
	run->ended_well = daemon_stop(&field.daemon) == 0 && run->ended_well;
}
