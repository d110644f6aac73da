/* sidecalld: options, start, serve, drain, stop. */
#include <argp.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/sysinfo.h>
#include <sysexits.h>
#include <unistd.h>

#include "server/log.h"
#include "server/registry.h"
#include "server/stock.h"
#include "server/transports/pipe.h"
#include "server/worker.h"

#define MAX_LISTEN      32
#define OWN_DESCRIPTORS 64                 /* for listening, for files, for rpcbind */
#define REGISTRY_PERIOD 30000              /* milliseconds between two looks at what rpcbind has */
#define LARGE_BLOCK     (128 << 10)        /* bytes: from there on memory goes back to the kernel */
#define REPLAY_MEMORY   ((size_t)32 << 20) /* bytes, for the calls that all sockets remember */
#define REPLAY_LEAST    ((size_t)64 << 10) /* for one of them */
#define REPLAY_MOST     ((size_t)16 << 20)

const char *argp_program_version = "sidecalld " SIDECALL_VERSION;

struct options {
	struct endpoint listen[MAX_LISTEN];
	unsigned int listen_count;
	const char *root;
	unsigned int calc_version; /* the only one, or 0 */
	bool no_rpcbind;
	bool stock;
	unsigned int workers;
	const struct protocol *stdio; /* spoken on standard input and output, if at all */
	struct limits limits;
};

/* ---- options ---- */

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
	CALC_VERSION
};

static const struct argp_option argp_options[] = {
	{ "listen", 'l', "ENDPOINT", 0, "Serve here; may be given more than once", 0 },
	{ "root", 'r', "DIRECTORY", 0, "What FILEINFO shows (default: the working directory)", 0 },
	{ "calc-version", CALC_VERSION, "N", 0,
	  "Serve the calculator in version N alone, 1 or 2 (default: both)", 0 },
	{ "no-rpcbind", NO_RPCBIND, NULL, 0, "Do not register with rpcbind", 0 },
	{ "stdio", STDIO, "PROTOCOL", 0,
	  "Serve rpc or raw on standard input and output, and nothing else", 0 },
	{ "workers", WORKERS, "N", 0, "Threads that serve clients (default: the processors)", 0 },
	{ "max-per-address", MAX_PER_ADDRESS, "N", 0,
	  "The same for those from one IP address (default: three quarters of these)", 0 },
	{ "max-connections", MAX_CONNECTIONS, "N", 0,
	  "Send away who comes when N are connected "
	  "(default 4096)",
	  0 },
	{ "max-memory", MAX_MEMORY, "BYTES", 0,
	  "For what all clients have sent or not read yet; beyond it who holds most is sent away "
	  "(default 32 MiB, and 4 messages at least)",
	  0 },
	{ "max-message", MAX_MESSAGE, "BYTES", 0,
	  "The longest call and the longest reply "
	  "(default 1048576)",
	  0 },
	{ "message-timeout", MESSAGE_TIMEOUT, "SECONDS", 0,
	  "Time for a call to arrive, once begun, and for a peer to read (default 10)", 0 },
	{ "idle-timeout", IDLE_TIMEOUT, "SECONDS", 0,
	  "End a connection after this long without a call; 0 for never (default 300)", 0 },
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

	if (options->listen_count == MAX_LISTEN)
		argp_error(state, "--listen may be given %d times", MAX_LISTEN);
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
	struct options *options = state->input;

	switch (key) {
	case 'l':
		add_listen(state, options, text);
		break;
	case 'r':
		options->root = text;
		break;
	case CALC_VERSION:
		options->calc_version = parse_number(state, "calc-version", text, 1, 2);
		break;
	case NO_RPCBIND:
		options->no_rpcbind = true;
		break;
	case STDIO:
		if (strcmp(text, "rpc") != 0 && strcmp(text, "raw") != 0)
			argp_error(state, "--stdio takes rpc or raw, not \"%s\"", text);
		options->stdio = strcmp(text, "rpc") == 0 ? &protocol_rpc : &protocol_raw;
		break;
	case WORKERS:
		options->workers = parse_number(state, "workers", text, 1, 256);
		break;
	case MAX_PER_ADDRESS:
		options->limits.of_address = parse_number(state, "max-per-address", text, 1,
							  1000000);
		break;
	case MAX_MEMORY:
		options->limits.memory = parse_number(state, "max-memory", text, 65536, UINT32_MAX);
		break;
	case MAX_CONNECTIONS:
		options->limits.connections = parse_number(state, "max-connections", text, 1,
							   1000000);
		break;
	case MAX_MESSAGE:
		options->limits.message = parse_number(state, "max-message", text, 1024, 1 << 30);
		break;
	case MESSAGE_TIMEOUT:
		options->limits.message_timeout = parse_number(state, "message-timeout", text, 1,
							       86400);
		break;
	case IDLE_TIMEOUT:
		options->limits.idle_timeout = parse_number(state, "idle-timeout", text, 0,
							    31536000);
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

/* ---- start and stop ---- */

struct stopper {
	struct watch watch;
	struct loop *loop;
};

static void on_signal(struct watch *watch, uint32_t events)
{
	struct stopper *stopper = (struct stopper *)watch; /* its first member */
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) == sizeof(info))
		stopper->loop->stop = true;
}

