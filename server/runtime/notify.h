/*
 * What a service manager is told of us (sd_notify(3)): ready, reloading, stopping, alive.
 *
 * It names a Unix socket of datagrams in NOTIFY_SOCKET; each datagram is lines of NAME=VALUE.  In
 * WATCHDOG_USEC it says how often it wants to hear that we are alive, or it ends us.
 */
#ifndef SIDECALL_SERVER_RUNTIME_NOTIFY_H
#define SIDECALL_SERVER_RUNTIME_NOTIFY_H

struct notify {
	int fd;              /* connected to it; -1: nobody wants to know */
	unsigned int period; /* milliseconds between two notify_alive(); 0: nobody waits for any */
};

/* Takes what the environment says out of it.  An address that is none, or does not answer, is
 * logged.  notify_close() releases it. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* The two halves of it, for who leaves to a program what the environment says: milliseconds between
 * two signs of life, where they are wanted of this process, else 0; and the one at this address of
 * NOTIFY_SOCKET's. */
unsigned int notify_period(void);
void notify_connect(struct notify *notify, const char *name);

/* Tells it; waits two seconds at most when its socket is full. */
void notify_ready(const struct notify *notify);

/* These never wait, and are safe in a signal handler. */
void notify_alive(const struct notify *notify);
void notify_reloading(const struct notify *notify); /* notify_ready() says that it is over */
void notify_stopping(const struct notify *notify);

#endif
