/* What the program has registered with rpcbind. */
#include "server/preload/registrations.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "server/preload/error_log.h"
#include "server/preload/settings.h"
#include "server/preload/takeover.h"
#include "server/runtime/log.h"
#include "server/runtime/loop.h"
#include "server/runtime/registry/registry.h"

#define MOST_ENTRIES 256

static struct entry entries[MOST_ENTRIES];
static size_t count;
static bool untidy;                 /* a program has come, of which a crash may have left some */
static atomic_bool changed;         /* since registrations_keep() */
static struct sidecall_svc *keeper; /* that looks after them; NULL: none does */
static pid_t keeping;               /* the process that has its thread */

/* Held also while rpcbind is asked, and so for seconds.  Where it stands among the other locks says
 * takeover.c, before_fork().  Programs also unregister in signal handlers, which must not come in
 * the middle. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static void enter(sigset_t *before)
{
	block_signals(before);
	pthread_mutex_lock(&lock);
}

static bool try_enter(sigset_t *before)
{
	block_signals(before);
	if (pthread_mutex_trylock(&lock) == 0)
		return true;
	pthread_sigmask(SIG_SETMASK, before, NULL);
	return false;
}

/* Who serves did not wait for us, and so learns that there is something to keep. */
static void leave(const sigset_t *before)
{
	pthread_mutex_unlock(&lock);
	pthread_sigmask(SIG_SETMASK, before, NULL);
	if (atomic_load(&changed))
		takeover_wake();
}

/* ---- rpcbind ---- */

/* A program makes its entries one by one, and all that it makes at its start is one look: that is
 * how long entries of others may hold it up, and with it its signals. */
static struct {
	int64_t began, left; /* milliseconds */
} waiting;

/* False: rpcbind does not answer. */
static bool begin_look(struct look *look)
{
	int64_t now = loop_clock();

	if (!waiting.began || now - waiting.began >= REGISTRY_PERIOD) {
		waiting.began = now;
		waiting.left = LOOK_TIME;
	}
	*look = (struct look){ .replace = settings_replace(), .left = waiting.left };
	if (rpcbind_open(&look->rpcbind) == 0 && rpcbind_ask_all(&look->rpcbind) == RPC_SUCCESS)
		return true;
	rpcbind_close(&look->rpcbind);
	return false;
}

static void end_look(struct look *look)
{
	waiting.left = look->left;
	rpcbind_close(&look->rpcbind);
}

/* Nobody looks after entries while they change. */
static void stop_keeping(void)
{
	if (keeper && keeping == getpid())
		runtime_keep_registered(keeper, NULL, 0, false);
	else if (keeper)
		runtime_forget_registered(keeper);
	keeper = NULL;
	atomic_store(&changed, true);
}

/* ---- adding ---- */

/* The name of a kind of transport, which stays. */
static const char *known_netid(const char *netid)
{
	static const char *const all[] = { "tcp", "udp", "tcp6", "udp6", "local", "unix" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(netid, all[i]) == 0)
			return all[i];
	return NULL;
}

static bool has_place(const struct entry *entry, rpcprog_t program, rpcvers_t version,
		      const char *netid)
{
	return entry->program == program && entry->version == version &&
	       (!netid || strcmp(entry->netid, netid) == 0);
}

static void forget(rpcprog_t program, rpcvers_t version, const char *netid)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!has_place(&entries[i], program, version, netid))
			entries[kept++] = entries[i];
	count = kept;
}

static bool has_program(rpcprog_t program)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].program == program)
			return true;
	return false;
}

static int add(struct look *look, struct entry *entry)
{
	entry_register(look, entry);
	if (entry->wrong == ENTRY_REFUSED)
		return -1;
	if (entry->wrong) {
		entry_say(entry, 1, 1, "--replace", NULL);
		return 0;
	}
	untidy = untidy || !has_program(entry->program);
	forget(entry->program, entry->version, entry->netid);
	if (count < MOST_ENTRIES)
		entries[count++] = *entry;
	return 1;
}

int registrations_add(rpcprog_t program, rpcvers_t version, const char *netid, const char *address)
{
	struct entry entry = { .program = program,
			       .version = version,
			       .netid = known_netid(netid) };
	struct log_target target, *before;
	struct look look;
	sigset_t signals;
	int r = -1;

	if (!entry.netid || strlen(address) >= sizeof(entry.address))
		return -1;
	memcpy(entry.address, address, strlen(address) + 1);
	error_log_find();
	log_target_init(&target, error_log_write, NULL, LOG_WARNING);
	enter(&signals);
	before = log_use(&target);
	stop_keeping();
	if (begin_look(&look)) {
		r = add(&look, &entry);
		end_look(&look);
	}
	log_use(before);
	leave(&signals);
	return r;
}

/* ---- removing ---- */

static bool is_ours(const struct rpcb *known)
{
	for (size_t i = 0; i < count; i++)
		if (has_place(&entries[i], known->r_prog, known->r_vers, known->r_netid) &&
		    strcmp(entries[i].address, known->r_addr) == 0)
			return true;
	return false;
}

static bool remove_one(struct look *look, const struct rpcb *known)
{
	return is_ours(known) || look->replace ? rpcbind_unset(&look->rpcbind, known)
					       : entry_tidy(look, known);
}

int registrations_remove(rpcprog_t program, rpcvers_t version, const char *netid)
{
	struct look look;
	sigset_t signals;
	int r = -1;

	enter(&signals);
	stop_keeping();
	if (begin_look(&look)) {
		r = 0;
		for (rpcblist_ptr l = look.rpcbind.list; l; l = l->rpcb_next)
			if (l->rpcb_map.r_prog == program && l->rpcb_map.r_vers == version &&
			    (!netid || strcmp(l->rpcb_map.r_netid, netid) == 0) &&
			    remove_one(&look, &l->rpcb_map))
				r = 1;
		end_look(&look);
	}
	forget(program, version, netid);
	leave(&signals);
	return r;
}

/* ---- keeping ---- */

void registrations_keep(struct sidecall_svc *svc)
{
	sigset_t signals;

	if (!atomic_load(&changed) || !try_enter(&signals))
		return;
	atomic_store(&changed, false);
	keeper = count ? svc : NULL;
	keeping = getpid();
	runtime_keep_registered(svc, entries, count, untidy);
	untidy = untidy && !count;
	leave(&signals);
}

void registrations_renew(void)
{
	sigset_t signals;

	enter(&signals);
	stop_keeping();
	leave(&signals);
}

/* ---- forks ---- */

static sigset_t held; /* the signals of who holds it */

bool registrations_try_hold(void)
{
	sigset_t signals;

	if (!try_enter(&signals))
		return false;
	held = signals;
	if (!keeper || runtime_try_before_fork(keeper))
		return true;
	leave(&signals);
	return false;
}

void registrations_let_go(void)
{
	const sigset_t signals = held;

	if (keeper)
		runtime_after_fork(keeper);
	leave(&signals);
}

void registrations_await(void)
{
	sigset_t signals;

	enter(&signals);
	if (keeper) {
		runtime_before_fork(keeper);
		runtime_after_fork(keeper);
	}
	leave(&signals);
}
