/* What callers see when things go wrong: every fault at every endpoint, run live. */
#include "compare/failures/failures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "client/failures.h"
#include "compare/lab/trials.h"
#include "compare/failures/daemons.h"
#include "compare/failures/faults.h"
#include "compare/lab/crafted_call.h"
#include "compare/part/repeats.h"

/* The time that a call has, short so that many can be seen to time out; how much is done at a time,
 * less for times that nobody else at work makes longer; how often each experiment is run, for what
 * depends on what gets lost comes out one way or the other; and the time for one run. */
#define TIMEOUT       (500 * MILLISECOND)
#define TIMEOUT_QUICK (300 * MILLISECOND)
#define MOST          4
#define MOST_QUICK    12
#define RUNS          5
#define RUNS_QUICK    1
#define CELL_TIME     (10 * SECOND)

/* How often what could not be staged is tried: on a busy machine a server may be late. */
#define TRIES 3

/* Where: all that can be called, and libtirpc's own client with libtirpc's own server. */
static const struct {
	enum endpoint_protocol protocol;
	enum endpoint_transport transport;
} places[] = {
	{ ENDPOINT_RPC, ENDPOINT_TCP },    { ENDPOINT_RPC, ENDPOINT_UDP },
	{ ENDPOINT_RPC, ENDPOINT_UNIX },   { ENDPOINT_RPC, ENDPOINT_PIPE },
	{ ENDPOINT_RPC, ENDPOINT_FIFO },   { ENDPOINT_RPC, ENDPOINT_SHM },
	{ ENDPOINT_RAW, ENDPOINT_TCP },    { ENDPOINT_RAW, ENDPOINT_UDP },
	{ ENDPOINT_RAW, ENDPOINT_UNIX },   { ENDPOINT_RAW, ENDPOINT_PIPE },
	{ ENDPOINT_RAW, ENDPOINT_FIFO },   { ENDPOINT_RAW, ENDPOINT_SHM },
	{ ENDPOINT_TIRPC, ENDPOINT_TCP },  { ENDPOINT_TIRPC, ENDPOINT_UDP },
	{ ENDPOINT_TIRPC, ENDPOINT_UNIX },
};

#define PLACES (sizeof(places) / sizeof(places[0]))

/* What a cell is about. */
struct experiment {
	const struct fault *fault;
	size_t place;
	int64_t timeout;
	const char *directory; /* of all of them: each makes one of its own in there */
};

struct experiments {
	size_t count, runs; /* of each */
	struct experiment *list;
	struct trial *trials;          /* of one round, in which each has a run */
	struct call_outcome *outcomes; /* an experiment's runs stand together */
	char directory[80];
};

/* ---- one ---- */

static void name_place(size_t place, char name[32])
{
	snprintf(name, 32, "%s+%s", endpoint_protocol_name(places[place].protocol),
		 endpoint_transport_name(places[place].transport));
}

static void run_experiment(const struct trial *trial)
{
	const struct experiment *experiment = trial->context;
	char directory[96], root[128];
	struct testbed testbed = { .endpoint = { .protocol = places[experiment->place].protocol,
						 .transport = places[experiment->place].transport },
				   .directory = directory,
				   .root = root,
				   .name = experiment->fault->key,
				   .timeout = experiment->timeout,
				   .outcome = trial->outcome };
	struct failure failure;
	int code;

	call_outcome_init(trial->outcome);
	snprintf(directory, sizeof(directory), "%s/XXXXXX", experiment->directory);
	code = testbed_make_place(directory, root, &failure);
	if (code == 0)
		code = experiment->fault->happen(&testbed, &failure);
	if (code) {
		call_outcome_init(trial->outcome);
		call_outcome_note(trial->outcome, "%.150s", failure.why);
	}
	testbed_close(&testbed);
}

/* ---- all ---- */

static void release_experiments(struct experiments *all)
{
	trials_release(all->outcomes, all->count * all->runs);
	free(all->trials);
	free(all->list);
}

/* Endpoints one after the other, so that at any time different faults are at work. */
static void fill_experiments(struct experiments *all, const struct comparison *comparison,
			     size_t faults_count)
{
	for (size_t i = 0; i < all->count; i++)
		all->list[i] = (struct experiment){
			.fault = &faults[i % faults_count],
			.place = i / faults_count,
			.timeout = comparison->quick ? TIMEOUT_QUICK : TIMEOUT,
			.directory = all->directory,
		};
}

static int prepare_experiments(struct experiments *all, const struct comparison *comparison,
			       struct failure *failure)
{
	size_t count = 0;

	while (faults[count].key)
		count++;
	*all = (struct experiments){ .count = count * PLACES,
				     .runs = comparison->quick ? RUNS_QUICK : RUNS };
	all->list = calloc(all->count, sizeof(*all->list));
	all->trials = calloc(all->count, sizeof(*all->trials));
	all->outcomes = trials_outcomes(all->count * all->runs);
	if (!all->list || !all->trials || !all->outcomes)
		return failure_system(failure, ENOMEM, "failures");
	snprintf(all->directory, sizeof(all->directory), "%s/faults",
		 comparison->servers->directory);
	fill_experiments(all, comparison, count);
	return mkdir(all->directory, 0700) < 0 ? failure_system(failure, errno, all->directory) : 0;
}

/* ---- as JSON ---- */

static const struct call_outcome *runs_of(const struct experiments *all, size_t experiment)
{
	return &all->outcomes[experiment * all->runs];
}

