/*
 * sidecall compare: what an interface definition costs and what it buys, on this machine.
 *
 * Signals that end a program are held back while servers run and files are written: whoever runs a
 * part looks whether one is pending, and at the end, when everything is put away, it is let
 * through.
 */
#include "programs/sidecall/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/failures.h"
#include "client/report.h"
#include "client/sidecalld.h"
#include "compare/against.h"
#include "compare/document.h"
#include "compare/part/output.h"
#include "compare/lab/servers.h"
#include "common/held_signals.h"
#include "client/json.h"
#include "compare/part/verdict.h"

/* What the words behind the command say. */
struct compare {
	bool quick, json;
	const char *only, *root, *report; /* NULL: all parts, a root of our own, none */
	const char *from;                 /* a document to show instead of making one, or NULL */
	const char *against;              /* a document to hold this one against, or NULL */
	struct output output;             /* of the report */
	json_t *old;
};

/* ---- options ---- */

enum { QUICK = 256, JSON, ONLY, ROOT, REPORT, FROM, AGAINST };

const struct option_row command_compare_options[] = {
	OPTION_FLAG("quick", QUICK, "shorter turns: a first impression"),
	OPTION_CHOICE("only", ONLY, "PART[,PART...]", "bytes|code|time|failures|evolution",
		      "only bytes, code, time, failures or evolution", NULL),
	OPTION_TEXT("root", ROOT, "DIRECTORY", "what the servers serve", "one made for it"),
	OPTION_TEXT("report", REPORT, "FILE", "write all of it as one HTML page, too", NULL),
	OPTION_TEXT("from", FROM, "FILE", "show what --json printed once; nothing is run", NULL),
	OPTION_TEXT("against", AGAINST, "FILE",
		    "say what is worse or better than what --json printed once", NULL),
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct compare *compare = what;

	(void)number;
	switch (option) {
	case QUICK:
		compare->quick = true;
		break;
	case JSON:
		compare->json = true;
		break;
	case ONLY:
		compare->only = value;
		break;
	case ROOT:
		compare->root = value;
		break;
	case REPORT:
		compare->report = value;
		break;
	case FROM:
		compare->from = value;
		break;
	default:
		compare->against = value;
	}
	return NULL;
}

/* What goes with what; `endpoints` words are left. */
static int check_options(const struct compare *compare, int endpoints)
{
	char unknown[64];

	if (endpoints && (compare->quick || compare->only || compare->root || compare->report ||
			  compare->from || compare->against))
		return command_usage("compare", "named endpoints are compared without options, and "
						"parts are named by --only PART");
	if (compare->from && (compare->quick || compare->only || compare->root))
		return command_usage("compare", "--from shows what is in a file: nothing is run");
	if (compare->report && strcmp(compare->report, "-") == 0)
		return command_usage("compare", "--report takes the name of a file");
	if (!compare->only || document_names_parts(compare->only, unknown))
		return 0;
	return command_usage("compare", "--only takes parts, as in bytes; there is no part \"%s\"",
			     unknown);
}

/* ---- while it runs ---- */

/* One line, written over and over. */
static void show_progress(struct comparison *comparison, const char *what)
{
	fprintf(stderr, "\r\033[K%s: %.80s", comparison->part->figure->key, what);
	fflush(stderr);
}

static void end_progress(const struct comparison *comparison)
{
	if (comparison->progress)
		fputs("\r\033[K", stderr);
}

/* The server's program is found from where we were started: the working directory changes, and a
 * path may be relative, in SIDECALLD or, where there is no /proc, as our own. */
static void keep_server_program(void)
{
	char found[PATH_MAX];
	const char *program = sidecalld_program(found, sizeof(found));
	char *path = strchr(program, '/') ? realpath(program, NULL) : NULL;

	if (path)
		setenv("SIDECALLD", path, 1);
	free(path);
}

/* Descriptors that our server must be allowed: for the most connections of a load, two each. */
#define DESCRIPTORS 256

/* Has us, and so our servers, open as many files as they need.  0 or the failure's code. */
static int allow_descriptors(struct failure *failure)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS)
		return 0;
	limit.rlim_cur = DESCRIPTORS;
	if (limit.rlim_max >= DESCRIPTORS && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return 0;
	failure_set(failure, FAILURE_SYSTEM,
		    "a process may have %llu descriptors open, and the servers need %d",
		    (unsigned long long)limit.rlim_max, DESCRIPTORS);
	failure_advise(failure, "Raise the limit: ulimit -n %d, as root where it is the hard one",
		       DESCRIPTORS);
	return failure->code;
}