/* Those that end us: not the ones that whoever started us had ignored, as nohup does.  They are
 * blocked before any thread starts, so that none is interrupted. */
static sigset_t block_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error code, not a death */
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

/* Signals become events of the loop. */
static int watch_signals(struct stopper *stopper, struct loop *loop, const sigset_t *set)
{
	int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	*stopper = (struct stopper){ .watch = { .fd = fd, .ready = on_signal }, .loop = loop };
	return loop_watch(loop, &stopper->watch, EPOLLIN);
}

/* As many descriptors as we may have; and no more connections than leave some for our own use. */
static void set_descriptor_limit(struct limits *limits, unsigned int each)
{
	struct rlimit limit;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	most = limit.rlim_cur > OWN_DESCRIPTORS + each ? (limit.rlim_cur - OWN_DESCRIPTORS) / each
						       : 1;
	if (limits->connections > most) {
		limits->connections = (unsigned int)most;
		log_line("%u connections are served at a time and no more, for the limit on "
			 "descriptors (ulimit -n)",
			 limits->connections);
	}
}

/* How many descriptors a session may take: a client by named pipes has two. */
static unsigned int descriptors_each(const struct options *options)
{
	for (unsigned int i = 0; i < options->listen_count; i++)
		if (options->listen[i].transport == ENDPOINT_FIFO)
			return 2;
	return 1;
}

/* What a socket for datagrams may remember, a power of two: its share of the memory that is for all
 * of them.  Each worker has its own, at each address of an endpoint: one of IPv4 and one of IPv6.
 */
static size_t share_of_replays(const struct options *options)
{
	size_t sockets = 0, share = REPLAY_MOST;

	for (unsigned int i = 0; i < options->listen_count; i++)
		if (options->listen[i].transport == ENDPOINT_UDP)
			sockets += 2 * options->workers;
	while (share > REPLAY_LEAST && share * sockets > REPLAY_MEMORY)
		share /= 2;
	return share;
}

static int open_listeners(struct listeners *listeners, const struct options *options)
{
	char text[ENDPOINT_MAX_TEXT], buffer[LISTENER_WHY];

	for (unsigned int i = 0; i < options->listen_count; i++) {
		const struct endpoint *endpoint = &options->listen[i];
		const char *why = options->stock ? stock_open(listeners, endpoint, buffer)
						 : listeners_open(listeners, endpoint, buffer);

		if (why) {
			endpoint_format(endpoint, text);
			log_line("cannot listen on %s: %s", text, why);
			return EX_UNAVAILABLE;
		}
	}
	return 0;
}

/* Whoever started us may wait for these lines, so each leaves at once. */
static int announce(const struct listeners *listeners)
{
	char text[ENDPOINT_MAX_TEXT];

	for (const struct listener *l = listeners->first; l; l = l->next) {
		endpoint_format(&l->endpoint, text);
		printf("listening %s\n", text);
	}
	printf("ready\n");
	if (fflush(stdout) == EOF) {
		log_line("cannot write to standard output: %s", strerror(errno));
		return EX_CANTCREAT;
	}
	return 0;
}

