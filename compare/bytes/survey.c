/* Asking several endpoints the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/bytes/survey.h"
#include "client/json.h"
#include "client/arguments.h"
#include "compare/bytes/relay.h"
#include "client/json_write.h"

#define TRIES           3     /* of a call whose answer may change between two endpoints' turns */
#define ROOT_PAGE_BYTES 65536 /* of the root, where files to ask about are looked for */

/* ---- what to ask about ---- */

/* Adding nothing to a register of ours leaves it as it is, whoever else has asked. */
#define REGISTER "sidecall-compare"

const struct sample survey_samples[SURVEY_SAMPLES] = {
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

static void note_entry(struct survey *survey, const fileinfo_entry *entry)
{
	fileinfo_type type = entry->stat.fileinfo_stat_result_u.attributes.type;

	if (entry->stat.status != FILEINFO_OK)
		return;
	if (type == FILEINFO_REGULAR)
		snprintf(survey->file, sizeof(survey->file), "%s", entry->name);
	if (type == FILEINFO_SYMLINK)
		snprintf(survey->link, sizeof(survey->link), "%s", entry->name);
}

void survey_find_paths(struct survey *survey)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)".", 0, ROOT_PAGE_BYTES };
	union procedure_result result;
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	int code;

	snprintf(survey->file, sizeof(survey->file), "no-file");
	snprintf(survey->link, sizeof(survey->link), "no-link");
	code = procedure_call(procedure, &survey->clients[0], &arguments, &result, &failure);
	if (code == 0 && result.list.status == FILEINFO_OK)
		for (u_int i = 0; i < page->entries.entries_len; i++)
			note_entry(survey, &page->entries.entries_val[i]);
	procedure_release(procedure, NULL, &result);
}

/* An operand as it is sent. */
static const char *survey_operand(const struct survey *survey, const char *operand)
{
	if (strcmp(operand, COMPARE_FILE) == 0)
		return survey->file;
	if (strcmp(operand, COMPARE_LINK) == 0)
		return survey->link;
	return operand;
}

const char *survey_call(const struct survey *survey, const struct sample *sample,
			char call[SURVEY_CALL])
{
	int length = snprintf(call, SURVEY_CALL, "%s", sample->procedure);

	for (int i = 0; sample->operands[i]; i++)
		length += snprintf(call + length, SURVEY_CALL - (size_t)length, " %s",
				   survey_operand(survey, sample->operands[i]));
	return call;
}

/* ---- one call ---- */

static int parse_operands(const struct survey *survey, const struct sample *sample,
			  const struct procedure *procedure, union procedure_arguments *arguments,
			  struct failure *failure)
{
	char *operands[COMPARE_MAX_OPERANDS];
	int count = 0, code;

	for (; sample->operands[count]; count++)
		operands[count] = (char *)survey_operand(survey, sample->operands[count]);
	code = procedure->arguments->parse(count, operands, arguments, failure);
	/* The same page for all, so one that fits a datagram. */
	if (code == 0 && strcmp(procedure->name, "list") == 0)
		arguments->list.max_bytes = LIST_DATAGRAM_BYTES;
	return code;
}

/* Members that anybody who writes a file changes. */
static const char *const passing[] = { "bytes_free", "bytes_available", "files_free" };

/* Makes the answer of a result.  0 or the failure's code. */
static int describe_result(const struct procedure *procedure, const union procedure_result *result,
			   struct answer *answer, struct failure *failure)
{
	json_t *json = json_result(procedure->result, result);

	answer->json = json_written(json, 0);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		json_object_del(json, passing[i]);
	answer->lasting = json_written(json, 0);
	json_decref(json);
	return answer->json && answer->lasting
		       ? 0
		       : failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

/* Bytes that an endpoint's calls have taken until now.  False when nobody counts them. */
static bool traffic_of(const struct survey *survey, int endpoint, uint64_t *sent,
		       uint64_t *received)
{
	if (!survey->relays[endpoint])
		return client_traffic(&survey->clients[endpoint], sent, received);
	relay_traffic(survey->relays[endpoint], sent, received);
	return true;
}

/* Calls, and counts the bytes.  The result is there to be released whatever this returns. */
static int call_and_count(struct survey *survey, int endpoint, const struct procedure *procedure,
			  union procedure_arguments *arguments, union procedure_result *result,
			  struct answer *answer, struct failure *failure)
{
	uint64_t sent, received;
	int code;

	traffic_of(survey, endpoint, &sent, &received);
	code = procedure_call(procedure, &survey->clients[endpoint], arguments, result, failure);
	answer->counted = traffic_of(survey, endpoint, &answer->sent, &answer->received);
	answer->sent -= sent;
	answer->received -= received;
	return code;
}

static int ask_endpoint(struct survey *survey, int endpoint, const struct sample *sample,
			struct answer *answer, struct failure *failure)
{
	const struct procedure *procedure = procedure_find(sample->procedure);
	union procedure_arguments arguments = { 0 };
	union procedure_result result = { 0 };
	int code = parse_operands(survey, sample, procedure, &arguments, failure);

	if (code == 0)
		code = call_and_count(survey, endpoint, procedure, &arguments, &result, answer,
				      failure);
	if (code == 0)
		code = describe_result(procedure, &result, answer, failure);
	procedure_release(procedure, &arguments, &result);
	return code;
}

/* ---- all endpoints ---- */

void row_release(struct row *row)
{
	for (int i = 0; i < COMPARE_MAX_ENDPOINTS; i++) {
		free(row->answers[i].json);
		free(row->answers[i].lasting);
		row->answers[i] = (struct answer){ 0 };
	}
}

static bool all_equal(const struct survey *survey, const struct answer answers[])
{
	for (int i = 1; i < survey->count; i++)
		if (strcmp(answers[0].lasting, answers[i].lasting) != 0)
			return false;
	return true;
}

int survey_ask(struct survey *survey, struct row *row, struct failure *failure, int *failed)
{
	/* A file's times may have changed in between. */
	for (int i = 0; i < TRIES && !row->equal; i++) {
		row_release(row);
		for (*failed = 0; *failed < survey->count; ++*failed)
			if (ask_endpoint(survey, *failed, row->sample, &row->answers[*failed],
					 failure))
				return -1;
		row->equal = all_equal(survey, row->answers);
	}
	return 0;
}
