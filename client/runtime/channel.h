/* A client's connection, which sends and receives whole messages, whatever carries them. */
#ifndef SIDECALL_CLIENT_RUNTIME_CHANNEL_H
#define SIDECALL_CLIENT_RUNTIME_CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/runtime/clock.h"
#include "client/runtime/failure.h"
#include "common/endpoint.h"
#include "common/framing.h"

#define CHANNEL_PEERS 192 /* bytes */

struct channel;

/* A received message; the channel owns its bytes until its next receive. */
struct message {
	const uint8_t *bytes;
	size_t length;
};

/* Deadlines that have passed: nothing is waited for; and nothing is even read, so that only what
 * has arrived before is received. */
#define CHANNEL_NOW     INT64_C(0)
#define CHANNEL_ARRIVED INT64_C(-1)

struct channel_operations {
	/* Sends one message.  0, -ETIMEDOUT past the deadline, or another -errno.  On a channel
	 * that is corked: takes it, to be sent when something is received; -EAGAIN, with nothing
	 * taken, when there is no room. */
	int (*send)(struct channel *channel, const void *message, size_t length, int64_t deadline);
	/* 1 and a message; 0 when the peer has closed; -ETIMEDOUT past the deadline; -EPROTO or
	 * -EMSGSIZE when what arrives is no message, or too long; or another -errno.  Before it
	 * waits it sends what was taken, and goes on sending while it waits. */
	int (*receive)(struct channel *channel, struct message *message, int64_t deadline);
	/* What to wait for, by those who wait for several channels, when nothing is left to receive
	 * now: 0 with two descriptors and their events (-1 for none, as poll() has it), or 1 when
	 * there is something to receive. */
	int (*await)(struct channel *channel, struct pollfd waiting[2]);
	void (*close)(struct channel *channel);
};

/* What all channels have in common; the transport's own part lies around it. */
struct channel {
	const struct channel_operations *operations;
	bool datagrams;          /* a message may be lost, repeated, or come from anybody */
	bool corked;             /* many calls are under way: to send never waits */
	size_t max_message;      /* bytes in the longest message it carries */
	uint64_t sent, received; /* bytes on the transport, framing included */
	uint32_t first_id;       /* of the calls made on it, all programs together */
	uint32_t next_id;
	unsigned int sharers; /* that have to close it, too, before it is closed */
	int64_t began;        /* when it was being opened; nanoseconds, as clock_now() */
	/* Whether a message that has a call's name is a reply to it, as the protocol says; NULL:
	 * the name says enough. */
	bool (*answers)(const void *call, const struct message *message);
	bool unreached; /* the only message that was sent has reached nobody */
	bool odd;       /* a message came that has the last call's name, and is no reply to it */
	pid_t server;   /* the process at the other end, if it is our child; or 0 */
	char peers[CHANNEL_PEERS]; /* whom it connects, as in "HOST:PORT and HOST:PORT"; or "" */
	struct channel_observer *observer; /* sees every message; NULL for none */
	/* With an observer: the framing's bytes, as they were on the transport, of the message that
	 * was sent or received last.  Transports without framing of a message leave it empty. */
	struct buffer marks;
};

/* Somebody who looks at what goes over a channel, for as long as it is open. */
struct channel_observer {
	/* `discovery`: the channel leads to rpcbind, to ask where the program is.  A channel of
	 * NULL: libtirpc connects by itself, and nobody sees its messages. */
	void (*opened)(struct channel_observer *observer, const struct channel *channel,
		       const struct endpoint *endpoint, bool discovery);
	void (*message)(struct channel_observer *observer, const struct channel *channel, bool sent,
			const void *message, size_t length);
	void (*closed)(struct channel_observer *observer, const struct channel *channel);
};

/* Names the calls of a channel that was just opened, which began then. */
void channel_begin(struct channel *channel, int64_t began);
void channel_close(struct channel *channel);

/* Has it closed only when it was closed once more than it was shared.  The channel. */
struct channel *channel_share(struct channel *channel);

/* Lets an observer, or NULL, look at a channel that was just opened. */
void channel_observe(struct channel *channel, const struct endpoint *endpoint, bool discovery,
		     struct channel_observer *observer);

/* Names the next call on this channel. */
uint32_t channel_next_id(struct channel *channel);

/* One message, which the observer sees; as the operations of the same names say. */
int channel_send(struct channel *channel, const void *message, size_t length, int64_t deadline);
int channel_receive(struct channel *channel, struct message *message, int64_t deadline);

/* Whether an id names a call that was made on this channel: one that nobody waits for any more,
 * when its reply comes too late. */
bool channel_has_named(const struct channel *channel, uint32_t id);

/* The four bytes that a message begins with: they name the call, in both protocols. */
uint32_t channel_id_of(const void *message);

/* Whether a message that has a call's name is to be taken for its reply.  On a stream it is, and if
 * it is none the server is to blame; a datagram may be anybody's, as the call itself, sent back. */
bool channel_answers(const struct channel *channel, const void *call,
		     const struct message *message);

/*
 * Sends a call and receives its reply: the message that begins with the same four bytes, which
 * name the call in both protocols.  Late replies to earlier calls are passed over.  Where messages
 * get lost the call is sent again, after intervals that grow, until the deadline; there, whatever
 * is not its reply is passed over.
 *
 * 0 and the reply, or -errno: -ECONNRESET when the peer closed, -EPROTO when it sent something
 * else, -ETIMEDOUT.  *sent says whether the call left: if not, it was not executed.
 */
int channel_exchange(struct channel *channel, const void *call, size_t length,
		     struct message *reply, int64_t deadline, bool *sent);

/* The framing of an endpoint's protocol on a byte stream. */
const struct framing *channel_framing(const struct endpoint *endpoint);

/* A transport's client end: one file in client/runtime/transports/ each. */
struct channel_transport {
	int (*open)(struct channel **channel, const struct endpoint *endpoint, int64_t deadline,
		    struct failure *failure);
};

extern const struct channel_transport channel_tcp;
extern const struct channel_transport channel_udp;
extern const struct channel_transport channel_unix;
extern const struct channel_transport channel_pipe;
extern const struct channel_transport channel_fifo;
extern const struct channel_transport channel_shm;

#endif
