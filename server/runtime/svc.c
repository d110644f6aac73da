/* The server's runtime, as its owner sees it. */
#include "server/runtime/svc.h"

#include <errno.h>
#include <stdlib.h>

#include "common/container.h"
#include "common/standard.h"
#include "server/runtime/access.h"
#include "server/runtime/heartbeat.h"
#include "server/runtime/log.h"
#include "server/runtime/notice.h"
#include "server/runtime/registry/registry.h"
#include "server/runtime/svc_internal.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/transports/given.h"
#include "server/runtime/transports/pipe.h"
#include "server/runtime/watched.h"
#include "server/runtime/worker.h"

#define FORK_TIME 50 /* milliseconds for a client to take replies before others write to it */

struct sidecall_svc {
	struct served served;
	struct limits limits;
	struct access access;
	struct workers *workers;
	struct registry *registry;
	atomic_int registry_fds[REGISTRY_DESCRIPTORS];
	struct log_target log;
	struct watched watched;
	struct page page;
	struct listeners pages; /* where that is read */
	bool replace;           /* other servers lose their places at rpcbind */
	bool logging;           /* it called log_start() */
	struct notice stopper;
	struct notice caller; /* of called() */
	void (*called)(void *context);
	void *called_context;
	struct heartbeat *heartbeat;
	bool over; /* it has run */
	char address[ENDPOINT_MAX_TEXT];
};

static struct worker *first_worker(struct sidecall_svc *svc)
{
	return &svc->workers->list[0];
}

/* ---- beginning and end ---- */

static void on_stop(struct notice *notice)
{
	first_worker(container_of(notice, struct sidecall_svc, stopper))->loop.stop = true;
}

static int open_workers(struct sidecall_svc *svc, unsigned int count)
{
	svc->workers = workers_open(count, &svc->served, &svc->limits);
	svc->watched = (struct watched){ .workers = svc->workers,
					 .log = &svc->log,
					 .limits = &svc->limits,
					 .started = time(NULL),
					 .started_at = loop_nanoseconds() };
	return svc->workers ? notice_open(&svc->stopper, &first_worker(svc)->loop, on_stop)
			    : -errno;
}

struct sidecall_svc *runtime_create(const struct served *served,
				    const struct sidecall_svc_options *options)
{
	struct log_target *before;
	struct sidecall_svc_options defaults;
	struct sidecall_svc *svc;
	int r;

	sidecall_svc_defaults(&defaults);
	if (!options)
		options = &defaults;
	standard_keep(); /* or the log would be written to what took standard error's place
			  */
	errno = EINVAL;
	svc = limits_are_sound(options) ? calloc(1, sizeof(*svc)) : NULL;
	if (!svc)
		return NULL;
	svc->served = *served;
	svc->served.watched = &svc->watched;
	svc->served.access = &svc->access;
	svc->limits = limits_from(options, served->compat);
	svc->replace = options->replace;
	log_target_init(&svc->log, options->log, options->log_context,
			options->log_level ? options->log_level : LOG_INFO);
	svc->pages.spare = -1; /* there are none yet */
	for (int i = 0; i < REGISTRY_DESCRIPTORS; i++)
		atomic_init(&svc->registry_fds[i], -1);
	svc->stopper.watch.fd = svc->caller.watch.fd = -1;
	before = log_use(&svc->log);
	r = access_open(&svc->access, options);
	if (r == 0)
		r = open_workers(svc, options->workers);
	log_use(before);
	if (r == 0)
		return svc;
	sidecall_svc_destroy(svc);
	errno = -r;
	return NULL;
}

struct sidecall_svc *sidecall_svc_create(const struct sidecall_svc_program *programs, void *context,
					 const struct sidecall_svc_options *options)
{
	const struct served served = { .programs = programs,
				       .context = context,
				       .protocols = { [ENDPOINT_RPC] = &protocol_rpc } };

	return runtime_create(&served, options);
}

bool sidecall_svc_destroy(struct sidecall_svc *svc)
{
	struct log_target *before;
	bool ended;

	if (!svc)
		return true;
	before = log_use(&svc->log);
	registry_stop(svc->registry);
	listeners_close(&svc->pages);
	ended = !svc->workers || workers_close(svc->workers);
	notice_close(&svc->stopper);
	notice_close(&svc->caller);
	log_say_left_out();
	if (svc->logging)
		log_stop();
	log_use(before);
	if (ended)
		access_release(&svc->access);
	if (!ended)
		return false;
	heartbeat_free(svc->heartbeat);
	free(svc);
	return true;
}

/* ---- where it listens ---- */

const char *runtime_listen(struct sidecall_svc *svc, const struct endpoint *endpoint,
			   char why[SIDECALL_SVC_WHY])
{
	struct log_target *before;
	const char *wrong;

	if (svc->over)
		return "the server has stopped";
	before = log_use(&svc->log);
	wrong = transports_listen(&first_worker(svc)->listeners, endpoint, why);
	/* Once somebody knows the address, the kernel must not change its mind about whose
	 * a datagram is: so all workers listen before that. */
	if (!wrong)
		workers_share(svc->workers);
	log_use(before);
	return wrong;
}

