/* Contracts that a command is told of, and what is called by name in them. */
#include "programs/sidecall/contracts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "programs/sidecall/words.h"

#define MOST_ERRORS     12 /* that are shown */
#define CANDIDATES      40 /* that are listed */
#define NAME_ROOM       64 /* bytes of a name that are looked at */
#define NEAR            3  /* changes that a mistyped name needs, at most */
#define MOST_NEAR       5
#define PLAIN           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%"
#define MOST_CONSIDERED 400

/* ---- options ---- */

static const char *add_word(const char *words[CONTRACTS_MOST], size_t *count, const char *word)
{
	if (*count == CONTRACTS_MOST)
		return "that is too many contracts, or definitions";
	words[(*count)++] = word;
	return NULL;
}

const char *contracts_take(struct contracts *contracts, int key, const char *value, int64_t number)
{
	switch (key) {
	case CONTRACTS_IDL:
		return add_word(contracts->files, &contracts->file_count, value);
	case 'D':
		if (!strchr(value, '=') || *value == '=')
			return "-D takes NAME=NUMBER";
		return add_word(contracts->defines, &contracts->define_count, value);
	case CONTRACTS_DEPTH:
		contracts->form.depth = (size_t)number;
		return NULL;
	default:
		contracts->form.undeclared = true;
		return NULL;
	}
}

static void write_option(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s ", name);
	if (value[strspn(value, PLAIN)])
		words_quote(to, value);
	else
		fputs(value, to);
}

void contracts_write_options(const struct contracts *contracts, FILE *to)
{
	for (size_t i = 0; i < contracts->file_count; i++)
		write_option(to, "--idl", contracts->files[i]);
	for (size_t i = 0; i < contracts->define_count; i++)
		write_option(to, "-D", contracts->defines[i]);
}

/* ---- reading ---- */

static int define_name(struct contract *contract, const char *definition)
{
	const char *equals = strchr(definition, '=');
	char *name = strndup(definition, (size_t)(equals - definition));
	int r = name ? contract_define(contract, name, equals + 1) : -ENOMEM;

	free(name);
	return r;
}

/* 0, or -errno and which file it is about; NULL: none. */
static int read_texts(struct contracts *contracts, const char **about)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < contracts->define_count; i++)
		r = define_name(contracts->read, contracts->defines[i]);
	for (size_t i = 0; r == 0 && i < contracts->file_count; i++) {
		*about = contracts->files[i];
		r = contract_add_file(contracts->read, *about);
	}
	return r;
}

/* A text that is no contract at all has errors without an end: the first say so. */
static void show_complaints(const struct contract *contract)
{
	size_t errors = 0, i = 0;

	fflush(stdout);
	for (; i < contract->complaint_count && errors < MOST_ERRORS; i++) {
		contract_complain(stderr, &contract->complaints[i]);
		errors += !contract->complaints[i].note;
	}
	if (contract->error_count > errors)
		fprintf(stderr, "... and %zu more errors\n", contract->error_count - errors);
}

static int report_unread(const char *command, const char *about, int error)
{
	report_line("%s: cannot read %s: %s", command, about ? about : "a contract",
		    error == EFBIG ? "it is too much to read" : strerror(error));
	return error == EFBIG ? FAILURE_DATA : FAILURE_SYSTEM;
}

int contracts_open(struct contracts *contracts, const char *command)
{
	const char *about = NULL;
	int r;

	contracts->contract = contract_built_in();
	if (!contracts->file_count)
		return 0;
	contracts->read = contract_open();
	if (!contracts->read)
		return command_out_of_memory(command);
	r = read_texts(contracts, &about);
	if (contract_resolve(contracts->read) == -ENOMEM)
		r = -ENOMEM;
	contracts->contract = contracts->read;
	if (!contracts->quiet || contracts->read->error_count)
		show_complaints(contracts->read);
	if (contracts->read->error_count)
		return FAILURE_DATA;
	return r < 0 ? report_unread(command, about, -r) : 0;
}

void contracts_close(struct contracts *contracts)
{
	contract_close(contracts->read);
	free(contracts->form.context);
	*contracts = (struct contracts){ 0 };
}

/* ---- procedures ---- */

