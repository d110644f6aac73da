/* sidecalld: start, serve, drain, stop. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/standard.h"
#include "server/runtime/log.h"
#include "programs/sidecalld/options.h"
#include "server/runtime/registry.h"
#include "programs/sidecalld/stock.h"
#include "server/runtime/transports/pipe.h"

#define REGISTRY_PERIOD 30000       /* milliseconds between two looks at what rpcbind has */
#define LARGE_BLOCK     (128 << 10) /* bytes: from there on memory goes back to the kernel */

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
		else if (r == -ENOTCONN)
			log_line("--stdio: standard input and output must be one connection, not a "
				 "socket that listens, or of datagrams. Have one sidecalld started "
				 "for each connection: nowait in inetd, Accept=yes in systemd");
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
	struct stopper stopper = { .watch = { .fd = -1 } };
	struct workers *workers = workers_open(options->workers, service, &options->limits);
	struct worker *first;
	bool ended;
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
	log_start(); /* what was said before stands before "ready" */
	if (status == 0 && workers_serve(workers) < 0)
		status = EX_OSERR;
	workers_drain(workers);
	registry_stop(registry);
	close(stopper.watch.fd);
	ended = workers_close(workers);
	log_stop();
	if (!ended)
		_exit(status); /* a thread hangs in the kernel, with what it has of ours */
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

/* argp ends the program itself when it has printed help. */
static void close_help(void)
{
	if (fflush(stdout) == 0)
		return;
	log_line("cannot write to standard output: %s", strerror(errno));
	_exit(EX_CANTCREAT);
}

int main(int argc, char **argv)
{
	struct options options;
	struct service service;
	int r, status;

	/* Left to itself, malloc() learns to keep what long replies took, for each thread. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	standard_keep();
	atexit(close_help);
	options_parse(&options, argc, argv);
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