const char *runtime_listen_page(struct sidecall_svc *svc, const struct endpoint *endpoint,
				const struct page *page, char why[SIDECALL_SVC_WHY])
{
	struct log_target *before = log_use(&svc->log);
	const char *wrong;

	listeners_init(&svc->pages, &first_worker(svc)->sessions);
	svc->page = *page;
	svc->served.page = &svc->page;
	wrong = page_listen(&svc->pages, endpoint, why);
	log_use(before);
	return wrong;
}

const struct endpoint *runtime_page_address(const struct sidecall_svc *svc, unsigned int index)
{
	const struct listener *listener = svc->pages.first;

	while (listener && index--)
		listener = listener->next;
	return listener ? &listener->endpoint : NULL;
}

const char *sidecall_svc_listen(struct sidecall_svc *svc, const char *endpoint,
				char why[SIDECALL_SVC_WHY])
{
	struct endpoint parsed;
	const char *wrong = endpoint_parse(&parsed, endpoint);

	return wrong ? wrong : runtime_listen(svc, &parsed, why);
}

const char *sidecall_svc_address(struct sidecall_svc *svc, unsigned int index)
{
	const struct listener *listener = first_worker(svc)->listeners.first;

	while (listener && index--)
		listener = listener->next;
	if (!listener)
		return NULL;
	endpoint_format(&listener->endpoint, svc->address);
	return svc->address;
}

int runtime_listen_given(struct sidecall_svc *svc, int fd, const struct endpoint *endpoint,
			 enum custody custody)
{
	struct log_target *before;
	int r;

	before = log_use(&svc->log);
	r = given_serve(&first_worker(svc)->listeners, fd, endpoint, custody);
	if (r == 0)
		workers_share(svc->workers);
	log_use(before);
	return r;
}

int runtime_listen_fd(struct sidecall_svc *svc, int fd, bool borrowed)
{
	struct endpoint endpoint;
	int r = given_endpoint(fd, &endpoint);

	if (r < 0)
		return r;
	return runtime_listen_given(svc, fd, &endpoint, borrowed ? CUSTODY_BORROWED : CUSTODY_OURS);
}

int sidecall_svc_listen_fd(struct sidecall_svc *svc, int fd)
{
	return runtime_listen_fd(svc, fd, false);
}

void runtime_leave_fd(struct sidecall_svc *svc, int fd)
{
	listeners_remove(&first_worker(svc)->listeners, fd);
	sessions_leave(&first_worker(svc)->sessions, fd);
}

int runtime_copy_of_fd(struct sidecall_svc *svc, int fd)
{
	return sessions_copy_of(&first_worker(svc)->sessions, fd);
}

int runtime_standard(struct sidecall_svc *svc, enum endpoint_protocol protocol)
{
	return pipe_serve(&first_worker(svc)->sessions, svc->served.protocols[protocol]);
}

int sidecall_svc_standard(struct sidecall_svc *svc)
{
	return runtime_standard(svc, ENDPOINT_RPC);
}

void sidecall_svc_register(struct sidecall_svc *svc)
{
	struct log_target *before;
	const char *const *names = svc->limits.names;
	const struct registry_order order = {
		.listeners = &first_worker(svc)->listeners,
		.programs = svc->served.programs,
		.local_program = svc->served.local_program,
		.period = REGISTRY_PERIOD,
		.tidy = true,
		.replace = svc->replace,
		.take_over = names ? names[SIDECALL_REPLACE] : NULL,
		.way_out = names ? names[SIDECALL_NO_REGISTRATION] : NULL,
	};

	before = log_use(&svc->log);
	if (!svc->registry)
		svc->registry = registry_start(&order);
	log_use(before);
}

void runtime_keep_registered(struct sidecall_svc *svc, const struct entry *entries, size_t count,
			     bool tidy)
{
	struct log_target *before = log_use(&svc->log);
	const struct registry_order order = { .entries = entries,
					      .entry_count = count,
					      .period = REGISTRY_PERIOD,
					      .tidy = tidy,
					      .descriptors = svc->registry_fds };

	registry_stop(svc->registry);
	svc->registry = count ? registry_start(&order) : NULL;
	log_use(before);
}

void runtime_wake(struct sidecall_svc *svc)
{
	loop_wake(&first_worker(svc)->loop);
}

void runtime_forget_registered(struct sidecall_svc *svc)
{
	registry_forget(svc->registry);
	svc->registry = NULL;
}

void runtime_before_fork(struct sidecall_svc *svc)
{
	registry_hold(svc->registry);
}

bool runtime_try_before_fork(struct sidecall_svc *svc)
{
	return registry_try_hold(svc->registry);
}

