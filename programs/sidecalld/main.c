/* sidecalld: start, serve, drain, stop. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/rendezvous.h"
#include "common/standard.h"
#include "programs/sidecalld/options.h"
#include "programs/sidecalld/stock.h"
#include "server/runtime/log.h"
#include "server/runtime/registry/registry.h"
#include "server/runtime/svc_internal.h"

#define LARGE_BLOCK (128 << 10) /* bytes: from there on memory goes back to the kernel */

/* A signal handler is given no context. */
static struct sidecall_svc *running;

static void on_signal(int number)
{
	(void)number;
	sidecall_svc_stop(running);
}

/* Those that end us: not the ones that whoever started us had ignored, as nohup does. */
static sigset_t ending_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	return set;
}

/* From now on they stop the server, in this thread alone: they were blocked before there was any
 * other. */
static void heed_signals(const sigset_t *set, struct sidecall_svc *svc)
{
	const struct sigaction stop = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	running = svc;
	for (int number = 1; number < NSIG; number++)
		if (sigismember(set, number) == 1)
			sigaction(number, &stop, NULL);
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static int cannot_listen(const struct endpoint *endpoint, const char *why)
{
	struct endpoint resolved = *endpoint;
	char text[ENDPOINT_MAX_TEXT];

	endpoint_format(endpoint, text);
	if (endpoint->transport == ENDPOINT_PIPE)
		why = "a pipe is served with --stdio, by a server that its client starts";
	log_line("cannot listen on %s: %s%s", text, why,
		 rendezvous_resolve(&resolved) < 0 ? ". Name another by SIDECALL_DIR" : "");
	return EX_UNAVAILABLE;
}

static int listen_everywhere(struct sidecall_svc *svc, const struct options *options)
{
	char why[SIDECALL_SVC_WHY];

	for (unsigned int i = 0; i < options->listen_count; i++) {
		const char *wrong = runtime_listen(svc, &options->listen[i], why);

		if (wrong)
			return cannot_listen(&options->listen[i], wrong);
	}
	return 0;
}

/* Whoever started us may wait for these lines, so each leaves at once. */
static int say_ready(void)
{
	printf("ready\n");
	if (fflush(stdout) == EOF) {
		log_line("cannot write to standard output: %s", strerror(errno));
		return EX_CANTCREAT;
	}
	return 0;
}

static int serve_standard(struct sidecall_svc *svc, enum endpoint_protocol protocol)
{
	int r = runtime_standard(svc, protocol);

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

static int open_all(struct sidecall_svc *svc, const struct options *options)
{
	const char *address;
	int status;

	if (options->stdio)
		return serve_standard(svc, options->stdio_protocol);
	status = listen_everywhere(svc, options);
	if (status)
		return status;
	if (!options->no_rpcbind)
		sidecall_svc_register(svc);
	for (unsigned int i = 0; (address = sidecall_svc_address(svc, i)); i++)
		printf("listening %s\n", address);
	return say_ready();
}

static int serve_runtime(const struct options *options, struct service *service)
{
	const struct served served = programs_serve(service, options->calc_version);
	const sigset_t signals = ending_signals();
	struct sidecall_svc *svc;
	int status;

	signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error code, not a death */
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	svc = runtime_create(&served, &options->svc);
	if (!svc) {
		log_line("cannot start: %s", strerror(errno));
		return EX_OSERR;
	}
	status = open_all(svc, options);
	heed_signals(&signals, svc);
	if (status == 0 && sidecall_svc_run(svc) < 0)
		status = EX_OSERR;
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (!sidecall_svc_destroy(svc))
		_exit(status); /* a thread hangs in the kernel, with what it has of ours */
	return status;
}

/* ---- libtirpc's own server ---- */

static int open_stock(struct stock *stock, const struct options *options)
{
	char text[ENDPOINT_MAX_TEXT], why[SIDECALL_SVC_WHY];

	for (unsigned int i = 0; i < options->listen_count; i++) {
		const char *wrong = stock_open(&stock->listeners, &options->listen[i], why);

		if (wrong)
			return cannot_listen(&options->listen[i], wrong);
	}
	for (const struct listener *l = stock->listeners.first; l; l = l->next) {
		endpoint_format(&l->endpoint, text);
		printf("listening %s\n", text);
	}
	return 0;
}

static int serve_stock(const struct options *options, struct service *service)
{
	const struct served served = programs_serve(service, options->calc_version);
	struct registry *registry = NULL;
	struct stock stock;
	int status = EX_OSERR, r = stock_init(&stock, &served);

	if (r < 0)
		log_line("cannot start: %s", strerror(-r));
	else
		status = open_stock(&stock, options);
	if (status == 0 && !options->no_rpcbind) {
		const struct registry_order order = { &stock.listeners, served.programs,
						      REGISTRY_PERIOD,  options->svc.replace,
						      "--replace",      "--no-rpcbind" };

		registry = registry_start(&order);
	}
	if (status == 0)
		status = say_ready();
	if (status == 0 && stock_run(&stock) < 0)
		status = EX_OSERR;
	registry_stop(registry);
	stock_release(&stock);
	return status;
}

/* Help ends the program itself. */
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
	status = options.stock ? serve_stock(&options, &service)
			       : serve_runtime(&options, &service);
	service_close(&service);
	free(options.allow);
	return status;
}
