/* Who gets what a thread logs. */
#include "server/runtime/log_target.h"

#include <stddef.h>

static _Thread_local const struct log_target *current;

void log_use(const struct log_target *target)
{
	current = target;
}

const struct log_target *log_target(void)
{
	return current;
}
