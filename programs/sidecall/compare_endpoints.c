/* sidecall compare ENDPOINT...: each procedure by each endpoint, the answers and their bytes. */
#include <stdlib.h>

#include "programs/sidecall/compare.h"
#include "compare/bytes/survey.h"

/* Takes the endpoints' texts.  0, or FAILURE_USAGE after a report. */
static int add_endpoints(struct panel *panel, int count, char **texts, int64_t timeout)
{
	for (int i = 0; i < count; i++) {
		struct endpoint endpoint;
		const char *wrong = endpoint_parse(&endpoint, texts[i]);

		if (wrong)
			return command_usage("compare", "\"%s\": %s", texts[i], wrong);
		client_init(&panel->clients[panel->count++], &endpoint, timeout);
	}
	return 0;
}

static int report_endpoint(const struct context *context, const struct panel *panel,
			   const struct sample *sample, const struct failure *failure, int endpoint)
{
	struct context at = { .client = { .endpoint = panel->clients[endpoint].endpoint },
			      .json = context->json };

	return command_failed(&at, sample->procedure, NULL, failure);
}

/* Asks the samples one after the other.  How many rows there are: when it is not all of them, the
 * next one failed at that endpoint. */
static int ask_all(struct panel *panel, struct row rows[], struct failure *failure, int *failed)
{
	panel_find_paths(panel);
	for (int i = 0; i < PANEL_SAMPLES; i++) {
		rows[i].sample = &panel_samples[i];
		if (panel_ask(panel, &rows[i], failure, failed) < 0)
			return i;
	}
	return PANEL_SAMPLES;
}

/* Prints what was answered, also when the next failed.  0, or FAILURE_VERDICT when something
 * differs.
 */
static int print_all(const struct context *context, const struct panel *panel,
		     const struct row rows[], int count)
{
	bool equal = true;

	for (int i = 0; i < count; i++) {
		equal = equal && rows[i].equal;
		if (context->json)
			table_print_json(panel, &rows[i]);
	}
	if (count && !context->json)
		table_print(panel, rows, count, &context->out);
	return equal ? 0 : FAILURE_VERDICT;
}

static int compare_all(const struct context *context, struct panel *panel)
{
	struct row rows[PANEL_SAMPLES] = { 0 };
	struct failure failure;
	int failed, count = ask_all(panel, rows, &failure, &failed);
	int code = print_all(context, panel, rows, count);

	for (int i = 0; i < PANEL_SAMPLES; i++)
		row_release(&rows[i]);
	return count == PANEL_SAMPLES
		       ? code
		       : report_endpoint(context, panel, &panel_samples[count], &failure, failed);
}

int compare_endpoints(struct context *context, int count, char **words)
{
	int64_t timeout = context->client.timeout;
	struct panel *panel;
	int code;

	if (count > COMPARE_MAX_ENDPOINTS)
		return command_usage("compare", "at most %d endpoints are compared",
				     COMPARE_MAX_ENDPOINTS);
	panel = calloc(1, sizeof(*panel));
	if (!panel)
		return command_out_of_memory("compare");
	code = add_endpoints(panel, count, words, timeout);
	if (code == 0)
		code = compare_all(context, panel);
	for (int i = 0; i < panel->count; i++)
		client_release(&panel->clients[i]);
	free(panel);
	return code;
}
