/* In the place of a service manager: opens sockets, starts sidecalld with them, and hears of it. */
#ifndef SIDECALL_TESTS_KIT_ACTIVATOR_H
#define SIDECALL_TESTS_KIT_ACTIVATOR_H

#include "tests/kit/process.h"

#define ACTIVATOR_MOST 16

struct activator {
	char directory[64]; /* with root/ and run/ in it; removed by activator_close() */
	int fds[ACTIVATOR_MOST];
	const char *names[ACTIVATOR_MOST]; /* in LISTEN_FDNAMES */
	int count;
	int notified;         /* the socket behind NOTIFY_SOCKET */
	const char *watchdog; /* WATCHDOG_USEC; NULL: it has none */
	bool registers;       /* with rpcbind: in a namespace of the test's own */
	bool others;          /* says that the sockets are for another process */
};

/* Makes the directory; SIDECALL_DIR is its run/ from now on.  Fatal for the test if it cannot. */
void activator_open(struct activator *activator);
void activator_close(struct activator *activator);

/* Opens one more, with this name: on loopback, SOCK_STREAM or SOCK_DGRAM; at a path, run/FILE; a
 * named pipe there.  The descriptor. */
int activator_add_host(struct activator *activator, int type, const char *name);
int activator_add_path(struct activator *activator, int type, const char *file, const char *name);
int activator_add_fifo(struct activator *activator, const char *file, const char *name);

/* What daemon_start_everywhere() has, in its order. */
void activator_add_everywhere(struct activator *activator);

/*
 * Starts sidecalld with all of them, these options (NULL for none), --root and, unless it
 * registers, --no-rpcbind.  False when it did not come to be ready: its log is to be read from
 * daemon->error all the same.  Its `directory` is not used; daemon_stop() ends it.
 */
bool activator_start(struct activator *activator, struct daemon *daemon,
		     const char *const options[]);

/* Whether the manager was told this by now, or is within so many milliseconds: a text in one of the
 * datagrams from there on. */
bool activator_hears(struct activator *activator, const char *text, int milliseconds);

#endif
