/* What callers see when things go wrong: every fault at every endpoint, run live. */
#include "client/compare/failures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/compare/cells.h"
#include "client/compare/faults.h"

#define COMMAND "sidecall compare --only failures"

/* The time that a call has, short so that many can be seen to time out; how much is done at a time,
 * less for times that nobody else at work makes longer; and the time for one cell. */
#define TIMEOUT       (500 * MILLISECOND)
#define TIMEOUT_QUICK (300 * MILLISECOND)
#define MOST          2
#define MOST_QUICK    12
#define CELL_TIME     (10 * SECOND)

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
	size_t count;
	struct experiment *list;
	struct cell *cells;
	struct sight *sights;
	char directory[80];
};

/* ---- one ---- */

static void name_place(size_t place, char name[32])
{
	snprintf(name, 32, "%s+%s", endpoint_protocol_name(places[place].protocol),
		 endpoint_transport_name(places[place].transport));
}

static void run_experiment(const struct cell *cell)
{
	const struct experiment *experiment = cell->context;
	char directory[96], root[96];
	struct stage stage = { .endpoint = { .protocol = places[experiment->place].protocol,
					     .transport = places[experiment->place].transport },
			       .directory = directory,
			       .root = root,
			       .name = experiment->fault->key,
			       .timeout = experiment->timeout,
			       .sight = cell->sight };
	struct failure failure;
	int code;

	snprintf(root, sizeof(root), "%s/root", experiment->directory);
	snprintf(directory, sizeof(directory), "%s/XXXXXX", experiment->directory);
	if (!mkdtemp(directory))
		code = failure_system(&failure, errno, "cannot make a directory");
	else
		code = experiment->fault->happen(&stage, &failure);
	if (code) {
		sight_init(cell->sight);
		sight_note(cell->sight, "%.150s", failure.why);
	}
	stage_close(&stage);
}

/* ---- all ---- */

static void release(struct experiments *all)
{
	cells_release(all->sights, all->count);
	free(all->cells);
	free(all->list);
}

/* Endpoints one after the other, so that at any time different faults are at work. */
static void fill(struct experiments *all, const struct comparison *comparison, size_t faults_count)
{
	for (size_t i = 0; i < all->count; i++) {
		all->list[i] = (struct experiment){
			.fault = &faults[i % faults_count],
			.place = i / faults_count,
			.timeout = comparison->quick ? TIMEOUT_QUICK : TIMEOUT,
			.directory = all->directory,
		};
		all->cells[i] = (struct cell){ .run = run_experiment,
					       .context = &all->list[i],
					       .sight = &all->sights[i] };
	}
}

static int prepare(struct experiments *all, const struct comparison *comparison,
		   struct failure *failure)
{
	char root[96];
	size_t count = 0;
	int r;

	while (faults[count].key)
		count++;
	*all = (struct experiments){ .count = count * PLACES };
	all->list = calloc(all->count, sizeof(*all->list));
	all->cells = calloc(all->count, sizeof(*all->cells));
	all->sights = cells_sights(all->count);
	if (!all->list || !all->cells || !all->sights)
		return failure_system(failure, ENOMEM, "failures");
	snprintf(all->directory, sizeof(all->directory), "%s/faults",
		 comparison->servers->directory);
	snprintf(root, sizeof(root), "%s/root", all->directory);
	r = mkdir(all->directory, 0700) < 0 ? -errno : stage_make_root(root);
	fill(all, comparison, count);
	return r < 0 ? failure_system(failure, -r, all->directory) : 0;
}

/* ---- as JSON ---- */

static json_t *cells_of(const struct experiments *all, const struct fault *fault)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < all->count; i++) {
		char name[32];
		json_t *cell;

		if (all->list[i].fault != fault)
			continue;
		name_place(all->list[i].place, name);
		cell = json_pack("{s:s}", "endpoint", name);
		sight_put(&all->sights[i], cell);
		json_array_append_new(cells, cell);
	}
	return cells;
}

/* What was seen and how often the call was executed, in a few words. */
static json_t *mark_of(const struct sight *sight)
{
	const char *name = seen_name(sight->seen);

	if (sight->executed == SIGHT_UNKNOWN)
		return json_string(name);
	return json_sprintf("%s, %d\xc3\x97", name, (int)sight->executed);
}

/* A row an endpoint, with a member a fault. */
static json_t *matrix_of(const struct experiments *all)
{
	json_t *matrix = json_array();

	for (size_t place = 0; place < PLACES; place++) {
		char name[32];
		json_t *row;

		name_place(place, name);
		row = json_pack("{s:s}", "endpoint", name);
		for (size_t i = 0; i < all->count; i++)
			if (all->list[i].place == place)
				json_object_set_new(row, all->list[i].fault->key,
						    mark_of(&all->sights[i]));
		json_array_append_new(matrix, row);
	}
	return matrix;
}

static json_t *json_of(const struct experiments *all)
{
	json_t *list = json_array();

	for (const struct fault *fault = faults; fault->key; fault++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:o}", "key", fault->key,
						      "title", fault->title, "how", fault->how,
						      "cells", cells_of(all, fault)));
	return json_pack("{s:s,s:I,s:o,s:o}", "command", COMMAND, "timeout_ns",
			 (json_int_t)all->list[0].timeout, "matrix", matrix_of(all), "faults",
			 list);
}

/* Who looks on while they run. */
struct watcher {
	struct comparison *comparison;
	size_t begun, count; /* of all */
};

static bool goes_on(void *context, size_t begun)
{
	struct watcher *watcher = context;

	if (begun > watcher->begun) {
		watcher->begun = begun;
		comparison_progress(watcher->comparison, "%zu of %zu, a fault at an endpoint each",
				    begun, watcher->count);
	}
	return !watcher->comparison->stopped();
}

static json_t *failures_run(struct comparison *comparison, struct failure *failure)
{
	size_t most = comparison->quick ? MOST_QUICK : MOST;
	struct experiments all;
	json_t *part = NULL;
	int r;

	if (prepare(&all, comparison, failure) == 0) {
		struct watcher watcher = { .comparison = comparison, .count = all.count };

		r = cells_run(all.cells, all.count, most, CELL_TIME, goes_on, &watcher);
		if (r == 0)
			part = json_of(&all);
		else if (r == -EINTR)
			comparison_interrupted(failure);
		else
			failure_system(failure, -r, "failures");
	}
	release(&all);
	return part;
}

const struct part part_failures = {
	.name = "failures",
	.title = "Failures: what the caller sees, after how long, and how often the call was "
		 "executed",
	.run = failures_run,
	.print = failures_print,
	.write = failures_write,
	.judge = failures_judge,
};
