/*
 * Sessions on byte streams: finds the messages in what arrives, has each answered, and sends the
 * replies.  All replies of one turn leave in one write.
 *
 * No peer can delay another: nothing here blocks, a turn is short, and a peer that does not read
 * its replies is not read from either.
 */
#ifndef SIDECALL_SERVER_STREAM_H
#define SIDECALL_SERVER_STREAM_H

#include "server/session.h"

/*
 * Serves a stream, with the descriptors `in` and `out`, which may be the same, until it ends; they
 * are non-blocking, and closed at the end (also when this fails).  0 or -errno: -EUSERS when one of
 * the limits on sessions is reached, which is logged.
 */
int stream_open(struct sessions *sessions, const struct protocol *protocol, int in, int out);

#endif
