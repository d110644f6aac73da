/* A client that means no harm, on many endpoints at once: how long it waits, at worst. */
#ifndef SIDECALL_TESTS_KIT_HONEST_CLIENT_H
#define SIDECALL_TESTS_KIT_HONEST_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/client.h"

#define HONEST_CLIENT_ENDPOINTS 16

/* Who it is: a server tells its peers apart by these.  All zeroes: nobody else than this process.
 */
struct honest_client_self {
	const char
		*address; /* of its own sockets, by tcp and udp: an IPv4 address of this machine */
	uid_t user;       /* who calls by unix and shm; only for root, and see daemon_let_in() */
};

/* Another one than whoever does not care who he is: 127.0.0.2 and, where we are root, nobody. */
struct honest_client_self honest_client_another(void);

struct honest_client {
	struct client stayers[HONEST_CLIENT_ENDPOINTS]; /* connected all the time */
	unsigned int count;
	int64_t timeout; /* nanoseconds that a call may take */
	struct honest_client_self self;
	unsigned int calls, failures, rounds;
	int64_t slowest;      /* nanoseconds; since they were set to 0 */
	int64_t slowest_list; /* likewise, of the pages that it asked for */
	char slowest_at[ENDPOINT_MAX_TEXT + 32],
		why[ENDPOINT_MAX_TEXT + 400]; /* where; and what failed first */
};

/* Connects to each endpoint, and calls there once. */
void honest_client_join(struct honest_client *honest, const struct endpoint *endpoints,
			unsigned int count, int64_t timeout, struct honest_client_self self);
void honest_client_leave(struct honest_client *honest);

/* Calls once on every connection there is, and on a new one to each endpoint whose transport's bit
 * is in `newcomers`; then asks for a page of the root on one of those there are, each in its turn.
 * Does nothing more once a call has failed. */
void honest_client_round(struct honest_client *honest, unsigned int newcomers);

#endif
