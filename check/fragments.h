/* Ways of a message across a stream, all of which a server must take (RFC 5531, section 11); and
 * none. */
#ifndef SIDECALL_CHECK_FRAGMENTS_H
#define SIDECALL_CHECK_FRAGMENTS_H

#include "check/exchange.h"

/* Each sends a message and returns 0 or -errno. */
int send_two_fragments(struct exchange *exchange, const struct buffer *message);
int send_byte_fragments(struct exchange *exchange, const struct buffer *message); /* a byte each */
int send_empty_first(struct exchange *exchange, const struct buffer *message);    /* before it */
int send_empty_within(struct exchange *exchange, const struct buffer *message);   /* in it */
int send_empty_last(struct exchange *exchange, const struct buffer *message);     /* ends it */
int send_empty(struct exchange *exchange, const struct buffer *message); /* nothing, in its place */
int send_byte_segments(struct exchange *exchange, const struct buffer *message); /* a byte each */
int send_half_mark(struct exchange *exchange, const struct buffer *message);     /* then waits */
int send_half_message(struct exchange *exchange, const struct buffer *message);  /* then waits */

#endif
