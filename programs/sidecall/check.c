/* sidecall check ENDPOINT [PROGRAM[.VERSION]]: whether that server keeps the protocol. */
#include "check/arguments.h"
#include "check/calc_call.h"
#include "check/check.h"
#include "check/hostile.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "programs/sidecall/check_run.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/program_name.h"

enum { JSON = 256, FORMAT, HOSTILE, MINE, ONLY, ROOT };

const struct option_row command_check_options[] = {
	OPTION_TEXT("idl", CONTRACTS_IDL, "FILE.x",
		    "a contract: each procedure is called with arguments that break its types",
		    NULL),
	OPTION_FLAG("hostile", HOSTILE,
		    "nothing else but whether one client can keep another waiting"),
	OPTION_FLAG("yes-it-is-mine", MINE, "with --hostile: also a server on another machine"),
	OPTION_TEXT("root", ROOT, "DIRECTORY",
		    "of raw messages: also files, for the server serves this directory", NULL),
	OPTION_TEXT("case", ONLY, "NAME", "this one alone", NULL),
	OPTION_FLAG("verbose", 'v', "bytes and reasons also of what passes"),
	OPTION_CHOICE("format", FORMAT, "FORMAT", "tap|junit",
		      "for a program that runs tests: tap or junit", NULL),
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

struct check_options {
	struct context *context;
	struct contracts contracts;
	struct check_run run;
	bool mine;
	const char *root; /* NULL: files are not asked for */
};

static const char *take_root(struct check_options *options, const char *value)
{
	struct stat st;

	if (stat(value, &st) < 0 || !S_ISDIR(st.st_mode))
		return "a directory is needed";
	options->root = value;
	options->run.files = true;
	return NULL;
}

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct check_options *options = what;

	if (key == CONTRACTS_IDL)
		return contracts_take(&options->contracts, key, value, number);
	if (key == 'v')
		options->run.verbose = true;
	else if (key == HOSTILE)
		options->run.hostile = true;
	else if (key == MINE)
		options->mine = true;
	else if (key == ROOT)
		return take_root(options, value);
	else if (key == ONLY)
		options->run.only = value;
	else if (key == JSON)
		options->context->json = true;
	else
		options->run.format = strcmp(value, "tap") == 0 ? &check_tap : &check_junit;
	return NULL;
}

/* ---- which server ---- */

static bool is_checked(const struct endpoint *endpoint)
{
	switch (endpoint->transport) {
	case ENDPOINT_TCP:
	case ENDPOINT_UDP:
	case ENDPOINT_UNIX:
		return true;
	case ENDPOINT_PIPE:
	case ENDPOINT_FIFO:
		return endpoint->protocol == ENDPOINT_RAW;
	default:
		return false;
	}
}

/* libtirpc's own endpoints speak what rpc's do. */
static int take_endpoint(struct context *context, const char *text)
{
	struct endpoint *endpoint = &context->client.endpoint;
	const char *wrong = endpoint_parse(endpoint, text);

	if (wrong)
		return command_usage("check", "%.80s: %s", text, wrong);
	if (!is_checked(endpoint))
		return command_usage("check",
				     "%.80s: what is checked is tcp, udp and unix, "
				     "and of raw messages also pipe and fifo",
				     text);
	if (endpoint->protocol == ENDPOINT_TIRPC)
		endpoint->protocol = ENDPOINT_RPC;
	context->client.anywhere = false;
	context->client.any_server = true;
	context->client.operand = true;
	return 0;
}

static int name_program(const struct check_options *options, const char *text,
			struct program_named *named)
{
	const struct contract *own = contract_built_in();

	if (text)
		return program_find(&options->contracts, "check", text, named);
	*named = (struct program_named){ .program = CALC_PROG };
	named->known = contract_program(own, named->program);
	return 0;
}

static int find_target(const struct check_options *options, const char *program,
		       struct check_target *target)
{
	struct context *context = options->context;
	struct program_named named;
	struct failure failure;
	int code = name_program(options, program, &named);

