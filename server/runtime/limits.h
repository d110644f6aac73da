/* What everybody, and each peer, may have of the server. */
#ifndef SIDECALL_SERVER_RUNTIME_LIMITS_H
#define SIDECALL_SERVER_RUNTIME_LIMITS_H

#include "common/framing.h"
#include "server/runtime/svc.h"

/* What holds where nothing else is said, as in struct sidecall_svc_options. */
#define LIMITS_MESSAGE         FRAMING_MAX_MESSAGE
#define LIMITS_MEMORY          ((size_t)32 << 20)
#define LIMITS_CONNECTIONS     4096
#define LIMITS_UDP_REPLY       1432 /* bytes that pass any usual network in one piece (RFC 8085) */
#define LIMITS_MESSAGE_TIMEOUT 10
#define LIMITS_IDLE_TIMEOUT    300
#define LIMITS_STOP_TIMEOUT    5

/* Limits that a newcomer can meet. */
struct peer_limits {
	unsigned int connections; /* of all */
	unsigned int of_peer;     /* of one peer */
	unsigned int descriptors; /* of all */
	/* Whoever has as many as he may loses his idlest to his newcomer, who else is sent away. */
	bool renewing;
};

struct limits {
	size_t message;               /* bytes in a call, and in a reply */
	size_t reply;                 /* in a reply, where these are more; 0: they are not */
	size_t memory;                /* bytes that all may have here */
	struct peer_limits peers;     /* connections and descriptors */
	unsigned int message_timeout; /* seconds for a message to arrive, or a reply to be taken */
	unsigned int idle_timeout;    /* seconds between two messages; 0: no limit */
	unsigned int stop_timeout;    /* milliseconds in which what was asked is answered */
	unsigned int sweep_period;    /* seconds between two looks for what dead clients left */
	bool workers_as_needed;       /* a session is at no worker that is not needed */
	unsigned int patience;    /* milliseconds that a call in the pool has while others wait */
	unsigned int remembered;  /* seconds that a reply in a datagram is remembered */
	size_t remembered_size;   /* bytes that a socket remembers so */
	unsigned int udp_reply;   /* bytes of a reply in a datagram that leaves this machine */
	const char *const *names; /* by enum sidecall_svc_limit; NULL: the runtime's own */
};

/* Whether the options are within their ranges (server/runtime/svc.h). */
bool limits_are_sound(const struct sidecall_svc_options *options);

/* Limits as options have them, with as many descriptors as the process may have; for a guest in a
 * program that knows nothing of us, with less than half of them. */
struct limits limits_from(const struct sidecall_svc_options *options, bool guest);

/* Bytes that a reply may have. */
static inline size_t limits_reply(const struct limits *limits)
{
	return limits->reply ? limits->reply : limits->message;
}

/* What those who run the program know a limit by: "--max-memory". */
const char *limit_name(const struct limits *limits, enum sidecall_svc_limit limit);

#endif
