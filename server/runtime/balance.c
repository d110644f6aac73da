/* On how many workers the sessions are. */
#include "server/runtime/balance.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "server/runtime/session.h"

#define LOOK_TIME 100  /* milliseconds between two looks */
#define STALE     1000 /* milliseconds without a look, after which a worker has nothing to do */
/* Percents of a processor. */
#define FULL        90                /* a worker is busy all the time */
#define SPARE       50                /* the processors are idle, for another worker */
#define SINGLE      60                /* what one worker can do for two */
#define CENTISECOND INT64_C(10000000) /* nanoseconds */

void balance_init(struct balance *balance, bool open, bool first)
{
	*balance = (struct balance){ .open = open,
				     .next_look = open ? 0 : INT64_MAX,
				     .in_use = !open || first };
}

enum balance_verdict balance_judge(unsigned int load, unsigned int full, int least)
{
	if (full > 1)
		return BALANCE_SPREAD;
	return least >= 0 && load + (unsigned int)least < SINGLE ? BALANCE_RETIRE : BALANCE_STAY;
}

/* ---- what is known of the machine ---- */

static int64_t thread_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* Nanoseconds that all processors together have been idle (proc_uptime(5)); -1: unknown. */
static int64_t idle_time(void)
{
	long long seconds;
	char text[64];
	unsigned int hundredths;
	int fd = open("/proc/uptime", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	if (sscanf(text, "%*s %lld.%2u", &seconds, &hundredths) != 2)
		return -1;
	return (seconds * 100 + hundredths) * CENTISECOND;
}

bool balance_has_processor(int64_t before, int64_t after, int64_t elapsed)
{
	return before < 0 || after < 0 || (after - before) * 100 >= elapsed * SPARE;
}

/* ---- what is known of other workers ---- */

static unsigned int load_of(const struct sessions *worker, int64_t now)
{
	const struct balance *balance = &worker->balance;

	return now - atomic_load(&balance->when) < STALE ? atomic_load(&balance->load) : 0;
}

/* The load of the one in use before this one that has least; -1: there is none. */
static int least_before(const struct sessions *own)
{
	int least = -1;

	for (const struct sessions *s = own->next_worker; s != own; s = s->next_worker) {
		int load = (int)load_of(s, own->loop->now);

		if (s->index < own->index && atomic_load(&s->balance.in_use) &&
		    (least < 0 || load < least))
			least = load;
	}
	return least;
}

/* A worker that can help: preferably one that is in use; NULL: there is none. */
static struct sessions *find_relief(struct sessions *own)
{
	struct sessions *relief = NULL;

	for (struct sessions *s = own->next_worker; s != own; s = s->next_worker) {
		if (atomic_load(&s->finishing) || load_of(s, own->loop->now) >= SINGLE)
			continue;
		if (atomic_load(&s->balance.in_use))
			return s;
		if (!relief)
			relief = s;
	}
	return relief;
}

static bool takes_more(const struct sessions *sessions)
{
	return atomic_load(&sessions->balance.in_use) && !atomic_load(&sessions->finishing);
}

struct sessions *balance_least(struct sessions *sessions)
{
	struct sessions *least = takes_more(sessions) ? sessions : NULL;

	for (struct sessions *s = sessions->next_worker; s != sessions; s = s->next_worker)
		if (takes_more(s) &&
		    (!least || atomic_load(&s->count) < atomic_load(&least->count)))
			least = s;
	return least ? least : sessions;
}

/* ---- what is done ---- */

static void spread(struct sessions *own, int64_t elapsed)
{
	struct balance *balance = &own->balance;
	struct sessions *relief = balance->active > 1 ? find_relief(own) : NULL;
	int64_t before = balance->idle;

	balance->idle = idle_time();
	if (!relief || !balance_has_processor(before, balance->idle, elapsed))
		return;
	atomic_store(&relief->balance.in_use, true);
	balance->relief = relief;
	balance->to_move = balance->active / 2;
	balance->full = 0;
}

static void act(struct sessions *own, enum balance_verdict verdict, int64_t elapsed)
{
	struct balance *balance = &own->balance;

	balance->to_move = 0;
	if (verdict == BALANCE_SPREAD)
		spread(own, elapsed);
	else if (verdict == BALANCE_RETIRE)
		atomic_store(&balance->in_use, false);
	else if (balance->full)
		balance->idle = idle_time(); /* for the next look */
}

void balance_look(struct sessions *sessions)
{
	struct balance *balance = &sessions->balance;
	int64_t now = loop_nanoseconds(), worked = thread_time();
	int64_t elapsed = now - balance->looked;
	unsigned int load = (unsigned int)((worked - balance->worked) * 100 / elapsed);

	atomic_store(&balance->load, load);
	atomic_store(&balance->when, sessions->loop->now);
	balance->full = load >= FULL ? balance->full + 1 : 0;
	if (atomic_load(&balance->in_use))
		act(sessions, balance_judge(load, balance->full, least_before(sessions)), elapsed);
	balance->looked = now;
	balance->worked = worked;
	balance->next_look = sessions->loop->now + LOOK_TIME;
	balance->active = 0;
	balance->round++;
}

struct sessions *balance_next(struct sessions *sessions)
{
	struct balance *balance = &sessions->balance;
	struct sessions *next;

	if (!balance->open || sessions->finishing)
		return NULL;
	if (atomic_load_explicit(&balance->in_use, memory_order_relaxed)) {
		if (!balance->to_move)
			return NULL;
		balance->to_move--;
		next = balance->relief;
	} else {
		next = balance_least(sessions);
	}
	return next == sessions || atomic_load(&next->finishing) ? NULL : next;
}
