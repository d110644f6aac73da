/* sidecalld's options, and the limits that follow from them. */
#include "programs/sidecalld/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sysexits.h>

#include "contract/contract.h"
#include "idl/calc.h"

#define REMEMBERED      ((size_t)16 << 20) /* bytes, for the replies that all sockets remember */
#define REMEMBERED_MOST ((size_t)4 << 20)  /* by one of them */

/* What is logged of a limit names its option. */
static const char *const limit_names[SIDECALL_LIMITS] = {
	[SIDECALL_MAX_MESSAGE] = "--max-message",
	[SIDECALL_MAX_MEMORY] = "--max-memory",
	[SIDECALL_MAX_CONNECTIONS] = "--max-connections",
	[SIDECALL_MAX_PER_PEER] = "--max-per-address",
	[SIDECALL_MESSAGE_TIMEOUT] = "--message-timeout",
	[SIDECALL_IDLE_TIMEOUT] = "--idle-timeout",
	[SIDECALL_NO_REGISTRATION] = "--no-rpcbind",
};

const char *argp_program_version = "sidecalld " SIDECALL_VERSION;

enum {
	NO_RPCBIND = 256,
	STDIO,
	MAX_CONNECTIONS,
	MAX_MESSAGE,
	MESSAGE_TIMEOUT,
	IDLE_TIMEOUT,
	STOCK,
	WORKERS,
	MAX_MEMORY,
	MAX_PER_ADDRESS,
	MAX_UDP_REPLY,
	STOP_TIMEOUT,
	CALC_VERSION
};

static const struct argp_option argp_options[] = {
	{ "listen", 'l', "ENDPOINT", 0, "Serve here; may be given more than once", 0 },
	{ "root", 'r', "DIRECTORY", 0, "What FILEINFO shows (default: the working directory)", 0 },
	{ "calc-version", CALC_VERSION, "N", 0,
	  "Serve the calculator in version N alone (default: in all)", 0 },
	{ "no-rpcbind", NO_RPCBIND, NULL, 0, "Do not register with rpcbind", 0 },
	{ "stdio", STDIO, "PROTOCOL", 0,
	  "Serve rpc or raw on standard input and output, and nothing else", 0 },
	{ "workers", WORKERS, "N", 0, "Threads that serve clients (default: the processors)", 0 },
	{ "max-per-address", MAX_PER_ADDRESS, "N", 0,
	  "Serve so many connections of one peer at a time: of an IPv4 address, an IPv6 /64, a "
	  "user "
	  "of this machine (default: as --max-connections)",
	  0 },
	{ "max-connections", MAX_CONNECTIONS, "N", 0,
	  "Serve so many connections at a time; then the peer that has most loses one, or who "
	  "comes "
	  "is sent away (default 4096, or what the limit on descriptors leaves)",
	  0 },
	{ "max-memory", MAX_MEMORY, "BYTES", 0,
	  "For unfinished calls, unread replies, calls that wait and used shared memory of all "
	  "clients; beyond it the peer that holds most loses a connection (default 32 MiB, and 4 "
	  "messages at least)",
	  0 },
	{ "max-udp-reply", MAX_UDP_REPLY, "BYTES", 0,
	  "The longest reply in a datagram beyond loopback (default 1432)", 0 },
	{ "max-message", MAX_MESSAGE, "BYTES", 0,
	  "The longest call and the longest reply "
	  "(default 1048576)",
	  0 },
	{ "message-timeout", MESSAGE_TIMEOUT, "SECONDS", 0,
	  "Time for a call to arrive, once begun, and for a peer to read (default 10)", 0 },
	{ "idle-timeout", IDLE_TIMEOUT, "SECONDS", 0,
	  "End a connection after this long without a call; 0 for never (default 300)", 0 },
	{ "stop-timeout", STOP_TIMEOUT, "SECONDS", 0,
	  "Time to answer and deliver what was asked before SIGTERM (default 5)", 0 },
	{ "stock", STOCK, NULL, 0,
	  "Serve tirpc endpoints with libtirpc's own svc_run(), which heeds none of these limits: "
	  "the baseline",
	  0 },
	{ 0 },
};

static const char argp_doc[] =
	"Serves a calculator and file information by ONC RPC and by raw messages."
	"\vAn ENDPOINT is rpc or raw, + and the transport, and its address:\n"
	"  rpc+tcp://127.0.0.1:0     any free port, made known to rpcbind; also udp\n"
	"  raw+tcp://[::1]:7117\n"
	"  rpc+unix:/run/calc.sock   also shm\n"
	"  raw+fifo:/run/calc        a directory\n"
	"Without --listen it serves rpc and raw on loopback tcp and udp, and on unix, fifo and "
	"shm in $SIDECALL_DIR or the user's runtime directory. It prints each address it has, then "
	"\"ready\"; SIGTERM ends it.\n"
	"\n"
	"With --stock the endpoints are tirpc+tcp, tirpc+udp and tirpc+unix, served by libtirpc as "
	"rpcgen's users get it; the limits above are not heeded.\n"
	"\n"
	"Example: sidecalld --root /srv --listen rpc+tcp://0.0.0.0:0";

