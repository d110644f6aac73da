/* Who gets what a thread logs. */
#ifndef SIDECALL_SERVER_RUNTIME_LOG_TARGET_H
#define SIDECALL_SERVER_RUNTIME_LOG_TARGET_H

#include <pthread.h>
#include <time.h>

#define LOG_KINDS 48 /* of lines that clients cause: more than there are */

/* What was written of one kind of line, which is known by its format. */
struct log_kind {
	const char *format;
	time_t start;
	unsigned int written, left_out;
};

/* Gets lines, each without its end, in place of standard error.  How many clients may cause is
 * counted for each target: nobody hides by his lines those of another server. */
struct log_target {
	void (*write)(void *context, const char *line); /* NULL: standard error */
	void *context;
	pthread_mutex_t lock; /* of what follows */
	struct log_kind kinds[LOG_KINDS];
};

void log_target_init(struct log_target *target, void (*write)(void *context, const char *line),
		     void *context);

/* Where this thread's lines go from now on; NULL: to standard error.  It stays the caller's.  The
 * one of before, to be used again: a server's procedure may call another server. */
struct log_target *log_use(struct log_target *target);

/* Never NULL. */
struct log_target *log_target(void);

#endif
