/* How sidecall check shows what it found: for people, or an object a line. */
#include "programs/sidecall/check_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "common/text.h"

#define SHOWN   128 /* bytes of a message, for people */
#define A_LINE  32  /* of them */
#define COLUMNS 100
#define INDENT  15
#define BLANKS  "               " /* so many */

const char *const check_verdicts[] = {
	[CHECK_PASS] = "pass", [CHECK_DIFFERS] = "differs", [CHECK_FAIL] = "fail"
};

/* ---- for people ---- */

static void show_words(const char *label, const char *text)
{
	printf("%8s%-*s", "", INDENT - 8, label);
	text_wrap(stdout, INDENT, INDENT, COLUMNS, text);
}

/* Four at a time. */
static void write_byte(FILE *to, const struct evidence *evidence, size_t i, const char *between)
{
	const size_t end = evidence->at + evidence->length;

	if (i && i % A_LINE == 0)
		fputs(between, to);
	if (evidence->length && i == evidence->at)
		putc('[', to);
	else if (i % 4 == 0 && i % A_LINE)
		putc(' ', to);
	fprintf(to, "%02x", evidence->bytes.data[i]);
	if (evidence->length && i + 1 == end)
		putc(']', to);
}

void check_write_bytes(FILE *to, const struct evidence *evidence, const char *between)
{
	size_t shown = evidence->bytes.length < SHOWN ? evidence->bytes.length : SHOWN;

	for (size_t i = 0; i < shown; i++)
		write_byte(to, evidence, i, between);
	if (evidence->total > shown)
		fprintf(to, " and %zu bytes more", evidence->total - shown);
	if (!evidence->total)
		fputs("nothing", to);
	if (evidence->times > 1)
		fprintf(to, ", %u times", evidence->times);
}

static void show_bytes(const char *label, const struct evidence *evidence)
{
	printf("%8s%-*s", "", INDENT - 8, label);
	check_write_bytes(stdout, evidence, "\n" BLANKS);
	putchar('\n');
}

static void show_asked(const struct check_case *row, const struct check_finding *finding)
{
	printf("%8s%-*s", "", INDENT - 8, "asks");
	check_write_asked(stdout, row, finding);
	putchar('\n');
}

static bool may_lack(const struct check_case *row)
{
	return row->differs & CHECK_ABSENT;
}

/* What a server simply lacks, or denies all of, is said in a line. */
static bool is_brief(const struct check_case *row, const struct check_finding *finding)
{
	const unsigned int lacking = CHECK_ABSENT | CHECK_SYNTAX |
				     (row->words || may_lack(row)
					      ? CHECK_PROC_UNAVAIL | CHECK_AUTH_ERROR
					      : 0);

	return finding->verdict == CHECK_PASS ||
	       (finding->verdict == CHECK_DIFFERS && finding->outcome & lacking);
}

static void show_lines(struct check_show *show, const struct check_case *row,
		       const struct check_finding *finding)
{
	bool failed = finding->verdict == CHECK_FAIL;

	printf("%-7s %s: %s%s%s\n", check_verdicts[finding->verdict], row->name, finding->found,
	       failed ? "; expected: " : "", failed ? finding->expected : "");
	if (is_brief(row, finding) && !show->verbose)
		return;
	show_words("rule", row->rule);
	show_words("from", row->source);
	if (finding->verdict == CHECK_DIFFERS)
		show_words("choice", row->choice);
	if (row->words)
		show_asked(row, finding);
	show_bytes("sent", finding->sent);
	show_bytes("came", finding->came);
	show_words("why", finding->why);
}

/* ---- as JSON ---- */

static json_t *bytes_object(const struct evidence *evidence)
{
	char *hex = calloc(1, evidence->bytes.length * 2 + 1);
	json_t *object;

	if (!hex)
		return NULL;
	for (size_t i = 0; i < evidence->bytes.length; i++)
		snprintf(hex + 2 * i, 3, "%02x", evidence->bytes.data[i]);
	object = json_pack("{s:s,s:I,s:I,s:I}", "hex", hex, "bytes", (json_int_t)evidence->total,
			   "decides_at", (json_int_t)evidence->at, "decide",
			   (json_int_t)evidence->length);
	free(hex);
	if (evidence->times > 1)
		json_object_set_new(object, "times", json_integer(evidence->times));
	return object;
}