static unsigned int parse_number(struct argp_state *state, const char *name, const char *text,
				 unsigned long low, unsigned long high)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < low || value > high)
		argp_error(state, "--%s takes a number from %lu to %lu, not \"%s\"", name, low,
			   high, text);
	return (unsigned int)value;
}

static void add_listen(struct argp_state *state, struct options *options, const char *text)
{
	const char *why;

	if (options->listen_count == OPTIONS_MAX_LISTEN)
		argp_error(state, "--listen may be given %d times", OPTIONS_MAX_LISTEN);
	why = endpoint_parse(&options->listen[options->listen_count], text);
	if (why)
		argp_error(state, "--listen \"%s\": %s", text, why);
	options->listen_count++;
}

/* libtirpc's runtime and ours each want a process of their own. */
static void check_listen(struct argp_state *state, const struct options *options)
{
	char text[ENDPOINT_MAX_TEXT];

	if (options->stock && options->stdio)
		argp_error(state, "--stock and --stdio exclude each other");
	for (unsigned int i = 0; i < options->listen_count; i++) {
		bool tirpc = options->listen[i].protocol == ENDPOINT_TIRPC;

		endpoint_format(&options->listen[i], text);
		if (tirpc && !options->stock)
			argp_error(state, "--listen \"%s\": tirpc is served with --stock", text);
		if (!tirpc && options->stock)
			argp_error(state, "--listen \"%s\": --stock serves tirpc only", text);
	}
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	const struct contract_program *calc = contract_program(contract_built_in(), CALC_PROG);
	struct options *options = state->input;

	switch (key) {
	case 'l':
		add_listen(state, options, text);
		break;
	case 'r':
		options->root = text;
		break;
	case CALC_VERSION:
		options->calc_version = parse_number(state, "calc-version", text,
						     contract_lowest(calc), contract_highest(calc));
		break;
	case NO_RPCBIND:
		options->no_rpcbind = true;
		break;
	case STDIO:
		if (strcmp(text, "rpc") != 0 && strcmp(text, "raw") != 0)
			argp_error(state, "--stdio takes rpc or raw, not \"%s\"", text);
		options->stdio = true;
		options->stdio_protocol = strcmp(text, "rpc") == 0 ? ENDPOINT_RPC : ENDPOINT_RAW;
		break;
	case WORKERS:
		options->svc.workers = parse_number(state, "workers", text, 1, 256);
		break;
	case MAX_PER_ADDRESS:
		options->svc.max_per_peer = parse_number(state, "max-per-address", text, 1,
							 1000000);
		break;
	case MAX_MEMORY:
		options->svc.max_memory = parse_number(state, "max-memory", text, 65536,
						       UINT32_MAX);
		break;
	case MAX_CONNECTIONS:
		options->svc.max_connections = parse_number(state, "max-connections", text, 1,
							    1000000);
		break;
	case MAX_MESSAGE:
		options->svc.max_message = parse_number(state, "max-message", text, 1024, 1 << 30);
		break;
	case MESSAGE_TIMEOUT:
		options->svc.message_timeout = parse_number(state, "message-timeout", text, 1,
							    86400);
		break;
	case IDLE_TIMEOUT:
		options->svc.idle_timeout = parse_number(state, "idle-timeout", text, 0, 31536000);
		break;
	case MAX_UDP_REPLY:
		options->svc.max_udp_reply = parse_number(state, "max-udp-reply", text, 512, 65507);
		break;
	case STOP_TIMEOUT:
		options->svc.stop_timeout = parse_number(state, "stop-timeout", text, 1, 3600);
		break;
	case STOCK:
		options->stock = true;
		break;
	case ARGP_KEY_END:
		check_listen(state, options);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
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
	return sockets * REMEMBERED_MOST > REMEMBERED ? REMEMBERED / sockets : REMEMBERED_MOST;
}

/* ---- all ---- */

void options_parse(struct options *options, int argc, char **argv)
{
	const struct argp argp = { argp_options, parse_option, NULL, argp_doc, NULL, NULL, NULL };

	*options = (struct options){ .root = "." };
	sidecall_svc_defaults(&options->svc);
	options->svc.workers = (unsigned int)get_nprocs();
	options->svc.limit_names = limit_names;
	argp_err_exit_status = EX_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, options);
	if (!options->listen_count && options->stock)
		add_stock_defaults(options);
	else if (!options->listen_count && !options->stdio)
		add_defaults(options);
	if (options->stdio)
		options->svc.workers = 1;
	/* A pipe has one client. */
	if (options->stdio && !options->listen_count)
		options->svc.max_connections = 1;
	if (!options->stock) /* the baseline has what it is given */
		raise_descriptors();
	options->svc.remembered = share_of_remembered(options);
}
