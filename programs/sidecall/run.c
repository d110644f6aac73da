/*
 * sidecall run [OPTION...] [--] PROGRAM [ARG...]: an ONC RPC server that knows libtirpc alone, on
 * our runtime.
 *
 * We become the program: its process, its descriptors and its signals are what they would be
 * without us. Only, the dynamic linker loads server/preload/ in front of libtirpc.
 */
#include <link.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/run_settings.h"
#include "programs/access_names.h"
#include "programs/sidecall/contracts.h"
#include "programs/sidecall/run_names.h"

#define FIRST_KEY 256
#define OUR_CLASS (__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32)

#define ROW(NAME, FIELD, VALUE, HELP, NUMBER, USUAL, LEAST, MOST) KEY_##FIELD,
enum {
	BEFORE_FIRST = FIRST_KEY - 1,
	RUN_SETTINGS(ROW) KEY_allow,
	KEY_require,
	KEY_proxy,
	KEY_metrics,
	KEY_log_level,
	KEY_replace
};
#undef ROW

#define ROW(NAME, FIELD, VALUE, HELP, NUMBER, USUAL, LEAST, MOST)                                  \
	OPTION_NUMBER(NAME, KEY_##FIELD, VALUE, HELP, NUMBER, USUAL, LEAST, MOST),
const struct option_row command_run_options[] = {
	RUN_SETTINGS(ROW) ACCESS_NAMES_OPTION_ALLOW(RUN_ALLOW, KEY_allow),
	ACCESS_NAMES_OPTION_REQUIRE(RUN_REQUIRE, KEY_require),
	ACCESS_NAMES_OPTION_PROXY(RUN_PROXY, KEY_proxy),
	OPTION_FLAG(RUN_REPLACE, KEY_replace,
		    "take the places that servers which are alive have at rpcbind"),
	OPTION_CHOICE(RUN_LOG_LEVEL, KEY_log_level, "LEVEL", RUN_LOG_LEVELS,
		      "the least important that is logged", "info"),
	OPTION_TEXT(RUN_METRICS, KEY_metrics, "ADDRESS",
		    "serve metrics for Prometheus here: HOST:PORT, or PORT on loopback", NULL),
	OPTION_TEXT("idl", CONTRACTS_IDL, "FILE.x",
		    "a contract, whose names metrics have and --" RUN_REQUIRE " takes", NULL),
	OPTION_TEXT("define", 'D', "NAME=NUMBER", "what a contract leaves open", NULL),
	{ 0 },
};
#undef ROW

/* What is read. */
struct run_options {
	char *allow, *proxies; /* NULL: everybody may call */
	const char **rules;    /* as they were written: their names are a contract's */
	size_t rule_count;     /* 0: and all */
	bool restricted;       /* one of both is not so */
	struct contracts contracts;
	char wrong[OPTION_WRONG];
};

static const char *leave_setting(const char *name, const char *value)
{
	char variable[RUN_VARIABLE];

	run_variable(name, variable);
	return setenv(variable, value, 1) < 0 ? "out of memory" : NULL;
}

static const char *take_setting(void *what, int key, const char *value, int64_t number)
{
	struct run_options *options = what;
	const char *why;

	switch (key) {
	case CONTRACTS_IDL:
	case 'D':
		return contracts_take(&options->contracts, key, value, number);
	case KEY_allow:
		why = access_names_allow(&options->allow, value, options->wrong);
		return why ? why : leave_setting(RUN_ALLOW, options->allow);
	case KEY_proxy:
		why = access_names_proxy(&options->proxies, value, options->wrong);
		return why ? why : leave_setting(RUN_PROXY, options->proxies);
	case KEY_require:
		options->rules[options->rule_count++] = value;
		return NULL;
	case KEY_metrics:
		return leave_setting(RUN_METRICS, value);
	case KEY_replace:
		return leave_setting(RUN_REPLACE, "1");
	case KEY_log_level:
		return leave_setting(RUN_LOG_LEVEL, value);
	default:
		return leave_setting(command_run_options[key - FIRST_KEY].name, value);
	}
}

/* ---- what can be taken over ---- */

/* Where execvp(3) will find the program; false: it will say itself that it cannot. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	const char *rest = getenv("PATH");

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	while (rest && *rest) {
		int length = (int)strcspn(rest, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", length, rest, name) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		rest += length + (rest[length] == ':');
	}
	return false;
}

/* Whether the program needs no dynamic linker, which alone can load us. */
static bool is_static(int fd)
{
	ElfW(Ehdr) header;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != OUR_CLASS)
		return false;
	for (int i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) part;
		off_t place = (off_t)header.e_phoff + i * header.e_phentsize;

		if (pread(fd, &part, sizeof(part), place) != sizeof(part))
			return false;
		if (part.p_type == PT_INTERP)
			return false;
	}
	return true;
}

static bool is_script(int fd)
{
	char begin[2];

	return pread(fd, begin, 2, 0) == 2 && memcmp(begin, "#!", 2) == 0;
}

