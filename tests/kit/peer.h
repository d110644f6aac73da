/* A server by hand for a client in the same process: it answers what and when a test likes. */
#ifndef SIDECALL_TESTS_KIT_PEER_H
#define SIDECALL_TESTS_KIT_PEER_H

#include <pthread.h>

#include "client/procedures.h"

struct peer {
	bool rpc;
	int fd;
	uint32_t last_id;   /* of the call that was received last */
	struct buffer call; /* its bytes, without the mark */
	void (*serve)(struct peer *peer);
	void *context; /* the test's */
	pthread_t thread;
};

/* Connects the client with a thread that serves it until it returns, when the connection closes. */
void peer_start(struct peer *peer, struct client *client, enum endpoint_protocol protocol,
		int64_t timeout, void (*serve)(struct peer *peer), void *context);

/* Releases the client, which ends what waits for its calls, and waits for the thread. */
void peer_stop(struct peer *peer, struct client *client);

/* Waits for a call.  False when the client has closed. */
bool peer_receive(struct peer *peer);

/* Whether there is one already, or will be within so many milliseconds. */
bool peer_has_call(const struct peer *peer, int milliseconds);

/* Where the arguments of the call begin. */
const uint8_t *peer_arguments(const struct peer *peer);

/* Answers the call of that name with a result of the procedure's type. */
void peer_reply(const struct peer *peer, const char *procedure, uint32_t id, const void *result);

#endif
