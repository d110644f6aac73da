/* Channels on byte streams: the mark goes in front of each message, and is looked for in what
 * arrives. */
#ifndef SIDECALL_CLIENT_RUNTIME_STREAM_H
#define SIDECALL_CLIENT_RUNTIME_STREAM_H

#include <sys/types.h>

#include "client/runtime/channel.h"

/*
 * A channel on a stream whose messages end as `framing` says.  It owns the descriptors `in` and
 * `out`, which may be the same and are non-blocking, also when this fails.  NULL: out of memory.
 */
struct channel *stream_channel(int in, int out, const struct framing *framing);

/* Has `closed` called with the child's id when the stream has been closed: a pipe's other end is a
 * process of ours.  `late`: it was waited for in vain, until a deadline that has passed. */
void stream_set_child(struct channel *channel, pid_t child, void (*closed)(pid_t child, bool late));

/* What has arrived on a stream and is no whole message, until the next receive. */
void stream_rest(const struct channel *channel, struct message *rest);

#endif
