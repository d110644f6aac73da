/* What went over a client's channels during some calls, kept: messages with their fields, as the
 * trace has them, and whom each channel connects. */
#ifndef SIDECALL_QUIZ_SEEN_H
#define SIDECALL_QUIZ_SEEN_H

#include "client/runtime/channel.h"
#include "trace/message.h"

#define SEEN_FIELDS   40 /* of a message; what has more is not kept */
#define SEEN_MESSAGES 32
#define SEEN_CHANNELS 8

/* Its bytes are wire.data[offset .. offset + length) of its message. */
struct seen_field {
	size_t offset, length;
	enum field_layer layer;
	enum field_kind kind;
	char name[64], value[64];
};

struct seen_message {
	bool rpc, call;
	const char *procedure; /* its name in the contract */
	struct buffer wire;    /* all its bytes, with the framing's */
	struct seen_field fields[SEEN_FIELDS];
	size_t count;
};

struct seen_channel {
	bool rpc;
	struct endpoint endpoint;
	char peers[CHANNEL_PEERS]; /* "CLIENT and SERVER", where the transport has names for them */
};

/* All zeroes but for the observer has seen nothing. */
struct seen {
	struct channel_observer observer; /* first: to be a client's */
	bool discovery;                   /* what goes on now is rpcbind's */
	struct message_call call;         /* the latest */
	struct seen_message messages[SEEN_MESSAGES];
	struct seen_channel channels[SEEN_CHANNELS];
	size_t message_count, channel_count;
};

void seen_init(struct seen *seen);
void seen_release(struct seen *seen);

/* A field's bytes. */
const uint8_t *seen_bytes(const struct seen_message *message, const struct seen_field *field);

#endif
