/* How sidecall check reports to what runs tests: the Test Anything Protocol, version 13. */
#include <stdio.h>
#include <stdlib.h>

#include "client/json.h"
#include "programs/sidecall/check_show.h"

static void begin_tap(struct check_show *show, const char *endpoint)
{
	printf("TAP version 13\n1..%zu\n# %s\n", show->planned, endpoint);
}

/* A line of the YAML block below a test; a string of JSON is one of YAML, too. */
static void write_text(const char *key, const char *text)
{
	json_t *object = json_object();
	char *written;

	json_set_bytes(object, key, text);
	written = json_dumps(json_object_get(object, key), JSON_ENCODE_ANY);
	printf("  %s: %s\n", key, written ? written : "\"\"");
	free(written);
	json_decref(object);
}

static void write_evidence(const char *key, const struct evidence *evidence)
{
	printf("  %s: \"", key);
	check_write_bytes(stdout, evidence, " ");
	puts("\"");
}

static void write_asked(const struct check_case *row, const struct check_finding *finding)
{
	char *asked = check_asked(row, finding);

	if (asked)
		write_text("asks", asked);
	free(asked);
}

static void write_block(const struct check_case *row, const struct check_finding *finding)
{
	puts("  ---");
	write_text("verdict", check_verdicts[finding->verdict]);
	write_text("found", finding->found);
	write_text("expected", finding->expected);
	write_text("rule", row->rule);
	write_text("source", row->source);
	if (finding->verdict == CHECK_DIFFERS)
		write_text("choice", row->choice);
	write_asked(row, finding);
	write_evidence("sent", finding->sent);
	write_evidence("came", finding->came);
	write_text("why", finding->why);
	puts("  ...");
}

/* A name of a case has no "#", which would begin a directive. */
static void show_tap(struct check_show *show, const struct check_case *row,
		     const struct check_finding *finding)
{
	size_t number = show->passed + show->differs + show->failed;

	printf("%sok %zu - %s\n", finding->verdict == CHECK_FAIL ? "not " : "", number, row->name);
	if (finding->verdict != CHECK_PASS || show->verbose)
		write_block(row, finding);
}

static void end_tap(struct check_show *show)
{
	size_t left = check_show_not_tried(show);

	if (show->speaks)
		printf("Bail out! The server speaks %s\n", show->speaks);
	else if (left)
		printf("Bail out! %zu not tried: the server is gone or too slow\n", left);
}

const struct check_format check_tap = { begin_tap, show_tap, NULL, end_tap };
