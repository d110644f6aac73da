/* Why a raw reply is wrong, where its bytes say it. */
#ifndef SIDECALL_CHECK_REASONS_H
#define SIDECALL_CHECK_REASONS_H

#include "client/runtime/channel.h"

/* What a server that sends this instead of what is right has most likely done; `at` is the first
 * byte that differs.  NULL: the bytes do not say. */
const char *reason_of(const struct message *message, const struct buffer *right, size_t at);

/* The same where a reply has another id than its call; `framed`, where a message has no length in
 * front: its own length. */
const char *reason_of_id(uint32_t is, uint32_t has_to_be, size_t framed);

#endif
