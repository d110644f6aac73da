/*
 * Prints what both programs' tables say of their options, commands and endpoints: a line each, in
 * fields between tabs.  Manual pages and completions are made of it when the programs are built.
 *
 *	option   PROGRAM COMMAND NAME LETTER VALUE HELP USUAL CHOICES
 *	command  PROGRAM NAME USAGE HELP EXAMPLE
 *	row      PROGRAM LIST NAME HELP
 *	endpoint TEXT
 *	word     KIND WORD
 *
 * COMMAND is empty for options that stand before it.
 */
#include <stdio.h>

#include "common/endpoint.h"
#include "contract/contract.h"
#include "doctor/doctor.h"
#include "programs/sidecall/commands.h"
#include "programs/sidecall/help.h"
#include "programs/sidecalld/help.h"
#include "programs/sidecalld/options.h"

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

static void print_options(const char *program, const char *command, const struct option_row *rows)
{
	for (const struct option_row *row = rows; row && row->name; row++) {
		char usual[OPTION_USUAL], letter[2] = { (char)(row->key < 256 ? row->key : 0) };

		option_usual(row, usual);
		printf("option\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", program, command, row->name,
		       letter, or_nothing(row->value), row->help, usual, or_nothing(row->choices));
	}
}

static void print_lists(const char *program, const struct help_list *list)
{
	for (; list->name; list++)
		for (const char *const(*row)[2] = list->rows; **row; row++)
			printf("row\t%s\t%s\t%s\t%s\n", program, list->name, (*row)[0], (*row)[1]);
}

static void print_commands(void)
{
	struct command commands[COMMANDS_MOST];

	commands_list(commands);
	for (const struct command *c = commands; c->name; c++) {
		printf("command\tsidecall\t%s\t%s\t%s\t%s\n", c->name, c->usage, c->help,
		       c->example);
		print_options("sidecall", c->name, c->options);
	}
}

/* As far as an address: "rpc+tcp://", "raw+unix:". */
static void print_endpoints(void)
{
	for (int protocol = 0; protocol < ENDPOINT_PROTOCOLS; protocol++)
		for (int transport = ENDPOINT_TCP; transport <= ENDPOINT_SHM; transport++) {
			struct endpoint endpoint = { .protocol = protocol, .transport = transport };
			char name[ENDPOINT_MAX_NAME];

			endpoint_name(&endpoint, name);
			if (!endpoint_parse(&endpoint, name))
				printf("endpoint\t%s%s\n", name,
				       endpoint_has_host(&endpoint) ? "://" : ":");
		}
}

/* Rules of --require for one procedure, or "*". */
static void print_rules(const char *program, const char *procedure)
{
	static const char *const needs[] = { "none", "sys", "local" };

	for (int i = 0; i < 3; i++)
		printf("word\trule\t%s.%s=%s\n", program, procedure, needs[i]);
}

/* A procedure that is in several versions is named once: a rule holds for all. */
static void print_program_rules(const struct contract_program *program)
{
	const struct contract_version *last = &program->versions[program->version_count - 1];

	print_rules(program->name, "*");
	for (size_t i = 0; i < last->procedure_count; i++)
		print_rules(program->name, last->procedures[i].name);
}

/* What stands for words of other tables. */
static void print_words(void)
{
	const struct contract *contract = contract_built_in();

	for (const struct doctor_check *check = doctor_checks; check->name; check++)
		printf("word\tcheck\t%s\n", check->name);
	for (size_t i = 0; i < contract->program_count; i++)
		print_program_rules(&contract->programs[i]);
}

int main(void)
{
	print_words();
	print_options("sidecall", "", commands_before);
	print_commands();
	print_lists("sidecall", help_lists);
	print_options("sidecalld", "", options_rows);
	print_lists("sidecalld", daemon_lists);
	print_endpoints();
	return fflush(stdout) == 0 ? 0 : 1;
}
