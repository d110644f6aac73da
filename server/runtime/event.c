/* What clients cause that is worth a line in the log. */
#include "server/runtime/event.h"

#include <syslog.h>

#define ROW(CONSTANT, NAME, PRIORITY) { NAME, PRIORITY },
static const struct {
	const char *name;
	int priority;
} events[] = { EVENTS_ALL(ROW) };
#undef ROW

const char *event_name(enum event event)
{
	return events[event].name;
}

int event_priority(enum event event)
{
	return events[event].priority;
}