/* Runs the parts against servers of our own.  The document, or NULL with the failure. */
static json_t *make_document(const struct context *context, const struct compare *compare,
			     struct failure *failure)
{
	struct servers servers;
	struct comparison comparison = { .quick = compare->quick,
					 .root = compare->root,
					 .timeout = context->client.timeout,
					 .servers = &servers,
					 .stopped = held_signals_pending };
	json_t *document = NULL;

	if (isatty(STDERR_FILENO))
		comparison.progress = show_progress;
	if (access("/proc/self/task", F_OK) < 0 &&
	    (!compare->only || strstr(compare->only, "time")))
		report_line("compare: there is no /proc, so system calls are not counted. As root: "
			    "mount -t proc proc /proc");
	keep_server_program();
	if (allow_descriptors(failure) || servers_open(&servers, compare->root, failure))
		return NULL;
	/* The server of a pipe serves where it is started. */
	if (chdir(servers.root) < 0)
		failure_system(failure, errno, "cannot use the servers' root");
	else
		document = document_make(&comparison, compare->only, failure);
	end_progress(&comparison);
	servers_close(&servers);
	/* Whatever else went wrong: a terminal's Ctrl-C goes to the servers as well. */
	if (!document && held_signals_pending())
		comparison_interrupted(failure);
	return document;
}

/* ---- what comes out ---- */

static void write_report(const void *document, FILE *file)
{
	document_write(document, file);
}

/* Adds the old document's verdict, writes the report, prints.  0 or the failure's code. */
static int show_document(const struct context *context, const struct compare *compare,
			 json_t *document, struct failure *failure)
{
	json_t *against = compare->old ? against_make(compare->old, document, failure) : NULL;
	bool worse = against_is_worse(against);

	if (compare->old && !against)
		return command_failed_here(context, "compare", failure);
	if (against)
		json_object_set_new(document, "against", against);
	if (compare->report && output_write(&compare->output, write_report, document, failure))
		return command_failed_here(context, "compare", failure);
	if (context->json)
		json_print(json_incref(document));
	else
		document_print(document, &context->out);
	if (compare->report)
		report_line("the report is %s", compare->report);
	return worse ? FAILURE_VERDICT : 0;
}

static int run_comparison(const struct context *context, const struct compare *compare)
{
	struct failure failure;
	json_t *document;
	int code;

	document = compare->from ? document_read(compare->from, &failure)
				 : make_document(context, compare, &failure);
	if (!document)
		return command_failed_here(context, "compare", &failure);
	code = show_document(context, compare, document, &failure);
	json_decref(document);
	return code;
}

/* Whether there is a standard output; in place of a closed one stands what can only be read. */
static bool can_print(void)
{
	return (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* Opens what is read and written at the end, so that what is wrong there is said at once. */
static int prepare_output(const struct context *context, struct compare *compare)
{
	struct failure failure;

	if (!can_print()) {
		failure_set(&failure, FAILURE_OUTPUT, "there is no standard output to write to");
		return command_failed_here(context, "compare", &failure);
	}
	if (compare->report && output_open(&compare->output, compare->report, &failure))
		return command_failed_here(context, "compare", &failure);
	compare->old = compare->against ? document_read(compare->against, &failure) : NULL;
	return compare->against && !compare->old ? command_failed_here(context, "compare", &failure)
						 : 0;
}

int command_compare(struct context *context, int count, char **words)
{
	struct compare compare = { .output.directory = -1 };
	struct held_signals ends = { 0 };
	int code;

	if (context->client.observer)
		return command_usage("compare", "--trace follows one endpoint at a time: trace the "
						"calls one by one");
	code = command_take_options("compare", count, words, command_compare_options, take_option,
				    &compare);
	if (code == 0)
		code = check_options(&compare, count - optind);
	if (code)
		return code;
	context->json = context->json || compare.json;
	if (optind < count)
		return compare_endpoints(context, count - optind, words + optind);
	held_signals_hold(&ends);
	code = prepare_output(context, &compare);
	if (code == 0)
		code = run_comparison(context, &compare);
	output_close(&compare.output);
	json_decref(compare.old);
	held_signals_release(&ends); /* here we end, if we were told to */
	return code;
}
