/* Asking several endpoints the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare/compare.h"

#define TRIES           3     /* of a call whose answer may change between two endpoints' turns */
#define ROOT_PAGE_BYTES 65536 /* of the root, where files to ask about are looked for */

/* ---- what to ask about ---- */

static void note_entry(struct comparison *comparison, const fileinfo_entry *entry)
{
	fileinfo_type type = entry->stat.fileinfo_stat_result_u.attributes.type;

	if (entry->stat.status != FILEINFO_OK)
		return;
	if (type == FILEINFO_REGULAR)
		snprintf(comparison->file, sizeof(comparison->file), "%s", entry->name);
	if (type == FILEINFO_SYMLINK)
		snprintf(comparison->link, sizeof(comparison->link), "%s", entry->name);
}

void comparison_find_paths(struct comparison *comparison)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)".", 0, ROOT_PAGE_BYTES };
	union procedure_result result;
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	int code;

	snprintf(comparison->file, sizeof(comparison->file), "no-file");
	snprintf(comparison->link, sizeof(comparison->link), "no-link");
	code = procedure_call(procedure, &comparison->clients[0], &arguments, &result, &failure);
	if (code == 0 && result.list.status == FILEINFO_OK)
		for (u_int i = 0; i < page->entries.entries_len; i++)
			note_entry(comparison, &page->entries.entries_val[i]);
	procedure_release(procedure, NULL, &result);
}

const char *comparison_operand(const struct comparison *comparison, const char *operand)
{
	if (strcmp(operand, COMPARE_FILE) == 0)
		return comparison->file;
	if (strcmp(operand, COMPARE_LINK) == 0)
		return comparison->link;
	return operand;
}

/* ---- one call ---- */

static int parse(const struct comparison *comparison, const struct sample *sample,
		 const struct procedure *procedure, union procedure_arguments *arguments,
		 struct failure *failure)
{
	char *operands[COMPARE_MAX_OPERANDS];
	int count = 0;

	for (; sample->operands[count]; count++)
		operands[count] = (char *)comparison_operand(comparison, sample->operands[count]);
	return procedure->arguments->parse(count, operands, arguments, failure);
}

/* Makes the answer of a result.  0 or the failure's code. */
static int describe(const struct procedure *procedure, const union procedure_result *result,
		    struct answer *answer, struct failure *failure)
{
	json_t *json = procedure->result->to_json(result);

	answer->json = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(json);
	return answer->json ? 0 : failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

/* Calls, and counts the bytes.  The result is there to be released whatever this returns. */
static int call(struct client *client, const struct procedure *procedure,
		union procedure_arguments *arguments, union procedure_result *result,
		struct answer *answer, struct failure *failure)
{
	uint64_t sent, received;
	int code;

	client_traffic(client, &sent, &received);
	code = procedure_call(procedure, client, arguments, result, failure);
	answer->counted = client_traffic(client, &answer->sent, &answer->received);
	answer->sent -= sent;
	answer->received -= received;
	return code;
}

static int ask(struct comparison *comparison, int endpoint, const struct sample *sample,
	       struct answer *answer, struct failure *failure)
{
	const struct procedure *procedure = procedure_find(sample->procedure);
	union procedure_arguments arguments = { 0 };
	union procedure_result result = { 0 };
	int code = parse(comparison, sample, procedure, &arguments, failure);

	if (code == 0)
		code = call(&comparison->clients[endpoint], procedure, &arguments, &result, answer,
			    failure);
	if (code == 0)
		code = describe(procedure, &result, answer, failure);
	procedure_release(procedure, &arguments, &result);
	return code;
}

/* ---- all endpoints ---- */

void row_release(struct row *row)
{
	for (int i = 0; i < COMPARE_MAX_ENDPOINTS; i++) {
		free(row->answers[i].json);
		row->answers[i] = (struct answer){ 0 };
	}
}

static bool all_equal(const struct comparison *comparison, const struct answer answers[])
{
	for (int i = 1; i < comparison->count; i++)
		if (strcmp(answers[0].json, answers[i].json) != 0)
			return false;
	return true;
}

int comparison_ask(struct comparison *comparison, struct row *row, struct failure *failure,
		   int *failed)
{
	/* A file's times, or the space that is free, may have changed in between. */
	for (int i = 0; i < TRIES && !row->equal; i++) {
		row_release(row);
		for (*failed = 0; *failed < comparison->count; ++*failed)
			if (ask(comparison, *failed, row->sample, &row->answers[*failed], failure))
				return -1;
		row->equal = all_equal(comparison, row->answers);
	}
	return 0;
}
