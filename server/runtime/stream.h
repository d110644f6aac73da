/*
 * Sessions on byte streams: finds the messages in what arrives, has each answered, and sends the
 * replies.  All replies of one turn leave in one write.
 *
 * No peer can delay another: nothing here blocks, a turn is short, and a peer that does not read
 * its replies is not read from either.
 */
#ifndef SIDECALL_SERVER_RUNTIME_STREAM_H
#define SIDECALL_SERVER_RUNTIME_STREAM_H

#include "server/runtime/listener.h"

/*
 * Serves a stream of a peer until it ends.  Its descriptors are non-blocking, and closed at the end
 * (also when this fails).  0 or -errno: -EUSERS when one of the limits on sessions is reached,
 * which is logged.
 */
int stream_open(struct sessions *sessions, const struct entrance *entrance,
		const struct connection *connection, const struct peer_id *peer);

#endif
