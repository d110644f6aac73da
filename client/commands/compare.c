/* sidecall compare ENDPOINT...: each procedure by each endpoint, the answers and their bytes. */
#include <stdlib.h>

#include "client/commands/command.h"
#include "client/compare/compare.h"

/* Adding nothing to a register of ours leaves it as it is, whoever else has asked. */
#define REGISTER "sidecall-compare"

static const struct sample samples[] = {
	{ "null", { NULL } },
	{ "add", { "9007199254740993", "1" } },
	{ "subtract", { "40", "-2" } },
	{ "multiply", { "3037000500", "3037000500" } },
	{ "divide", { "84", "2" } },
	{ "divide", { "84", "0" } },
	{ "evaluate", { "sqrt(2)^2 - -2^2" } },
	{ "evaluate", { "2*(3+" } },
	{ "summarize", { "1", "2", "3", "4" } },
	{ "accumulate", { REGISTER, "0" } },
	{ "stat", { COMPARE_FILE } },
	{ "list", { "." } },
	{ "readlink", { COMPARE_LINK } },
	{ "digest", { COMPARE_FILE } },
	{ "space", { "." } },
};

#define SAMPLES ((int)(sizeof(samples) / sizeof(samples[0])))

/* Takes the endpoints' texts.  0, or FAILURE_USAGE after a report. */
static int add_endpoints(struct comparison *comparison, int count, const char *const texts[],
			 int64_t timeout)
{
	for (int i = 0; i < count; i++) {
		struct endpoint endpoint;
		const char *wrong = endpoint_parse(&endpoint, texts[i]);

		if (wrong)
			return command_usage("compare", "\"%s\": %s", texts[i], wrong);
		client_init(&comparison->clients[comparison->count++], &endpoint, timeout);
	}
	return 0;
}

static int report(const struct comparison *comparison, const struct sample *sample,
		  const struct failure *failure, int endpoint)
{
	struct context at = { .client = { .endpoint = comparison->clients[endpoint].endpoint } };

	return command_failed(&at, sample->procedure, NULL, failure);
}

/* Asks the samples one after the other.  How many rows there are: when it is not all of them, the
 * next one failed at that endpoint. */
static int ask_all(struct comparison *comparison, struct row rows[], struct failure *failure,
		   int *failed)
{
	comparison_find_paths(comparison);
	for (int i = 0; i < SAMPLES; i++) {
		rows[i].sample = &samples[i];
		if (comparison_ask(comparison, &rows[i], failure, failed) < 0)
			return i;
	}
	return SAMPLES;
}

/* Prints what was answered, also when the next failed.  0, or FAILURE_VERDICT when something
 * differs.
 */
static int print_all(const struct context *context, const struct comparison *comparison,
		     const struct row rows[], int count)
{
	bool equal = true;

	for (int i = 0; i < count; i++) {
		equal = equal && rows[i].equal;
		if (context->json)
			table_print_json(comparison, &rows[i]);
	}
	if (count && !context->json)
		table_print(comparison, rows, count, &context->out);
	return equal ? 0 : FAILURE_VERDICT;
}

static int compare_all(const struct context *context, struct comparison *comparison)
{
	struct row rows[SAMPLES] = { 0 };
	struct failure failure;
	int failed, count = ask_all(comparison, rows, &failure, &failed);
	int code = print_all(context, comparison, rows, count);

	for (int i = 0; i < SAMPLES; i++)
		row_release(&rows[i]);
	return count == SAMPLES ? code : report(comparison, &samples[count], &failure, failed);
}

int command_compare(struct context *context, int count, char **words)
{
	static const char *const defaults[] = { "rpc+tcp", "raw+tcp" };
	int64_t timeout = context->client.timeout;
	struct comparison *comparison;
	int code;

	if (context->client.observer)
		return command_usage("compare", "--trace follows one endpoint at a time: trace the "
						"calls one by one");
	if (count - 1 > COMPARE_MAX_ENDPOINTS)
		return command_usage("compare", "at most %d endpoints are compared",
				     COMPARE_MAX_ENDPOINTS);
	comparison = calloc(1, sizeof(*comparison));
	if (!comparison)
		return command_out_of_memory("compare");
	code = count > 1 ? add_endpoints(comparison, count - 1, (const char *const *)words + 1,
					 timeout)
			 : add_endpoints(comparison, 2, defaults, timeout);
	if (code == 0)
		code = compare_all(context, comparison);
	for (int i = 0; i < comparison->count; i++)
		client_release(&comparison->clients[i]);
	free(comparison);
	return code;
}