void runtime_after_fork(struct sidecall_svc *svc)
{
	registry_let_go(svc->registry);
}

/* ---- serving ---- */

/* Answers and delivers what was asked by now. */
static void stop_serving(struct sidecall_svc *svc)
{
	listeners_close(&svc->pages);
	workers_drain(svc->workers);
	registry_stop(svc->registry);
	svc->registry = NULL;
	svc->over = true;
}

int sidecall_svc_run(struct sidecall_svc *svc)
{
	struct log_target *before;
	int r;

	if (svc->over)
		return -EALREADY;
	before = log_use(&svc->log);
	svc->logging = true;
	log_start(); /* what was said before stands before what is said from now on */
	r = workers_serve(svc->workers);
	stop_serving(svc);
	log_use(before);
	return r;
}

int sidecall_svc_fd(struct sidecall_svc *svc)
{
	struct loop *loop = &first_worker(svc)->loop;
	int r = svc->workers->count == 1 ? loop_drive(loop) : -EINVAL;

	return r < 0 ? r : loop->epoll;
}

int sidecall_svc_dispatch(struct sidecall_svc *svc)
{
	struct log_target *before;
	struct loop *loop = &first_worker(svc)->loop;
	int r;

	if (svc->over)
		return 0;
	before = log_use(&svc->log);
	r = loop_pass(loop);
	if (r == 0 && loop->stop)
		stop_serving(svc);
	else if (r == 0)
		r = 1;
	log_use(before);
	return r;
}

void sidecall_svc_stop(struct sidecall_svc *svc)
{
	notice_give(&svc->stopper);
}

/* ---- for who is watched ---- */

int runtime_heartbeat(struct sidecall_svc *svc, unsigned int period, void (*beat)(void *context),
		      void *context)
{
	svc->heartbeat = heartbeat_start(svc->workers, period, beat, context);
	return svc->heartbeat ? 0 : -ENOMEM;
}

static void on_call(struct notice *notice)
{
	struct sidecall_svc *svc = container_of(notice, struct sidecall_svc, caller);

	svc->called(svc->called_context);
}

int runtime_when_called(struct sidecall_svc *svc, void (*called)(void *context), void *context)
{
	svc->called = called;
	svc->called_context = context;
	return notice_open(&svc->caller, &first_worker(svc)->loop, on_call);
}

void runtime_call(struct sidecall_svc *svc)
{
	notice_give(&svc->caller);
}

bool runtime_register_again(struct sidecall_svc *svc)
{
	registry_look_again(svc->registry);
	return svc->registry;
}

/* ---- in libtirpc's place ---- */

void runtime_serve_programs(struct sidecall_svc *svc, const struct sidecall_svc_program *programs)
{
	svc->served.programs = programs;
}

void runtime_descriptors(const struct sidecall_svc *svc, int fds[RUNTIME_DESCRIPTORS])
{
	const struct worker *worker = &svc->workers->list[0];

	fds[0] = worker->loop.epoll;
	fds[1] = worker->loop.wake.fd;
	fds[2] = worker->loop.alarm.fd;
	fds[3] = worker->listeners.spare;
	fds[4] = svc->stopper.watch.fd;
	fds[5] = svc->pages.spare;
	fds[6] = svc->pages.first ? svc->pages.first->watch.fd : -1;
	fds[7] = svc->pages.first && svc->pages.first->next ? svc->pages.first->next->watch.fd : -1;
	for (int i = 0; i < REGISTRY_DESCRIPTORS; i++)
		fds[8 + i] = atomic_load(&svc->registry_fds[i]);
}

unsigned int runtime_connections(const struct sidecall_svc *svc)
{
	return atomic_load(&svc->workers->list[0].sessions.count);
}

/* Who does not take at once what has been replied to him loses his connection, for a child
 * that goes on writing to it must not do so in the middle of a reply. */
void runtime_flush(struct sidecall_svc *svc)
{
	struct way *way = first_worker(svc)->sessions.execution.way;

	if (way && way->deliver)
		way->deliver(way, FORK_TIME);
}

/* Not in the middle of our own work, where a signal handler may have called exit(3). */
void runtime_flush_all(struct sidecall_svc *svc)
{
	struct worker *worker = first_worker(svc);
	struct log_target *before;

	if (worker->loop.passing && !worker->sessions.execution.way)
		return;
	before = log_use(&svc->log);
	sessions_deliver(&worker->sessions, (int)svc->limits.stop_timeout);
	log_say_left_out();
	log_use(before);
}

int runtime_renew(struct sidecall_svc *svc)
{
	struct worker *worker = first_worker(svc);
	int r = loop_renew(&worker->loop);

	sessions_release(&worker->sessions);
	if (r == 0)
		r = listeners_renew(&svc->pages);
	return r < 0 ? r : listeners_renew(&worker->listeners);
}
