/* Makes the rpc listeners known to rpcbind, and sees to it that it stays so (RFC 1833). */
#include "server/runtime/registry/registry.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/runtime/log.h"
#include "server/runtime/loop.h"
#include "server/runtime/registry/collect.h"
#include "server/runtime/registry/entry.h"
#include "server/runtime/thread.h"

#define RETRIES     15  /* looks for an rpcbind that is absent, in the time of one at its entries */
#define FIRST_RETRY 100 /* milliseconds until the first of them: each waits twice as long */

struct registry {
	pthread_t thread;        /* that looks again now and then */
	bool watched;            /* it runs */
	int call;                /* an event descriptor: it is to look at once, or to end; or -1 */
	atomic_bool stop;        /* that it is to end */
	pthread_mutex_t working; /* is held while it does */
	struct registry_order order;
	struct look look;   /* its connection stays open: so we learn when rpcbind ends */
	unsigned int retry; /* milliseconds until the next look for an rpcbind that is gone */
	bool tidied;        /* what crashed servers left; or that is not asked for */
	bool complained;    /* about rpcbind; once is enough */
	size_t count;
	struct entry entries[];
};

/* ---- all entries ---- */

static void say_alike(struct registry *registry, struct entry *first)
{
	size_t alike = 0;

	for (struct entry *e = first; e < registry->entries + registry->count; e++)
		if (e->wrong == first->wrong && !e->said) {
			e->said = true;
			alike++;
		}
	entry_say(first, alike, registry->count, registry->order.take_over,
		  registry->order.way_out);
}

static void say_what_is_wrong(struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->entries[i].wrong && !registry->entries[i].said)
			say_alike(registry, &registry->entries[i]);
}

static bool has_program(const struct registry *registry, rpcprog_t program)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->entries[i].program == program)
			return true;
	return false;
}

/* What a crash left of a program of ours, in a version or at a transport that has none of ours. */
static void tidy(struct registry *registry)
{
	if (registry->tidied)
		return;
	for (rpcblist_ptr l = registry->look.rpcbind.list; l; l = l->rpcb_next)
		if (has_program(registry, l->rpcb_map.r_prog) &&
		    !entry_of(registry->entries, registry->count, &l->rpcb_map))
			entry_tidy(&registry->look, &l->rpcb_map);
	registry->tidied = true;
}

static void register_all(struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		entry_register(&registry->look, &registry->entries[i]);
	say_what_is_wrong(registry);
	/* A place that is taken from us later is not taken back: two would do so for ever. */
	registry->look.replace = false;
}

static void register_and_tidy(struct registry *registry)
{
	register_all(registry);
	tidy(registry);
}

static void unregister_all(struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		entry_unregister(&registry->look, &registry->entries[i]);
}

static void complain_of_absence(struct registry *registry, int error)
{
	const char *way_out = registry->order.way_out;

	if (!registry->complained)
		log_line(LOG_WARNING,
			 "rpcbind does not answer at %s (%s): clients need the port; "
			 "start rpcbind%s%s",
			 _PATH_RPCBINDSOCK, strerror(error), way_out ? ", or say " : "",
			 way_out ? way_out : "");
	registry->complained = true;
}

/* Says which descriptors are open, for whoever must not close them. */
static void show_descriptors(struct registry *registry, int call, int rpcbind)
{
	if (!registry->order.descriptors)
		return;
	atomic_store(&registry->order.descriptors[0], call);
	atomic_store(&registry->order.descriptors[1], rpcbind);
}

static int connect_again(struct registry *registry)
{
	struct rpcbind *rpcbind = &registry->look.rpcbind;
	int r;

	show_descriptors(registry, registry->call, -1);
	rpcbind_close(rpcbind);
	r = rpcbind_open(rpcbind);
	show_descriptors(registry, registry->call, rpcbind->client ? rpcbind->fd : -1);
	return r;
}

/* Asks for all entries, over the connection that is there, and treats them. */
static void look_at_all(struct registry *registry, void (*treat)(struct registry *))
{
	struct rpcbind *rpcbind = &registry->look.rpcbind;
	enum clnt_stat status = rpcbind_ask_all(rpcbind);

	registry->look.silent[0] = '\0';
	registry->look.left = LOOK_TIME;
	if (status == RPC_SUCCESS)
		treat(registry);
	else if (!registry->complained)
		log_line(LOG_WARNING, "rpcbind does not say what it has: %s", clnt_sperrno(status));
	registry->complained = status != RPC_SUCCESS;
	rpcbind_forget_all(rpcbind);
}

static void for_all(struct registry *registry, void (*treat)(struct registry *))
{
	int r = connect_again(registry);

	if (r < 0)
		complain_of_absence(registry, -r);
	else
		look_at_all(registry, treat);
}