static json_t *cells_of(const struct experiments *all, const struct fault *fault)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < all->count; i++) {
		char name[32];
		json_t *cell;

		if (all->list[i].fault != fault)
			continue;
		name_place(all->list[i].place, name);
		cell = json_pack("{s:s}", KEY(endpoint), name);
		repeats_put(runs_of(all, i), all->runs, cell);
		json_array_append_new(cells, cell);
	}
	return cells;
}

/* What was seen and how often the call was executed, in a few words; and in how many runs, unless
 * it was in all of them. */
static json_t *mark_of(const struct call_outcome *runs, size_t count)
{
	size_t agreed, typical = repeats_typical(runs, count, &agreed);
	const struct call_outcome *outcome = &runs[typical];
	char executed[32] = "", times[64] = "";

	if (outcome->executed != OUTCOME_UNKNOWN)
		snprintf(executed, sizeof(executed), ", %d\xc3\x97", (int)outcome->executed);
	if (agreed < count)
		snprintf(times, sizeof(times), " (%zu of %zu)", agreed, count);
	return json_sprintf("%s%s%s", outcome_name(outcome->kind), executed, times);
}

/* A row an endpoint, with a member a fault. */
static json_t *matrix_of(const struct experiments *all)
{
	json_t *matrix = json_array();

	for (size_t place = 0; place < PLACES; place++) {
		char name[32];
		json_t *row;

		name_place(place, name);
		row = json_pack("{s:s}", KEY(endpoint), name);
		for (size_t i = 0; i < all->count; i++)
			if (all->list[i].place == place)
				json_object_set_new(row, all->list[i].fault->key,
						    mark_of(runs_of(all, i), all->runs));
		json_array_append_new(matrix, row);
	}
	return matrix;
}

static json_t *json_of(const struct experiments *all, const struct comparison *comparison)
{
	json_t *list = json_array();

	for (const struct fault *fault = faults; fault->key; fault++) {
		char *how = crafted_words(fault->how);

		json_array_append_new(list, json_pack("{s:s,s:s,s:s?,s:o}", KEY(key), fault->key,
						      KEY(title), fault->title, KEY(how), how,
						      KEY(cells), cells_of(all, fault)));
		free(how);
	}
	return json_pack("{s:o,s:I,s:I,s:o,s:o,s:o}", KEY(command),
			 comparison_command(comparison, &part_failures), KEY(timeout_ns),
			 (json_int_t)all->list[0].timeout, KEY(runs), (json_int_t)all->runs,
			 KEY(matrix), matrix_of(all), KEY(faults), list, KEY(daemons),
			 daemons_read(daemons_tsv));
}

/* ---- run ---- */

/* Who looks on while they run. */
struct watcher {
	struct comparison *comparison;
	size_t begun, before, count; /* of this round, of those before it, of all */
};

static bool goes_on(void *context, size_t begun)
{
	struct watcher *watcher = context;

	if (begun > watcher->begun) {
		watcher->begun = begun;
		comparison_progress(watcher->comparison, "%zu of %zu, a fault at an endpoint each",
				    watcher->before + begun, watcher->count);
	}
	return !watcher->comparison->stopped();
}

/* Moves the cells that could not be staged to the front.  How many there are. */
static size_t keep_unstaged(struct trial *trials, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (trials[i].outcome->kind == OUTCOME_NONE)
			trials[kept++] = trials[i];
	return kept;
}

static int explain_unstaged(const struct trial *trial, size_t count, struct failure *failure)
{
	const struct experiment *experiment = trial->context;
	char name[32];

	name_place(experiment->place, name);
	failure_set(failure, FAILURE_SYSTEM, "%zu experiments could not be staged; %s at %s: %s",
		    count, experiment->fault->title, name, trial->outcome->note);
	failure_advise(failure, "Without all of them there is no matrix. Try again with less else "
				"at work, or leave out this part with --only");
	return failure->code;
}

/* A run of each.  0, or the failure's code. */
static int run_round(struct experiments *all, size_t round, struct watcher *watcher, size_t most,
		     struct failure *failure)
{
	size_t left = all->count;
	int r = 0;

	for (size_t i = 0; i < left; i++)
		all->trials[i] = (struct trial){ .run = run_experiment,
						 .context = &all->list[i],
						 .outcome = &all->outcomes[i * all->runs + round] };
	watcher->before = round * all->count;
	watcher->begun = 0;
	for (int tries = 0; r == 0 && left && tries < TRIES; tries++) {
		r = trials_run(all->trials, left, most, CELL_TIME, goes_on, watcher);
		left = keep_unstaged(all->trials, left);
	}
	if (r == -EINTR)
		comparison_interrupted(failure);
	else if (r < 0)
		failure_system(failure, -r, "failures");
	else if (left)
		explain_unstaged(&all->trials[0], left, failure);
	return r < 0 || left ? failure->code : 0;
}

static json_t *failures_run(struct comparison *comparison, struct failure *failure)
{
	size_t most = comparison->quick ? MOST_QUICK : MOST;
	struct experiments all;
	json_t *part = NULL;

	if (prepare_experiments(&all, comparison, failure) == 0) {
		struct watcher watcher = { .comparison = comparison,
					   .count = all.count * all.runs };
		int code = 0;

		for (size_t round = 0; code == 0 && round < all.runs; round++)
			code = run_round(&all, round, &watcher, most, failure);
		if (code == 0)
			part = json_of(&all, comparison);
	}
	release_experiments(&all);
	return part;
}

const struct part part_failures = {
	.figure = &figures.failures,
	.title = "Failures: what the caller sees, after how long, and how often the call was "
		 "executed",
	.run = failures_run,
	.print = failures_print,
	.write = failures_write,
	.write_more = failures_write_more,
	.more = "More: what callers were told, fault by fault; and Debian's own daemons",
	.judge = failures_judge,
};
