/* A client's connection, which sends and receives whole messages, whatever carries them. */
#ifndef SIDECALL_CLIENT_CHANNEL_H
#define SIDECALL_CLIENT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "common/endpoint.h"
#include "common/framing.h"

struct channel;

/* A received message; the channel owns its bytes until its next receive. */
struct message {
	const uint8_t *bytes;
	size_t length;
};

struct channel_operations {
	/* Sends one message.  0, -ETIMEDOUT past the deadline, or another -errno. */
	int (*send)(struct channel *channel, const void *message, size_t length, int64_t deadline);
	/* 1 and a message; 0 when the peer has closed; -ETIMEDOUT past the deadline; -EPROTO or
	 * -EMSGSIZE when what arrives is no message, or too long; or another -errno. */
	int (*receive)(struct channel *channel, struct message *message, int64_t deadline);
	void (*close)(struct channel *channel);
};

/* What all channels have in common; the transport's own part lies around it. */
struct channel {
	const struct channel_operations *operations;
	uint64_t sent, received; /* bytes on the transport, framing included */
	uint32_t first_id;       /* of the calls made on it, all programs together */
	uint32_t next_id;
};

/*
 * Opens the channel to an endpoint whose address is complete but for what has a default.
 * 0 and the channel, to be closed with channel_close(); or the failure's code.
 */
int channel_open(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		 struct failure *failure);
void channel_close(struct channel *channel);

/* Names the next call on this channel. */
uint32_t channel_next_id(struct channel *channel);

/* Whether `id` names an earlier call, one whose reply comes too late to be waited for. */
bool channel_is_stale(const struct channel *channel, uint32_t id);

/* The framing of an endpoint's protocol on a byte stream. */
const struct framing *channel_framing(const struct endpoint *endpoint);

/* Deadlines are nanoseconds of CLOCK_MONOTONIC. */
int64_t channel_clock(void);

/* Waits until `fd` is ready for `events` (POLLIN, POLLOUT).  0, -ETIMEDOUT or -errno. */
int channel_wait(int fd, short events, int64_t deadline);

/* A transport's client end: one file in client/transports/ each. */
struct channel_transport {
	enum endpoint_transport transport;
	int (*open)(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure);
};

extern const struct channel_transport channel_tcp;
extern const struct channel_transport channel_unix;

#endif