char *contracts_name(const struct contract_found *found)
{
	char *name;

	if (asprintf(&name, "%s.%s.%s", found->program->name, found->version->name,
		     found->procedure->name) < 0)
		return NULL;
	return name;
}

static void list_candidates(const struct contract_found *found, size_t count, size_t all)
{
	for (size_t i = 0; i < count; i++) {
		char *name = contracts_name(&found[i]);

		report_line("  %s", name ? name : "");
		free(name);
	}
	if (all > count)
		report_line("  ... and %zu more", all - count);
}

/* All that there are: what any part may be. */
static size_t find_all(const struct contract *contract, struct contract_found *found, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < contract->program_count; i++)
		for (size_t v = 0; v < contract->programs[i].version_count; v++) {
			const struct contract_version *version = &contract->programs[i].versions[v];

			for (size_t p = 0; p < version->procedure_count; p++, count++)
				if (count < room)
					found[count] = (struct contract_found){
						&contract->programs[i], version,
						&version->procedures[p]
					};
		}
	return count;
}

/* How many changes of a letter make one name of the other, small or capital, but no more than a
 * few. */
static size_t distance(const char *one, const char *other)
{
	size_t row[NAME_ROOM + 1], length = strnlen(other, NAME_ROOM);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; one[i] && i < NAME_ROOM; i++) {
		size_t before = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t changed = before + (toupper((unsigned char)one[i]) !=
						   toupper((unsigned char)other[j]));
			size_t gap = 1 + (row[j] < row[j + 1] ? row[j] : row[j + 1]);

			before = row[j + 1];
			row[j + 1] = changed < gap ? changed : gap;
		}
	}
	return row[length];
}

/* Leaves those whose name is nearly what was said.  How many these are. */
static size_t keep_near(struct contract_found *found, size_t count, const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < MOST_NEAR; i++)
		if (distance(last, found[i].procedure->name) <= NEAR)
			found[kept++] = found[i];
	return kept;
}

static bool is_file_name(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && strcmp(name + length - 2, ".x") == 0;
}

/* Who meant another contract is told how to name it. */
static int report_missing(const struct contracts *contracts, const char *command, const char *name)
{
	struct contract_found near[MOST_CONSIDERED];
	size_t count = find_all(contracts->contract, near, MOST_CONSIDERED);

	count = keep_near(near, count < MOST_CONSIDERED ? count : MOST_CONSIDERED, name);
	if (is_file_name(name))
		return command_usage(command, "a contract is read by --idl, as in --idl %.200s",
				     name);
	report_line("%s: there is no procedure %s%s%s%s%s", command, name,
		    contracts->file_count ? " in the contract"
					  : " in sidecalld's contract; --idl FILE.x reads another",
		    count ? ". Near it are:" : ". 'sidecall describe",
		    count || !contracts->file_count ? "" : " --idl FILE.x",
		    count ? "" : "' lists what there is");
	list_candidates(near, count, count);
	return FAILURE_USAGE;
}

int contracts_find(const struct contracts *contracts, const char *command, const char *name,
		   struct contract_found *found)
{
	struct contract_found candidates[CANDIDATES];
	size_t count = contract_find(contracts->contract, name, candidates, CANDIDATES);

	if (count == 1) {
		*found = candidates[0];
		return 0;
	}
	if (!count)
		return report_missing(contracts, command, name);
	report_line("%s: more than one procedure is called %s. There are:", command, name);
	list_candidates(candidates, count < CANDIDATES ? count : CANDIDATES, count);
	return FAILURE_USAGE;
}

/* ---- what is odd ---- */

#define MOST_WARNINGS 10

struct warning {
	const char *command;
	size_t count;
};

static void report_warning(void *context, const char *text)
{
	struct warning *warning = context;

	if (++warning->count <= MOST_WARNINGS)
		report_line("%s: %s", warning->command, text);
	else if (warning->count == MOST_WARNINGS + 1)
		report_line("%s: ... and so on", warning->command);
}

void contracts_warn(struct contracts *contracts, const char *command)
{
	struct warning *warning = calloc(1, sizeof(*warning));

	free(contracts->form.context);
	if (warning)
		*warning = (struct warning){ .command = command };
	contracts->form.context = warning;
	contracts->form.warn = warning ? report_warning : NULL;
}
