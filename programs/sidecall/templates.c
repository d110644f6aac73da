/* The calls that a load makes in turn, of one procedure of any contract: their arguments as JSON.
 */
#include "programs/sidecall/templates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "common/container.h"
#include "contract/value/walk.h"
#include "measure/load.h"
#include "programs/sidecall/input.h"

#define MOST_TEMPLATES 65536

/* Whether a result is one that the contract has: each reply is looked at, and none is shown. */
static bool decodes(const void *arguments, const union procedure_result *result)
{
	const struct any_call *call = container_of(arguments, struct any_call, arguments);
	struct walk walk = { 0 };
	enum walk_step step;

	walk_begin(&walk, call->found.procedure->result, WALK_XDR, result->any.bytes.data,
		   result->any.bytes.length);
	do
		step = walk_next(&walk);
	while (step > WALK_END);
	walk_release(&walk);
	return step == WALK_END;
}

/* ---- from JSON to calls ---- */

/* Room for one more in a list that doubles. */
static struct any_call *add_call(struct templates *templates)
{
	unsigned int count = templates->count;
	bool full = (count & (count - 1)) == 0; /* none, or a power of two */
	struct any_call *calls = templates->calls;

	if (full)
		calls = realloc(calls, (count ? 2 * (size_t)count : 1) * sizeof(*calls));
	if (!calls)
		return NULL;
	templates->calls = calls;
	return &calls[templates->count++];
}

static int add_template(struct templates *templates, const struct contracts *contracts,
			const struct contract_found *found, const char *json, size_t length,
			struct failure *failure)
{
	struct any_call *call;

	if (templates->count == MOST_TEMPLATES)
		return failure_set(failure, FAILURE_DATA, "more than %d lines", MOST_TEMPLATES);
	call = add_call(templates);
	if (!call)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return any_call_prepare(call, contracts, found, json, length, failure);
}

/* Whether there is nothing on a line, or a comment: as in call --lines. */
static bool is_passed_over(const char *line, size_t length)
{
	size_t blank = 0;

	while (blank < length && strchr(" \t\r", line[blank]) && line[blank])
		blank++;
	return blank == length || line[blank] == '#';
}

/* What is wrong is wrong on the line that `number` says in the end. */
static int add_lines(struct templates *templates, const struct contracts *contracts,
		     const struct contract_found *found, const struct buffer *text,
		     unsigned long *number, struct failure *failure)
{
	const char *at = (const char *)text->data, *end = at + text->length;
	int code = 0;

	while (code == 0 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);

		++*number;
		if (!is_passed_over(at, length))
			code = add_template(templates, contracts, found, at, length, failure);
		at += length + 1;
	}
	return code;
}

static int list_later(struct templates *templates, struct failure *failure)
{
	templates->later = calloc(templates->count, sizeof(*templates->later));
	if (!templates->later)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	for (unsigned int i = 1; i < templates->count; i++)
		templates->later[i - 1] = &templates->calls[i].arguments;
	return 0;
}

/* ---- all of it ---- */

int templates_read(struct templates *templates, const struct contracts *contracts,
		   const char *command, const struct contract_found *found)
{
	const char *json = templates->json ? templates->json : "null";
	struct buffer text = { 0 };
	unsigned long line = 0;
	struct failure failure;
	char where[64];
	int code = input_operand(json, &text, &failure);

	if (code == 0 && templates->lines)
		code = add_lines(templates, contracts, found, &text, &line, &failure);
	else if (code == 0)
		code = add_template(templates, contracts, found, (const char *)text.data,
				    text.length, &failure);
	if (code == 0 && !templates->count)
		code = failure_set(&failure, FAILURE_DATA, "no line has arguments on it");
	else if (code == 0)
		code = list_later(templates, &failure);
	if (code && templates->json)
		input_advise(json, &failure);
	buffer_release(&text);
	if (code == 0)
		return 0;
	snprintf(where, sizeof(where), "%s: line %lu", command, line);
	return report_failure(&failure, templates->count && line ? where : command);
}

void templates_release(struct templates *templates)
{
	for (unsigned int i = 0; i < templates->count; i++)
		any_call_release(&templates->calls[i]);
	free(templates->calls);
	free(templates->later);
}

void templates_put(const struct templates *templates, struct load *load)
{
	load->procedure = &templates->calls[0].row;
	load->arguments = &templates->calls[0].arguments;
	load->later = templates->later;
	load->later_count = templates->count - 1;
	load->right = decodes;
}
