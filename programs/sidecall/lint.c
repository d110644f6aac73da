/* sidecall lint FILE.x, and lint --against OLD.x NEW.x. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/json.h"
#include "compare/part/verdict.h"
#include "contract/lint/lint.h"
#include "programs/sidecall/contracts.h"

enum { AGAINST = 256, JSON };

const struct option_row command_lint_options[] = {
	OPTION_TEXT("against", AGAINST, "OLD.x",
		    "what breaks those who call by the old contract, and what is safe", NULL),
	OPTION_TEXT("define", 'D', "NAME=NUMBER", "what a contract leaves open", NULL),
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

struct lint_options {
	struct contracts new, old; /* definitions are the new one's at first */
	bool json;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct lint_options *options = what;

	switch (option) {
	case AGAINST:
		return contracts_take(&options->old, CONTRACTS_IDL, value, number);
	case JSON:
		options->json = true;
		return NULL;
	default:
		return contracts_take(&options->new, option, value, number);
	}
}

/* ---- one contract ---- */

static void show_note(const struct complaint *note, bool json)
{
	json_t *object;

	if (!json) {
		contract_complain(stdout, note);
		return;
	}
	object = json_pack("{s:i,s:i}", "line", (int)note->line, "column", (int)note->column);
	json_set_bytes(object, "file", note->file);
	json_set_bytes(object, "what", note->text);
	json_print(object);
}

/* What was noted when it was read is among them. */
static int lint_one(const struct lint_options *options)
{
	struct contract *contract = options->new.read;

	if (lint_contract(contract) < 0)
		return command_out_of_memory("lint");
	for (size_t i = 0; i < contract->complaint_count; i++)
		show_note(&contract->complaints[i], options->json);
	return contract->complaint_count ? FAILURE_VERDICT : 0;
}

/* ---- two of them ---- */

struct changes {
	bool json;
	size_t breaking, safe;
};

static void show_change(void *context, bool breaks, const char *where, const char *what)
{
	struct changes *changes = context;
	json_t *object;

	changes->breaking += breaks;
	changes->safe += !breaks;
	if (!changes->json) {
		printf("%s %s: %s\n", breaks ? "breaks" : "safe  ", where, what);
		return;
	}
	object = json_pack("{s:b}", "breaks", breaks);
	json_set_bytes(object, "where", where);
	json_set_bytes(object, "what", what);
	json_print(object);
}

static int lint_two(struct lint_options *options)
{
	struct changes changes = { .json = options->json };

	if (lint_against(options->old.contract, options->new.contract, show_change, &changes) < 0)
		return command_out_of_memory("lint");
	if (!options->json)
		printf("%zu %s callers, %zu %s safe\n", changes.breaking,
		       changes.breaking == 1 ? "change breaks" : "changes break", changes.safe,
		       changes.safe == 1 ? "is" : "are");
	return changes.breaking ? FAILURE_VERDICT : 0;
}

/* ---- the command ---- */

static int run_lint(struct lint_options *options, int count, char **words)
{
	bool against = options->old.file_count > 0;
	int code;

	if (options->old.file_count > 1)
		return command_usage("lint", "one old contract is compared at a time");
	for (int i = 0; i < count; i++)
		contracts_take(&options->new, CONTRACTS_IDL, words[i], 0);
	if (!count || (int)options->new.file_count != count)
		return command_usage("lint", "a contract is needed, as in lint FILE.x");
	memcpy(options->old.defines, options->new.defines, sizeof(options->old.defines));
	options->old.define_count = options->new.define_count;
	options->new.quiet = !against;
	code = contracts_open(&options->new, "lint");
	if (code == 0 && against)
		code = contracts_open(&options->old, "lint");
	if (code)
		return code;
	return against ? lint_two(options) : lint_one(options);
}

int command_lint(struct context *context, int count, char **words)
{
	struct lint_options options = { .json = context->json };
	int code = command_take_options("lint", count, words, command_lint_options, take_option,
					&options);

	if (code == 0)
		code = command_options_first("lint", count, words);
	if (code == 0)
		code = run_lint(&options, count - optind, words + optind);
	contracts_close(&options.new);
	contracts_close(&options.old);
	return code;
}
