/* sidecall compare ENDPOINT...: each procedure by each endpoint, the answers and their bytes. */
#include <stdlib.h>

#include "compare/part/verdict.h"
#include "programs/sidecall/compare.h"
#include "compare/bytes/survey.h"

/* Takes the endpoints' texts.  0, or FAILURE_USAGE after a report. */
static int add_endpoints(struct survey *survey, int count, char **texts, int64_t timeout)
{
	for (int i = 0; i < count; i++) {
		struct endpoint endpoint;
		const char *wrong = endpoint_parse(&endpoint, texts[i]);

		if (wrong)
			return command_usage("compare", "\"%s\": %s", texts[i], wrong);
		client_init(&survey->clients[survey->count], &endpoint, timeout);
		survey->clients[survey->count++].operand = true;
	}
	return 0;
}

static int report_endpoint(const struct context *context, const struct survey *survey,
			   const struct sample *sample, const struct failure *failure, int endpoint)
{
	struct context at = { .client = { .endpoint = survey->clients[endpoint].endpoint },
			      .json = context->json };

	return command_failed(&at, sample->procedure, NULL, failure);
}

/* Asks the samples one after the other.  How many rows there are: when it is not all of them, the
 * next one failed at that endpoint. */
static int ask_all(struct survey *survey, struct row rows[], struct failure *failure, int *failed)
{
	survey_find_paths(survey);
	for (int i = 0; i < SURVEY_SAMPLES; i++) {
		rows[i].sample = &survey_samples[i];
		if (survey_ask(survey, &rows[i], failure, failed) < 0)
			return i;
	}
	return SURVEY_SAMPLES;
}

/* Prints what was answered, also when the next failed.  0, or FAILURE_VERDICT when something
 * differs.
 */
static int print_all(const struct context *context, const struct survey *survey,
		     const struct row rows[], int count)
{
	bool equal = true;

	for (int i = 0; i < count; i++) {
		equal = equal && rows[i].equal;
		if (context->json)
			survey_print_json(survey, &rows[i]);
	}
	if (count && !context->json)
		survey_print(survey, rows, count, &context->out);
	return equal ? 0 : FAILURE_VERDICT;
}

static int compare_all(const struct context *context, struct survey *survey)
{
	struct row rows[SURVEY_SAMPLES] = { 0 };
	struct failure failure;
	int failed, count = ask_all(survey, rows, &failure, &failed);
	int code = print_all(context, survey, rows, count);

	for (int i = 0; i < SURVEY_SAMPLES; i++)
		row_release(&rows[i]);
	return count == SURVEY_SAMPLES
		       ? code
		       : report_endpoint(context, survey, &survey_samples[count], &failure, failed);
}

int compare_endpoints(struct context *context, int count, char **words)
{
	int64_t timeout = context->client.timeout;
	struct survey *survey;
	int code;

	if (count > COMPARE_MAX_ENDPOINTS)
		return command_usage("compare", "at most %d endpoints are compared",
				     COMPARE_MAX_ENDPOINTS);
	survey = calloc(1, sizeof(*survey));
	if (!survey)
		return command_out_of_memory("compare");
	code = add_endpoints(survey, count, words, timeout);
	if (code == 0)
		code = compare_all(context, survey);
	for (int i = 0; i < survey->count; i++)
		client_release(&survey->clients[i]);
	free(survey);
	return code;
}