static void show_object(struct check_show *show, const struct check_case *row,
			const struct check_finding *finding)
{
	json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "case", row->name, "verdict",
				   check_verdicts[finding->verdict], "rule", row->rule, "source",
				   row->source, "why", finding->why, "expected", finding->expected,
				   "time_ns", (json_int_t)finding->time);

	char *asked = check_asked(row, finding);

	(void)show;
	json_set_bytes(object, "found", finding->found);
	if (asked)
		json_set_bytes(object, "asks", asked);
	free(asked);
	if (finding->verdict == CHECK_DIFFERS)
		json_object_set_new(object, "choice", json_string(row->choice));
	json_object_set_new(object, "sent", bytes_object(finding->sent));
	json_object_set_new(object, "came", bytes_object(finding->came));
	json_print(object);
}

/* Who reads only objects of cases would not miss those that were not tried. */
static void end_objects(struct check_show *show)
{
	const struct check_target *target = show->target;
	char endpoint[ENDPOINT_MAX_TEXT];
	json_t *object;

	endpoint_format(&target->endpoint, endpoint);
	object = json_pack("{s:b,s:s,s:I,s:I,s:I,s:I,s:I}", "summary", 1, "endpoint", endpoint,
			   "planned", (json_int_t)show->planned, "passed", (json_int_t)show->passed,
			   "differs", (json_int_t)show->differs, "failed", (json_int_t)show->failed,
			   "not_tried", (json_int_t)check_show_not_tried(show));
	if (!check_raw(target)) {
		json_object_set_new(object, "program", json_integer(target->program));
		json_object_set_new(object, "version", json_integer(target->version));
	}
	json_print(object);
}

static void begin_objects(struct check_show *show, const char *endpoint)
{
	(void)show;
	(void)endpoint;
}

const struct check_format check_objects = { begin_objects, show_object, NULL, end_objects };

/* ---- all ---- */

static void begin_lines(struct check_show *show, const char *endpoint)
{
	printf("%s: ", endpoint);
	if (!check_raw(show->target))
		printf("program %" PRIu32 " version %" PRIu32 ", ", show->target->program,
		       show->target->version);
	printf("%zu case%s\n", show->planned, show->planned == 1 ? "" : "s");
}

static void end_lines(struct check_show *show)
{
	size_t left = check_show_not_tried(show);

	printf("%zu pass, %zu differ%s, %zu fail", show->passed, show->differs,
	       show->differs == 1 ? "s" : "", show->failed);
	if (left)
		printf("; %zu not tried, for the server is gone or too slow", left);
	if (show->speaks)
		printf("; no more is tried, for the server speaks %s", show->speaks);
	putchar('\n');
	if (*show->lacks)
		printf("It lacks %s: a server may.\n", show->lacks);
}

const struct check_format check_lines = { begin_lines, show_lines, NULL, end_lines };

size_t check_show_not_tried(const struct check_show *show)
{
	return show->planned - show->passed - show->differs - show->failed;
}

void check_show_begin(struct check_show *show)
{
	char endpoint[ENDPOINT_MAX_TEXT];

	endpoint_format(&show->target->endpoint, endpoint);
	show->format->begin(show, endpoint);
}

/* The first case of an operation is named for it alone. */
static void note_lack(struct check_show *show, const char *name)
{
	const size_t length = strlen(show->lacks);

	if (!strchr(name, '-'))
		snprintf(show->lacks + length, sizeof(show->lacks) - length, "%s%s",
			 length ? ", " : "", name);
}

void check_show_finding(void *context, const struct check_case *row,
			const struct check_finding *finding)
{
	struct check_show *show = context;

	show->passed += finding->verdict == CHECK_PASS;
	show->differs += finding->verdict == CHECK_DIFFERS;
	show->failed += finding->verdict == CHECK_FAIL;
	if (finding->speaks) { /* what is left is about another protocol */
		show->speaks = finding->speaks;
		show->planned -= check_show_not_tried(show);
	}
	if (finding->verdict == CHECK_DIFFERS && may_lack(row) &&
	    finding->outcome & (CHECK_ABSENT | CHECK_PROC_UNAVAIL))
		note_lack(show, row->name);
	show->format->finding(show, row, finding);
	fflush(stdout);
}

void check_show_left(struct check_show *show, const struct check_case *row, bool first)
{
	if (show->format->left)
		show->format->left(show, row, first);
}

void check_show_end(struct check_show *show)
{
	show->format->end(show);
}
