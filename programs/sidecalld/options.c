/* sidecalld's options, and the limits that follow from them. */
#include "programs/sidecalld/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sysexits.h>

#include "common/number.h"
#include "contract/contract.h"
#include "idl/calc.h"
#include "programs/access_names.h"
#include "programs/sidecalld/help.h"
#include "server/runtime/limits.h"
#include "server/runtime/log.h"
#include "server/status/metrics.h"

#define REMEMBERED ((size_t)16 << 20) /* bytes, for the replies that all sockets remember */

/* What is logged of a limit names its option. */
static const char *const limit_names[SIDECALL_LIMITS] = {
	[SIDECALL_MAX_MESSAGE] = "--max-message",
	[SIDECALL_MAX_MEMORY] = "--max-memory",
	[SIDECALL_MAX_CONNECTIONS] = "--max-connections",
	[SIDECALL_MAX_PER_PEER] = "--max-per-address",
	[SIDECALL_MESSAGE_TIMEOUT] = "--message-timeout",
	[SIDECALL_IDLE_TIMEOUT] = "--idle-timeout",
	[SIDECALL_NO_REGISTRATION] = "--no-rpcbind",
	[SIDECALL_REPLACE] = "--replace",
};

enum {
	NO_RPCBIND = 256,
	NO_CONFINE,
	REPLACE,
	METRICS,
	LOG_LEVEL,
	STDIO,
	STOCK,
	ALLOW,
	REQUIRE,
	PROXY_FROM,
	CALC_VERSION,
	HELP,
	VERSION,
	MAX_MEMORY,
	MAX_MESSAGE,
	WORKERS, /* and those behind it are counts, and times in seconds */
	MAX_CONNECTIONS,
	MESSAGE_TIMEOUT,
	IDLE_TIMEOUT,
	MAX_PER_ADDRESS,
	MAX_UDP_REPLY,
	STOP_TIMEOUT
};

const struct option_row options_rows[] = {
	OPTION_TEXT("listen", 'l', "ENDPOINT", "serve here; may be given more than once", NULL),
	OPTION_TEXT("root", 'r', "DIRECTORY", "what the file service shows",
		    "the working directory"),
	OPTION_TEXT("calc-version", CALC_VERSION, "N", "serve the calculator in this version alone",
		    "in all"),
	OPTION_FLAG("no-rpcbind", NO_RPCBIND, "do not register with rpcbind"),
	OPTION_FLAG("no-confine", NO_CONFINE,
		    "keep the right to open any file and to make any system call"),
	ACCESS_NAMES_OPTION_ALLOW("allow", ALLOW),
	ACCESS_NAMES_OPTION_REQUIRE("require", REQUIRE),
	ACCESS_NAMES_OPTION_PROXY("proxy-from", PROXY_FROM),
	OPTION_CHOICE("log-level", LOG_LEVEL, "LEVEL", LOG_LEVELS,
		      "the least important that is logged", "info"),
	OPTION_TEXT("metrics", METRICS, "ADDRESS",
		    "serve metrics for Prometheus here: HOST:PORT, or PORT on loopback", NULL),
	OPTION_FLAG("replace", REPLACE,
		    "have rpcbind name us in the place of a server that is alive"),
	OPTION_CHOICE(
		"stdio", STDIO, "PROTOCOL", "rpc|raw",
		"serve one client by rpc or raw on standard input and output, and nothing else",
		NULL),
	OPTION_NUMBER("workers", WORKERS, "N", "threads that serve clients", 0,
		      "as many as keep up, one a processor at most", 1, 256),
	OPTION_NUMBER("max-per-address", MAX_PER_ADDRESS, "N",
		      "connections of one peer at a time: of an IPv4 address, an IPv6 /64, a user "
		      "of this machine",
		      0, "as many as for all", 1, 1000000),
	OPTION_NUMBER("max-connections", MAX_CONNECTIONS, "N",
		      "connections at a time; then the peer that has most loses one, or who comes "
		      "is sent away",
		      LIMITS_CONNECTIONS, ", or what the limit on descriptors leaves", 1, 1000000),
	OPTION_NUMBER(
		"max-memory", MAX_MEMORY, "BYTES",
		"for unfinished calls, unread replies, calls that wait and used shared memory "
		"of all clients; beyond it the peer that holds most loses a connection",
		LIMITS_MEMORY, ", and at least four of the longest messages", 65536, UINT32_MAX),
	OPTION_NUMBER("max-message", MAX_MESSAGE, "BYTES", "the longest call and the longest reply",
		      LIMITS_MESSAGE, NULL, 1024, 1 << 30),
	OPTION_NUMBER("max-udp-reply", MAX_UDP_REPLY, "BYTES",
		      "the longest reply in a datagram beyond loopback", LIMITS_UDP_REPLY, NULL,
		      512, 65507),
	OPTION_NUMBER("message-timeout", MESSAGE_TIMEOUT, "SECONDS",
		      "for a call to arrive, once begun, and for a client to take its replies",
		      LIMITS_MESSAGE_TIMEOUT, NULL, 1, 86400),
	OPTION_NUMBER("idle-timeout", IDLE_TIMEOUT, "SECONDS",
		      "between two calls of a connection; 0 is for ever", LIMITS_IDLE_TIMEOUT, NULL,
		      0, 31536000),
	OPTION_NUMBER("stop-timeout", STOP_TIMEOUT, "SECONDS",
		      "to answer and deliver what was asked before SIGTERM", LIMITS_STOP_TIMEOUT,
		      NULL, 1, 3600),
	OPTION_FLAG(
		"stock", STOCK,
		"serve tirpc endpoints with libtirpc's own svc_run(), which heeds none of these "
		"limits: the baseline"),
	OPTION_FLAG("help", HELP, "this"),
	OPTION_FLAG("version", VERSION, "the version of sidecalld"),
	{ 0 },
};