/* ---- looking again ---- */

enum woken { BY_TIME, BY_RPCBIND, BY_CALL };

static enum woken wait_for(const struct registry *registry, int rpcbind, unsigned int time)
{
	struct pollfd watched[] = { { .fd = registry->call, .events = POLLIN },
				    { .fd = rpcbind, .events = POLLIN | POLLRDHUP } };
	eventfd_t calls;

	if (poll(watched, 2, (int)time) <= 0)
		return BY_TIME;
	if (!watched[0].revents)
		return BY_RPCBIND;
	eventfd_read(registry->call, &calls);
	return BY_CALL;
}

/* An rpcbind that is gone may be back at once, or never.  One that hangs up on us each time is no
 * reason to call it without a pause. */
static void wait_for_another(struct registry *registry)
{
	unsigned int longest = registry->order.period / RETRIES, retry = registry->retry;

	registry->retry = 2 * retry < longest ? 2 * retry : longest;
	wait_for(registry, -1, retry < longest ? retry : longest);
}

/* Waits until it is time to look again.  False: it is time to stop. */
static bool wait_for_next(struct registry *registry)
{
	int64_t began = loop_clock();
	enum woken woken = BY_RPCBIND;

	if (registry->look.rpcbind.client)
		woken = wait_for(registry, registry->look.rpcbind.fd, registry->order.period);
	if (loop_clock() - began >= registry->order.period / RETRIES)
		registry->retry = FIRST_RETRY;
	if (woken == BY_RPCBIND)
		wait_for_another(registry);
	return !atomic_load(&registry->stop);
}

/* The first look is at the rpcbind that has our entries, or it fails: where another one came, who
 * waits is told. */
static void *watch_entries(void *argument)
{
	struct registry *registry = argument;

	pthread_mutex_lock(&registry->working);
	if (registry->look.rpcbind.client && !registry->tidied)
		look_at_all(registry, tidy);
	pthread_mutex_unlock(&registry->working);
	while (wait_for_next(registry)) {
		pthread_mutex_lock(&registry->working);
		for_all(registry, register_and_tidy);
		pthread_mutex_unlock(&registry->working);
	}
	return NULL;
}

/* ---- the beginning, and the end ---- */

/* NULL when there is nothing to register, or no memory for it. */
static struct registry *collect(const struct registry_order *order)
{
	struct registry *registry;

	registry = calloc(1, sizeof(*registry) + collect_most(order) * sizeof(struct entry));
	if (!registry)
		return NULL;
	registry->order = *order;
	registry->count = collect_entries(order, registry->entries);
	if (registry->count)
		return registry;
	free(registry);
	return NULL;
}

struct registry *registry_start(const struct registry_order *order)
{
	struct registry *registry = collect(order);

	if (!registry)
		return NULL;
	pthread_mutex_init(&registry->working, NULL);
	registry->retry = FIRST_RETRY;
	registry->tidied = !order->tidy;
	registry->look = (struct look){ .rpcbind.fd = -1, .replace = order->replace };
	registry->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	show_descriptors(registry, registry->call, -1);
	if (order->listeners)
		for_all(registry, register_all);
	registry->watched = registry->call >= 0 &&
			    thread_start(&registry->thread, NULL, watch_entries, registry) == 0;
	if (!registry->watched)
		log_line(LOG_WARNING,
			 "no thread is left to watch rpcbind: registered once, and not again");
	return registry;
}

void registry_look_again(struct registry *registry)
{
	if (registry && registry->watched)
		eventfd_write(registry->call, 1);
}

void registry_hold(struct registry *registry)
{
	if (registry)
		pthread_mutex_lock(&registry->working);
}

bool registry_try_hold(struct registry *registry)
{
	return !registry || pthread_mutex_trylock(&registry->working) == 0;
}

void registry_let_go(struct registry *registry)
{
	if (registry)
		pthread_mutex_unlock(&registry->working);
}

void registry_forget(struct registry *registry)
{
	if (!registry)
		return;
	show_descriptors(registry, -1, -1);
	rpcbind_close(&registry->look.rpcbind);
	if (registry->call >= 0)
		close(registry->call);
	pthread_mutex_destroy(&registry->working);
	free(registry);
}

void registry_stop(struct registry *registry)
{
	if (!registry)
		return;
	if (registry->watched) {
		atomic_store(&registry->stop, true);
		eventfd_write(registry->call, 1);
		pthread_join(registry->thread, NULL);
	}
	registry->complained = true; /* whoever stops us need not hear of it again */
	if (registry->order.listeners)
		for_all(registry, unregister_all);
	registry_forget(registry);
}