/* Whether it gets rights that we do not have: then the dynamic linker loads nothing that we name.
 */
static bool gains_rights(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	return ((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
	       ((st.st_mode & S_ISGID) && st.st_gid != getegid()) ||
	       (geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

/* Why nothing can be loaded into a program; NULL: it can. */
static const char *find_obstacle(int fd)
{
	if (gains_rights(fd))
		return "runs with other rights than ours (set-uid, or a capability)";
	return is_static(fd) ? "is linked statically" : NULL;
}

/* Says why a program runs as it would without us, if that is so; or is not run, where it must not
 * be called by everybody.  What is linked to it shows only when it is loaded: server/preload/ says
 * that, in the process that it is told. */
static int announce(const char *name, bool restricted)
{
	char path[PATH_MAX], process[16];
	int fd = find_program(name, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	const char *obstacle = fd < 0 ? NULL : find_obstacle(fd);

	snprintf(process, sizeof(process), "%d", (int)getpid());
	if (obstacle)
		report_line("run: %s %s, so nothing can be loaded into it: it %s", name, obstacle,
			    restricted ? "would let everybody call, and is not run. Leave out "
					 "--" RUN_ALLOW " and --" RUN_REQUIRE ", or use a firewall"
				       : "runs as it would without us");
	else if (fd >= 0 && !is_script(fd))
		setenv(RUN_PROCESS, process, 1);
	if (fd >= 0)
		close(fd);
	return obstacle && restricted ? FAILURE_UNAVAILABLE : 0;
}

/* ---- running it ---- */

/* The library beside us, or where `make install` puts it. */
static bool find_preload(char path[PATH_MAX])
{
	static const char *const places[] = { "", "../lib/sidecall/" };
	char ours[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", ours, sizeof(ours) - 1);
	const char *folder;

	if (length < 0)
		return false;
	ours[length] = '\0';
	folder = dirname(ours);
	for (int i = 0; i < 2; i++)
		if (snprintf(path, PATH_MAX, "%s/%s%s", folder, places[i], RUN_PRELOADED) <
			    PATH_MAX &&
		    access(path, R_OK) == 0)
			return true;
	return false;
}

/* Adds it in front of what is loaded already. */
static int add_preload(const char *path)
{
	const char *before = getenv("LD_PRELOAD");
	char both[2 * PATH_MAX];

	snprintf(both, sizeof(both), "%s%s%s", path, before && *before ? ":" : "",
		 before ? before : "");
	return setenv("LD_PRELOAD", both, 1);
}

/* 0, or the failure's code. */
static int leave_names(const struct contract *contract)
{
	int r = contract ? run_names_leave(contract) : 0;

	if (r == -ENOMEM)
		return command_out_of_memory("run");
	return r < 0 ? command_usage("run",
				     "the contract has more names than an environment can carry")
		     : 0;
}

/* The same. */
static int leave_rules(struct run_options *options)
{
	const char *why = NULL;
	char *rules = NULL;

	for (size_t i = 0; !why && i < options->rule_count; i++)
		why = access_names_require(&rules, options->rules[i], options->contracts.contract,
					   options->wrong);
	if (!why && rules)
		why = leave_setting(RUN_REQUIRE, rules);
	free(rules);
	return why ? command_usage("run", "%s", why) : 0;
}

/* Where a contract is named, its names go along. */
static int leave_what_has_names(struct run_options *options)
{
	struct contracts *contracts = &options->contracts;
	int code = contracts->file_count ? contracts_open(contracts, "run") : 0;

	if (code == 0)
		code = leave_names(contracts->contract);
	if (code == 0)
		code = leave_rules(options);
	contracts_close(contracts);
	return code;
}

static int take_options(int count, char **words, struct run_options *options)
{
	int code;

	options->rules = calloc((size_t)count, sizeof(*options->rules));
	if (!options->rules)
		return command_out_of_memory("run");
	code = command_take_options("run", count, words, command_run_options, take_setting,
				    options);
	if (code == 0)
		code = leave_what_has_names(options);
	options->restricted = options->allow || options->rule_count;
	free(options->rules);
	free(options->allow);
	free(options->proxies);
	return code;
}

int command_run(struct context *context, int count, char **words)
{
	struct run_options options = { 0 };
	char preload[PATH_MAX];
	int code = take_options(count, words, &options);

	if (code)
		return code;
	words += optind;
	if (!*words)
		return command_usage("run", "a program is needed, as in sidecall run -- ypserv");
	if (!find_preload(preload)) {
		report_line("run: %s is not beside sidecall, nor in ../lib/sidecall",
			    RUN_PRELOADED);
		return FAILURE_SYSTEM;
	}
	code = announce(*words, options.restricted);
	if (code)
		return code;
	if (add_preload(preload) < 0)
		return command_out_of_memory("run");
	signal(SIGPIPE, context->broken_pipe); /* as it was for us */
	execvp(*words, words);
	code = errno == ENOENT ? FAILURE_USAGE : FAILURE_SYSTEM;
	report_line("run: %s: %s", *words, strerror(errno));
	return code;
}