/* ---- taking them ---- */

/* What is read, and what is wrong with it. */
struct option_reading {
	struct options *options;
	char wrong[OPTION_WRONG];
};

static const char *say_wrong(struct option_reading *reading, const char *format, const char *value,
			     const char *why)
{
	(void)snprintf(reading->wrong, sizeof(reading->wrong), format, value, why);
	return reading->wrong;
}

static const char *take_listen(struct option_reading *reading, const char *text)
{
	struct options *options = reading->options;
	const char *why;

	if (options->listen_count == OPTIONS_MAX_LISTEN)
		return "--listen may be given 32 times";
	why = endpoint_parse(&options->listen[options->listen_count], text);
	if (why)
		return say_wrong(reading, "--listen \"%.200s\": %s", text, why);
	options->listen_count++;
	return NULL;
}

static const char *take_calc_version(struct option_reading *reading, const char *text)
{
	const struct contract_program *calc = contract_program(contract_built_in(), CALC_PROG);
	int64_t number;

	if (number_read(text, 1, INT32_MAX, &number) == 0 &&
	    contract_version(calc, (uint32_t)number)) {
		reading->options->calc_version = (unsigned int)number;
		return NULL;
	}
	return say_wrong(reading, "--calc-version takes a version that there is, not \"%.200s\"%s",
			 text, "");
}

static void take_limit(struct sidecall_svc_options *svc, int key, int64_t number)
{
	unsigned int *const counts[] = {
		[0] = &svc->workers,
		[MAX_PER_ADDRESS - WORKERS] = &svc->max_per_peer,
		[MAX_CONNECTIONS - WORKERS] = &svc->max_connections,
		[MESSAGE_TIMEOUT - WORKERS] = &svc->message_timeout,
		[IDLE_TIMEOUT - WORKERS] = &svc->idle_timeout,
		[STOP_TIMEOUT - WORKERS] = &svc->stop_timeout,
		[MAX_UDP_REPLY - WORKERS] = &svc->max_udp_reply,
	};

	svc->workers_as_needed &= key != WORKERS;
	if (key == MAX_MEMORY)
		svc->max_memory = (size_t)number;
	else if (key == MAX_MESSAGE)
		svc->max_message = (size_t)number;
	else
		*counts[key - WORKERS] = (unsigned int)number;
}

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct option_reading *reading = what;
	struct options *options = reading->options;

	switch (key) {
	case 'l':
		return take_listen(reading, value);
	case 'r':
		options->root = value;
		return NULL;
	case CALC_VERSION:
		return take_calc_version(reading, value);
	case NO_RPCBIND:
		options->no_rpcbind = true;
		return NULL;
	case NO_CONFINE:
		options->no_confine = true;
		return NULL;
	case ALLOW:
		return access_names_allow(&options->allow, value, reading->wrong);
	case PROXY_FROM:
		return access_names_proxy(&options->proxy_from, value, reading->wrong);
	case REQUIRE:
		return access_names_require(&options->require, value, contract_built_in(),
					    reading->wrong);
	case LOG_LEVEL:
		options->svc.log_level = log_level_named(value);
		return NULL;
	case METRICS:
		if (metrics_address(&options->metrics, value))
			return NULL;
		return say_wrong(reading, "--metrics takes HOST:PORT or PORT, not \"%.200s\"%s",
				 value, "");
	case REPLACE:
		options->svc.replace = true;
		return NULL;
	case STDIO:
		options->stdio = true;
		options->stdio_protocol = strcmp(value, "rpc") == 0 ? ENDPOINT_RPC : ENDPOINT_RAW;
		return NULL;
	case STOCK:
		options->stock = true;
		return NULL;
	case HELP:
		daemon_help(options_rows);
		exit(0);
	case VERSION:
		printf("sidecalld %s\n", SIDECALL_VERSION);
		exit(0);
	default:
		take_limit(&options->svc, key, number);
		return NULL;
	}
}

