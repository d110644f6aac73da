/* Who gets what a thread logs. */
#include "server/runtime/log_target.h"

#include <stddef.h>

static struct log_target standard_error = { .lock = PTHREAD_MUTEX_INITIALIZER };
static _Thread_local struct log_target *current;

void log_target_init(struct log_target *target, void (*write)(void *context, const char *line),
		     void *context)
{
	*target = (struct log_target){ .write = write, .context = context };
	pthread_mutex_init(&target->lock, NULL);
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
