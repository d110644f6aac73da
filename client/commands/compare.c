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

/* One row.  0, FAILURE_VERDICT when the answers differ, or the code of a failure. */
static int compare_sample(const struct context *context, struct comparison *comparison,
			  const struct sample *sample)
{
	struct answer answers[COMPARE_MAX_ENDPOINTS] = { 0 };
	struct failure failure;
	int failed, equal = comparison_ask(comparison, sample, answers, &failure, &failed);
	int code = equal > 0 ? 0 : FAILURE_VERDICT;

	if (equal < 0)
		code = report(comparison, sample, &failure, failed);
	else if (context->json)
		table_print_json(comparison, sample, answers, equal);
	else
		table_print_row(comparison, sample, answers, equal, &context->out);
	answers_release(comparison, answers);
	return code;
}

/* All rows: one that differs does not keep the others from being asked, but a failure does. */
static int compare_all(const struct context *context, struct comparison *comparison)
{
	int verdict = 0;

	comparison_find_paths(comparison);
	if (!context->json)
		table_print_head(comparison, &context->out);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		int code = compare_sample(context, comparison, &samples[i]);

		if (code && code != FAILURE_VERDICT)
			return code;
		verdict = code ? code : verdict;
	}
	return verdict;
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
