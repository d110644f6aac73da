/* A service for the targets that ask it, and what must hold of any answer in either protocol. */
#ifndef SIDECALL_FUZZ_ANSWER_H
#define SIDECALL_FUZZ_ANSWER_H

#include "common/buffer.h"
#include "fuzz/fuzz.h"
#include "server/programs.h"

/*
 * Has the protocol answer a call whose reply may be `limit` bytes long.  The service shows
 * fuzz/root below the working directory, and has no registers yet.
 *
 * True when there is a reply; then it begins with the call's first four bytes, is within the limit,
 * and the trace explains it to its last byte.  False when the session ends.  The reply is to be
 * released.
 */
bool answer_try(const struct protocol *protocol, const uint8_t *call, size_t length, size_t limit,
		struct buffer *reply);

#endif
