/* Raw messages: from the bytes of a call to the bytes of its reply.  docs/protocol.md, "raw". */
#ifndef RAW_H
#define RAW_H

#include <stddef.h>
#include <stdint.h>

#define RAW_HEADER     8
#define RAW_MOST       65536 /* bytes in a message that we take */
#define RAW_MOST_REPLY 64    /* bytes in any of our replies */

/* Writes the reply to a message, and returns its length; 0 where the message is no call, and must
 * not get one. */
size_t raw_answer(const uint8_t *message, size_t length, uint8_t reply[RAW_MOST_REPLY]);

/* Whether to execute a call twice does harm: it may come twice where messages get lost. */
int raw_changes_something(const uint8_t *message, size_t length);

#endif
