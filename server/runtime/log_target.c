/* Who gets what a thread logs. */
#include "server/runtime/log_target.h"

#include <stddef.h>
#include <syslog.h>

static struct log_target standard_error = { .level = LOG_INFO, .lock = PTHREAD_MUTEX_INITIALIZER };
static _Thread_local struct log_target *current;

void log_target_init(struct log_target *target, void (*write)(void *context, const char *line),
		     void *context, int level)
{
	*target = (struct log_target){ .write = write, .context = context, .level = level };
	pthread_mutex_init(&target->lock, NULL);
}

struct event_count log_target_count(struct log_target *target, enum event event)
{
	struct event_count count;

	pthread_mutex_lock(&target->lock);
	count = target->events[event];
	pthread_mutex_unlock(&target->lock);
	return count;
}

struct log_target *log_use(struct log_target *target)
{
	struct log_target *before = current;

	current = target;
	return before;
}

struct log_target *log_target(void)
{
	return current ? current : &standard_error;
}