/* Opens what is to be served. */
static int open_all(struct listeners *listeners, const struct options *options,
		    const struct service *service, struct registry **registry)
{
	int r, status;

	if (options->stdio) {
		r = pipe_serve(listeners->sessions, options->stdio);
		if (r == -EPERM)
			log_line("--stdio: standard input and output must be pipes or sockets");
		else if (r < 0)
			log_line("--stdio: %s", strerror(-r));
		return r < 0 ? EX_USAGE : 0;
	}
	status = open_listeners(listeners, options);
	if (status)
		return status;
	if (!options->no_rpcbind)
		*registry = registry_start(listeners, service, REGISTRY_PERIOD);
	return 0;
}

/* Once we have said that we are ready, the kernel must not change its mind about whose a datagram
 * is: so all workers listen before that. */
static int share_and_announce(struct workers *workers)
{
	workers_share(workers);
	return announce(&workers->list[0].listeners);
}

static int serve(const struct options *options, struct service *service)
{
	const sigset_t signals = block_signals();
	struct registry *registry = NULL;
	struct stopper stopper;
	struct workers *workers = workers_open(options->workers, service, &options->limits);
	struct worker *first;
	int status;

	if (!workers) {
		log_line("cannot start: %s", strerror(errno));
		return EX_OSERR;
	}
	first = &workers->list[0];
	if (watch_signals(&stopper, &first->loop, &signals) < 0)
		status = EX_OSERR;
	else
		status = open_all(&first->listeners, options, service, &registry);
	if (status == 0 && !options->stdio)
		status = share_and_announce(workers);
	if (status == 0 && workers_serve(workers) < 0)
		status = EX_OSERR;
	registry_stop(registry);
	workers_drain(workers);
	close(stopper.watch.fd);
	workers_close(workers);
	return status;
}

static int serve_stock(const struct options *options, struct service *service)
{
	struct registry *registry = NULL;
	struct stock stock;
	int status = EX_OSERR, r = stock_init(&stock, service);

	if (r < 0)
		log_line("cannot start: %s", strerror(-r));
	else
		status = open_all(&stock.listeners, options, service, &registry);
	if (status == 0)
		status = announce(&stock.listeners);
	if (status == 0 && stock_run(&stock) < 0)
		status = EX_OSERR;
	registry_stop(registry);
	stock_release(&stock);
	return status;
}

int main(int argc, char **argv)
{
	const struct argp argp = { argp_options, parse_option, NULL, argp_doc, NULL, NULL, NULL };
	struct options options = { .root = ".",
				   .workers = (unsigned int)get_nprocs(),
				   .limits = { .message = FRAMING_MAX_MESSAGE,
					       .memory = (size_t)32 << 20,
					       .connections = 4096,
					       .message_timeout = 10,
					       .idle_timeout = 300,
					       .patience = 2000 } };
	struct service service;
	int r, status;

	/* Left to itself, malloc() learns to keep what long replies took, for each thread. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	argp_err_exit_status = EX_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!options.listen_count && options.stock)
		add_stock_defaults(&options);
	else if (!options.listen_count && !options.stdio)
		add_defaults(&options);
	if (!options.stock) /* the baseline has what it is given */
		set_descriptor_limit(&options.limits, descriptors_each(&options));
	if (options.limits.memory < 4 * options.limits.message)
		options.limits.memory = 4 * options.limits.message;
	if (!options.limits.of_address) /* nobody shall have all */
		options.limits.of_address = options.limits.connections -
					    options.limits.connections / 4;
	if (options.stdio)
		options.workers = 1;
	options.limits.replay = share_of_replays(&options);
	r = service_open(&service, options.root);
	if (r < 0) {
		log_line("cannot serve the directory %s: %s", options.root, strerror(-r));
		return r == -ENOSYS ? EX_OSERR : EX_NOINPUT;
	}
	service.calc_version = options.calc_version;
	status = options.stock ? serve_stock(&options, &service) : serve(&options, &service);
	service_close(&service);
	return status;
}
