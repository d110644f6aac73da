/* What everybody, and each peer, may have of the server. */
#include "server/runtime/limits.h"

#include <limits.h>
#include <sys/resource.h>

#include "server/runtime/log.h"

#define OWN_DESCRIPTORS  128               /* for listening, for files, for rpcbind */
#define LOOP_DESCRIPTORS 8                 /* the loop's, and a spare one */
#define REMEMBERED       ((size_t)4 << 20) /* bytes */
#define REMEMBERED_TIME  30                /* seconds */
#define SWEEP_PERIOD     60                /* seconds */
#define PATIENCE         2000              /* milliseconds */

void sidecall_svc_defaults(struct sidecall_svc_options *options)
{
	*options = (struct sidecall_svc_options){ .workers = 1,
						  .max_message = LIMITS_MESSAGE,
						  .max_memory = LIMITS_MEMORY,
						  .max_connections = LIMITS_CONNECTIONS,
						  .max_udp_reply = LIMITS_UDP_REPLY,
						  .message_timeout = LIMITS_MESSAGE_TIMEOUT,
						  .idle_timeout = LIMITS_IDLE_TIMEOUT,
						  .stop_timeout = LIMITS_STOP_TIMEOUT,
						  .remembered = REMEMBERED };
}

/* As many of the process's descriptors as connections may have. */
static rlim_t share_of_descriptors(rlim_t all, bool guest)
{
	rlim_t ours = guest ? all / 2 : all, kept = guest ? LOOP_DESCRIPTORS : OWN_DESCRIPTORS;

	return ours > kept + 1 ? ours - kept : 1;
}

/* No more connections than there are descriptors, beside some for our own use.  A guest is not
 * asked for his limits, and says nothing of them. */
static void limit_by_descriptors(struct peer_limits *limits, bool guest)
{
	struct rlimit limit;
	rlim_t most;

	limits->descriptors = UINT_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	most = share_of_descriptors(limit.rlim_cur, guest);
	if (most < UINT_MAX)
		limits->descriptors = (unsigned int)most;
	if (limits->connections <= most)
		return;
	limits->connections = (unsigned int)most;
	if (!guest)
		log_line(LOG_NOTICE,
			 "%u connections are served at a time and no more, for the limit on "
			 "descriptors (ulimit -n)",
			 limits->connections);
}

bool limits_are_sound(const struct sidecall_svc_options *options)
{
	return options->workers >= 1 && options->workers <= 1024 && options->max_message >= 1024 &&
	       options->max_message <= 1 << 30 && options->max_reply <= 1 << 30 &&
	       options->max_memory > 0 && options->max_connections > 0 &&
	       options->max_udp_reply >= 512 && options->message_timeout > 0 &&
	       options->message_timeout <= 86400 && options->stop_timeout > 0 &&
	       options->stop_timeout <= 3600 && options->idle_timeout <= 31536000;
}

struct limits limits_from(const struct sidecall_svc_options *options, bool guest)
{
	struct limits limits = {
		.message = options->max_message,
		.reply = options->max_reply,
		.memory = options->max_memory,
		.peers = { .connections = options->max_connections, .renewing = guest },
		.message_timeout = options->message_timeout,
		.idle_timeout = options->idle_timeout,
		.stop_timeout = 1000 * options->stop_timeout,
		.sweep_period = SWEEP_PERIOD,
		.workers_as_needed = options->workers > 1 && options->workers_as_needed,
		.patience = PATIENCE,
		.remembered = REMEMBERED_TIME,
		.remembered_size = options->remembered,
		.udp_reply = options->max_udp_reply,
		.names = options->limit_names
	};

	limit_by_descriptors(&limits.peers, guest);
	limits.peers.of_peer = options->max_per_peer ? options->max_per_peer
						     : limits.peers.connections;
	if (limits.memory < 4 * limits.message)
		limits.memory = 4 * limits.message;
	return limits;
}

const char *limit_name(const struct limits *limits, enum sidecall_svc_limit limit)
{
	static const char *const own[SIDECALL_LIMITS] = {
		[SIDECALL_MAX_MESSAGE] = "max_message",
		[SIDECALL_MAX_MEMORY] = "max_memory",
		[SIDECALL_MAX_CONNECTIONS] = "max_connections",
		[SIDECALL_MAX_PER_PEER] = "max_per_peer",
		[SIDECALL_MESSAGE_TIMEOUT] = "message_timeout",
		[SIDECALL_IDLE_TIMEOUT] = "idle_timeout",
	};

	return limits->names && limits->names[limit] ? limits->names[limit] : own[limit];
}