/* Who registers nothing replaces nobody. */
static const char *check_replace(const struct options *options)
{
	if (!options->svc.replace || (!options->no_rpcbind && !options->stdio))
		return NULL;
	return options->stdio ? "--replace and --stdio exclude each other"
			      : "--replace and --no-rpcbind exclude each other";
}

/* libtirpc's runtime and ours each want a process of their own. */
static const char *check_listen(struct option_reading *reading, bool given)
{
	const struct options *options = reading->options;
	char text[ENDPOINT_MAX_TEXT];

	if (options->stock && options->stdio)
		return "--stock and --stdio exclude each other";
	if (options->stock && given)
		return "libtirpc's own server serves no sockets of a service manager: leave out "
		       "--stock, or start it without LISTEN_FDS";
	if (options->stock && (options->allow || options->require || options->proxy_from))
		return "libtirpc's own server lets everybody call: with --stock there is no "
		       "--allow, --require and --proxy-from";
	for (unsigned int i = 0; i < options->listen_count; i++) {
		bool tirpc = options->listen[i].protocol == ENDPOINT_TIRPC;

		endpoint_format(&options->listen[i], text);
		if (tirpc != options->stock)
			return say_wrong(reading, "--listen \"%.200s\": %s", text,
					 tirpc ? "tirpc is served with --stock"
					       : "--stock serves tirpc only");
	}
	return NULL;
}

/* Ends the program when something is wrong. */
static void take_all(struct options *options, int argc, char **argv, bool given)
{
	struct option_reading reading = { .options = options };
	char wrong[OPTION_WRONG];
	const char *why = option_take(argc, argv, options_rows, take_option, &reading, wrong);

	if (!why && optind < argc)
		why = say_wrong(&reading, "%.200s: no operands are taken%s", argv[optind], "");
	if (!why)
		why = check_replace(options);
	if (!why)
		why = check_listen(&reading, given);
	if (!why)
		return;
	log_line(LOG_ERR, "%s. Try 'sidecalld --help'", why);
	exit(EX_USAGE);
}

static void add_stock_defaults(struct options *options)
{
	endpoint_parse(&options->listen[options->listen_count++], "tirpc+tcp");
	endpoint_parse(&options->listen[options->listen_count++], "tirpc+udp");
	endpoint_parse(&options->listen[options->listen_count++], "tirpc+unix");
}

static void add_defaults(struct options *options)
{
	static const char *const defaults[] = { "rpc+tcp",  "raw+tcp",  "rpc+udp",  "raw+udp",
						"rpc+unix", "raw+unix", "rpc+fifo", "raw+fifo",
						"rpc+shm",  "raw+shm" };

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		endpoint_parse(&options->listen[options->listen_count++], defaults[i]);
}

/* ---- limits ---- */

/* As many descriptors as we may have. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* What a socket for datagrams may remember: its share of what is for all of them.  Each worker has
 * its own, at each address of an endpoint: one of IPv4 and one of IPv6. */
static size_t share_of_remembered(const struct options *options)
{
	size_t sockets = 0;

	for (unsigned int i = 0; i < options->listen_count; i++)
		if (options->listen[i].transport == ENDPOINT_UDP)
			sockets += 2 * options->svc.workers;
	return sockets * options->svc.remembered > REMEMBERED ? REMEMBERED / sockets
							      : options->svc.remembered;
}

/* ---- all ---- */

void options_parse(struct options *options, int argc, char **argv, bool given)
{
	*options = (struct options){ .root = ".", .metrics.port = -1 };
	sidecall_svc_defaults(&options->svc);
	options->svc.workers = (unsigned int)get_nprocs();
	options->svc.workers_as_needed = true;
	options->svc.limit_names = limit_names;
	take_all(options, argc, argv, given);
	if (!options->listen_count && options->stock)
		add_stock_defaults(options);
	else if (!options->listen_count && !options->stdio && !given)
		add_defaults(options);
	if (options->stdio)
		options->svc.workers = 1;
	/* A pipe has one client. */
	if (options->stdio && !options->listen_count)
		options->svc.max_connections = 1;
	if (!options->stock) /* the baseline has what it is given */
		raise_descriptors();
	options->svc.remembered = share_of_remembered(options);
	options->svc.allow = options->allow;
	options->svc.require = options->require;
	options->svc.proxy_from = options->proxy_from;
}
