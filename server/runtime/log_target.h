/* Who gets what a thread logs, and what of it clients have caused. */
#ifndef SIDECALL_SERVER_RUNTIME_LOG_TARGET_H
#define SIDECALL_SERVER_RUNTIME_LOG_TARGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "server/runtime/event.h"
#include "server/runtime/peer_id.h"

#define LOG_CAUSES 128 /* peers and their events, of which lines are counted apart */

/* What was written lately of one event of one peer. */
struct log_cause {
	enum event event;
	bool known; /* its peer is */
	struct peer_id peer;
	time_t start; /* of its period; 0: there is none */
	unsigned int written, left_out;
};

/* How often something happened, and who caused it last. */
struct event_count {
	uint64_t count;
	time_t last; /* seconds since 1970 */
	bool known;  /* its peer is */
	struct peer_id peer;
};

/* Gets lines, each without its end, in place of standard error.  How many clients may cause is
 * counted for each target: nobody hides by his lines those of another server. */
struct log_target {
	void (*write)(void *context, const char *line); /* NULL: standard error */
	void *context;
	int level;            /* the least important priority that is written, of syslog(3) */
	pthread_mutex_t lock; /* of what follows */
	struct log_cause causes[LOG_CAUSES];
	struct log_cause others[EVENTS]; /* of peers for whom there is no place there */
	struct event_count events[EVENTS];
};

void log_target_init(struct log_target *target, void (*write)(void *context, const char *line),
		     void *context, int level);

/* What was counted of an event; any thread may ask. */
struct event_count log_target_count(struct log_target *target, enum event event);

/* Where this thread's lines go from now on; NULL: to standard error.  It stays the caller's.  The
 * one of before, to be used again: a server's procedure may call another server. */
struct log_target *log_use(struct log_target *target);

/* Never NULL. */
struct log_target *log_target(void);

#endif
