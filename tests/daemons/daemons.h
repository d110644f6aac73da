/* Debian's daemons: what each is asked, and how it is expected to behave. */
#ifndef SIDECALL_TESTS_DAEMONS_DAEMONS_H
#define SIDECALL_TESTS_DAEMONS_DAEMONS_H

#include "tests/daemons/call.h"

#define DAEMON_ASKS 4

/* What a daemon does at a signal that does not end it. */
enum { LIVES = 0, ENDS = -1 /* by exit() */ };

struct daemon {
	const char *name;
	const char *path;             /* of the program, as /proc/PID/exe has it */
	struct ask asks[DAEMON_ASKS]; /* real procedures; ends with a row of zeroes */
	unsigned int bulk;            /* which of them has the longest reply */
	const char *effects;          /* a file that gets a line for each call that has an effect */
	int term, hup;     /* the signal that ends it at SIGTERM, SIGHUP; or one of these: */
	bool leaves;       /* registrations, when it ends */
	const char *inetd; /* its service in inetd.conf, or NULL */
	/* Makes it ready, once it is registered, and completes the asks.  NULL: nothing to do. */
	bool (*prepare)(struct ask asks[DAEMON_ASKS]);
};

/* Ends with a row of zeroes. */
extern const struct daemon daemons[];

/* NULL when there is no such row. */
const struct daemon *daemon_named(const char *name);

#endif
