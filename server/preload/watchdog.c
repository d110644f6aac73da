/* Signs of life for a service manager that set WatchdogSec=, by a program that knows of none. */
#include "server/preload/watchdog.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "server/runtime/notify.h"

static char manager[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static unsigned int period; /* milliseconds; 0: nobody waits for any */

/* At the beginning of the process that was started: it may go into the background, and the one that
 * serves is not the one that WATCHDOG_PID names. The variables stay, for the program may know them
 * itself. */
__attribute__((constructor)) static void look_for_manager(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name && (size_t)snprintf(manager, sizeof(manager), "%s", name) < sizeof(manager))
		period = notify_period();
}

/* It keeps no descriptor, which the program could close. */
static void beat(void *context)
{
	struct notify notify;

	(void)context;
	notify_connect(&notify, manager);
	notify_alive(&notify);
	notify_close(&notify);
}

void watchdog_begin(struct sidecall_svc *svc)
{
	if (period)
		runtime_heartbeat(svc, period, beat, NULL);
}
