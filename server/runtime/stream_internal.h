/* What the files of sessions on byte streams share (server/runtime/stream.h). */
#ifndef SIDECALL_SERVER_RUNTIME_STREAM_INTERNAL_H
#define SIDECALL_SERVER_RUNTIME_STREAM_INTERNAL_H

#include "common/buffer.h"
#include "common/framing.h"
#include "server/runtime/session.h"

#define STREAM_SLOW_CALLS 4 /* calls of one session in the pool; then it waits */

struct stream {
	struct session session; /* first: all that others see */
	struct watch out;       /* used only when its descriptor is another than `in` */
	struct framing_reader reader;
	struct buffer input;  /* what arrived and is not answered yet */
	struct buffer output; /* what is not sent yet, from `sent` on */
	size_t sent;
	size_t left;           /* bytes that are read at most, once the server has begun to stop */
	int64_t stopped;       /* milliseconds: when it did */
	size_t start;          /* where the reply of the call at hand begins, with its mark */
	bool marked;           /* that one has its mark, and may be sent */
	bool more;             /* another call is here behind it */
	bool readable;         /* there is something to read, or the stream's end */
	bool behind;           /* calls are here that the last turn had no time for */
	bool arriving;         /* a message is here in part, and its time runs */
	bool sending;          /* the peer takes no more for now, and its time runs */
	bool cut;              /* its peer may be sending what is not read any more */
	bool peer_half_closed; /* the peer closed its side, or both, behind calls not yet read */
	bool destroyed; /* a dispatcher ended it: what stands behind its call is not heeded */
	bool proxied;   /* a proxy has to say first whose it is */
	bool torn;      /* a part of a reply was sent, and its rest is lost */
};

static inline bool stream_all_sent(const struct stream *stream)
{
	return stream->output.length == 0;
}

static inline bool stream_is_socket(const struct stream *stream)
{
	return stream->out.fd == stream->session.in.fd;
}

static inline bool stream_is_ending(const struct stream *stream)
{
	return stream->session.state >= SESSION_ENDING;
}

static inline bool stream_is_full(const struct stream *stream)
{
	return stream->session.slow_calls.count == STREAM_SLOW_CALLS;
}

/* ---- stream_output.c ---- */

/* Puts a reply's mark in front of it: it stands behind the room for one, at `start`.  No reply
 * needs no mark. */
void stream_mark_reply(const struct stream *stream, struct buffer *output, size_t start);

/* Sends what the peer takes now of what stands before `end`.  0, or -errno. */
int stream_send_until(struct stream *stream, size_t end);

/* Sends what the peer takes now.  0 (also when some is left), or -errno. */
int stream_send(struct stream *stream);

/* Waits for what the session needs next, with the time it has for it. */
int stream_wait(struct stream *stream, bool progress);

/* The session's operation: ends it now. */
void stream_close(struct session *session);

/* ---- stream_proxy.c ---- */

/* Begins to wait for a proxy's header. */
int stream_await_header(struct stream *stream);

/* Reads what is there of it; when it is whole, the session is its source's.  0, or -errno when it
 * cannot go on. */
int stream_read_header(struct stream *stream);

/* ---- stream_way.c ---- */

/* Fills in what programs that know libtirpc do with a session's way. */
void stream_way_init(struct way *way);

#endif
