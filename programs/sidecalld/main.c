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
#include "programs/sidecalld/activation.h"
#include "programs/sidecalld/confine.h"
#include "programs/sidecalld/managed.h"
#include "programs/sidecalld/metrics.h"
#include "programs/sidecalld/options.h"
#include "programs/sidecalld/stock.h"
#include "server/runtime/log.h"
#include "server/runtime/registry/registry.h"
#include "server/runtime/svc_internal.h"

#define LARGE_BLOCK (128 << 10) /* bytes: from there on memory goes back to the kernel */

static int cannot_listen(const struct endpoint *endpoint, const char *why)
{
	struct endpoint resolved = *endpoint;
	char text[ENDPOINT_MAX_TEXT];

	endpoint_format(endpoint, text);
	if (endpoint->transport == ENDPOINT_PIPE)
		why = "a pipe is served with --stdio, by a server that its client starts";
	log_line(LOG_ERR, "cannot listen on %s: %s%s", text, why,
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
		log_line(LOG_ERR, "cannot write to standard output: %s", strerror(errno));
		return EX_CANTCREAT;
	}
	return 0;
}

static int serve_standard(struct sidecall_svc *svc, enum endpoint_protocol protocol)
{
	int r = runtime_standard(svc, protocol);

	if (r == -EPERM)
		log_line(LOG_ERR, "--stdio: standard input and output must be pipes or sockets");
	else if (r == -ENOTCONN)
		log_line(LOG_ERR,
			 "--stdio: standard input and output must be one connection, not a "
			 "socket that listens, or of datagrams. Have one sidecalld started "
			 "for each connection: nowait in inetd, Accept=yes in systemd");
	else if (r < 0)
		log_line(LOG_ERR, "--stdio: %s", strerror(-r));
	return r < 0 ? EX_USAGE : 0;
}

static int listen_at_given(struct sidecall_svc *svc, const struct activation *activation)
{
	char why[SIDECALL_SVC_WHY];
	const char *wrong = activation_listen(activation, svc, why);

	if (wrong)
		log_line(LOG_ERR, "cannot listen on %s", wrong);
	return wrong ? EX_UNAVAILABLE : 0;
}

/* Before there is any other thread. */
static int confine_ourselves(struct sidecall_svc *svc, const struct options *options,
			     const struct service *service)
{
	const struct confinement confinement = {
		.root = options->root,
		.root_fd = service->root.fd,
		.svc = svc,
		.asks_rpcbind = !options->no_rpcbind && !options->stdio,
		.quiet = options->stdio,
	};
	int r = options->no_confine ? 0 : confine(&confinement);

	if (r < 0)
		log_line(LOG_ERR, "cannot confine ourselves: %s. Say --no-confine to do without",
			 strerror(-r));
	return r < 0 ? EX_OSERR : 0;
}

static int open_all(struct sidecall_svc *svc, const struct options *options,
		    const struct activation *activation, const struct service *service)
{
	const char *address;
	int status;

	if (options->stdio) {
		status = serve_standard(svc, options->stdio_protocol);
		return status ? status : confine_ourselves(svc, options, service);
	}
	status = listen_at_given(svc, activation);
	if (status == 0)
		status = listen_everywhere(svc, options);
	if (status == 0)
		status = metrics_serve(svc, options);
	if (status == 0)
		status = confine_ourselves(svc, options, service);
	if (status)
		return status;
	if (!options->no_rpcbind)
		sidecall_svc_register(svc);
	for (unsigned int i = 0; (address = sidecall_svc_address(svc, i)); i++)
		printf("listening %s\n", address);
	metrics_print(svc);
	return say_ready();
}

/* Until it is told to stop.  An exit status. */
static int serve(struct sidecall_svc *svc)
{
	int r = managed_begin(svc);

	if (r == 0)
		r = sidecall_svc_run(svc);
	managed_end();
	return r < 0 ? EX_OSERR : 0;
}

static int serve_runtime(const struct options *options, struct service *service,
			 const struct activation *activation)
{
	const struct served served = programs_serve(service, options->calc_version);
	struct sidecall_svc *svc;
	int status;

	signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error code, not a death */
	managed_prepare();
	svc = runtime_create(&served, &options->svc);
	if (!svc) {
		log_line(LOG_ERR, "cannot start: %s", strerror(errno));
		return EX_OSERR;
	}
	status = open_all(svc, options, activation, service);
	if (status == 0)
		status = serve(svc);
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
		log_line(LOG_ERR, "cannot start: %s", strerror(-r));
	else
		status = open_stock(&stock, options);
	if (status == 0 && !options->no_rpcbind) {
		const struct registry_order order = {
			.listeners = &stock.listeners,
			.programs = served.programs,
			.period = REGISTRY_PERIOD,
			.tidy = true,
			.replace = options->svc.replace,
			.take_over = "--replace",
			.way_out = "--no-rpcbind",
		};

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
	log_line(LOG_ERR, "cannot write to standard output: %s", strerror(errno));
	_exit(EX_CANTCREAT);
}

int main(int argc, char **argv)
{
	struct activation activation;
	struct options options;
	struct service service;
	int r, status;

	/* Left to itself, malloc() learns to keep what long replies took, for each thread. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	standard_keep();
	atexit(close_help);
	r = activation_take(&activation);
	options_parse(&options, argc, argv, activation.count);
	if (r < 0) {
		log_line(LOG_ERR, "cannot take the sockets of LISTEN_FDS: %s", strerror(-r));
		return EX_UNAVAILABLE;
	}
	r = service_open(&service, options.root);
	if (r < 0) {
		log_line(LOG_ERR, "cannot serve the directory %s: %s", options.root, strerror(-r));
		return r == -ENOSYS ? EX_OSERR : EX_NOINPUT;
	}
	status = options.stock ? serve_stock(&options, &service)
			       : serve_runtime(&options, &service, &activation);
	service_close(&service);
	free(options.allow);
	free(options.require);
	free(options.proxy_from);
	activation_release(&activation);
	return status;
}