	if (code)
		return code;
	context->of_contract = program != NULL;
	*target = (struct check_target){ .program = named.program,
					 .timeout = context->client.timeout };
	target->version = named.has_version ? named.version
			  : named.known     ? contract_highest(named.known)
					    : 1;
	code = check_find(target, &context->client, named.has_version, &failure);
	return code ? command_failed(context, "check", program, &failure) : 0;
}

/* ---- all of it ---- */

/* The version of a contract that was given; NULL: there is none. */
static const struct contract_version *find_version(const struct contract *contract,
						   const struct check_target *target)
{
	const struct contract_program *program = contract_program(contract, target->program);

	return program ? contract_version(program, target->version) : NULL;
}

/* Nobody is harmed who is not asked. */
static int refuse_hostile(const struct check_target *target, const struct check_options *options)
{
	if (target->endpoint.transport != ENDPOINT_TCP &&
	    target->endpoint.transport != ENDPOINT_UNIX)
		return command_usage("check", "--hostile is about connections: tcp or unix");
	if (!options->mine && !hostile_at_home(target))
		return command_usage("check",
				     "--hostile may stall or end a server, and this one is on "
				     "another machine: say --yes-it-is-mine if it is yours");
	return 0;
}

static int run_all(const struct check_options *options, const struct check_target *target)
{
	struct check_run run = options->run;

	if (!run.format)
		run.format = options->context->json ? &check_objects : &check_lines;
	if (!run.hostile && options->contracts.read)
		run.version = find_version(options->contracts.read, target);
	return check_run(target, &run);
}

/* With sidecalld beside, where it has the right answers. */
static int run_compared(const struct check_options *options, struct check_target *target)
{
	struct reference reference = { 0 };
	struct link kept = { .in = -1, .out = -1 };
	struct failure failure;
	int code = 0;

	if (check_raw(target) || (!options->run.hostile && check_knows_answers(target)))
		code = reference_open(&reference, target->endpoint.protocol, options->root,
				      &failure);

	if (code)
		return command_failed(options->context, "check", NULL, &failure);
	target->reference = &reference;
	target->kept = &kept;
	code = run_all(options, target);
	link_close(&kept);
	reference_close(&reference);
	return code;
}

/* What would change nothing. */
static int refuse_idle(const struct check_options *options)
{
	if (options->run.hostile && options->root)
		return command_usage("check", "--hostile asks for no files: leave out --root");
	if (options->mine && !options->run.hostile)
		return command_usage("check", "--yes-it-is-mine allows what --hostile does: add "
					      "that, or leave it out");
	return 0;
}

static int check_server(struct check_options *options, int count, char **words)
{
	struct check_target target;
	int code = refuse_idle(options);

	if (code)
		return code;
	if (count < 1 || count > 2)
		return command_usage("check", "one server is checked: ENDPOINT, and PROGRAM where "
					      "it is not the calculator");
	code = take_endpoint(options->context, words[0]);
	if (code == 0 && count > 1 && !endpoint_speaks_rpc(&options->context->client.endpoint))
		code = command_usage("check", "a program is checked by rpc, as rpc+tcp://HOST");
	if (code == 0)
		code = contracts_open(&options->contracts, "check");
	if (code == 0)
		code = find_target(options, count > 1 ? words[1] : NULL, &target);
	if (code == 0 && options->root && !check_raw(&target))
		code = command_usage("check", "--root is about raw messages: files by rpc are "
					      "checked by --idl");
	if (code == 0 && options->run.hostile)
		code = refuse_hostile(&target, options);
	return code ? code : run_compared(options, &target);
}

int command_check(struct context *context, int count, char **words)
{
	struct check_options options = { .context = context };
	int code = command_take_options("check", count, words, command_check_options, take_option,
					&options);

	if (code == 0)
		code = command_options_first("check", count, words);
	if (code == 0)
		code = check_server(&options, count - optind, words + optind);
	contracts_close(&options.contracts);
	return code;
}
