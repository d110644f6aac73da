/* A server by hand for a client in the same process: it answers what and when a test likes. */
#ifndef SIDECALL_TESTS_KIT_SCRIPTED_SERVER_H
#define SIDECALL_TESTS_KIT_SCRIPTED_SERVER_H

#include <pthread.h>

#include "client/procedures.h"

struct scripted_server {
	bool rpc;
	int fd;
	uint32_t last_id;   /* of the call that was received last */
	struct buffer call; /* its bytes, without the mark */
	void (*serve)(struct scripted_server *peer);
	void *context; /* the test's */
	pthread_t thread;
};

/* Connects the client with a thread that serves it until it returns, when the connection closes. */
void scripted_server_start(struct scripted_server *peer, struct client *client,
			   enum endpoint_protocol protocol, int64_t timeout,
			   void (*serve)(struct scripted_server *peer), void *context);

/* Releases the client, which ends what waits for its calls, and waits for the thread. */
void scripted_server_stop(struct scripted_server *peer, struct client *client);

/* Waits for a call.  False when the client has closed. */
bool scripted_server_receive(struct scripted_server *peer);

/* Whether there is one already, or will be within so many milliseconds. */
bool scripted_server_has_call(const struct scripted_server *peer, int milliseconds);

/* Where the arguments of the call begin. */
const uint8_t *scripted_server_arguments(const struct scripted_server *peer);

/* Answers the call of that name with a result of the procedure's type. */
void scripted_server_reply(const struct scripted_server *peer, const char *procedure, uint32_t id,
			   const void *result);

/* Answers the last call by rpc with what the filter makes of this. */
void scripted_server_answer(const struct scripted_server *peer, xdrproc_t filter, void *result);

#endif
