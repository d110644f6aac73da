/* Values as text: how the fields of a message are shown. */
#ifndef SIDECALL_TRACE_VALUE_H
#define SIDECALL_TRACE_VALUE_H

#include <stddef.h>
#include <stdint.h>

#define VALUE_MAX_BYTES 4096                      /* in the longest string shown */
#define VALUE_SIZE      (VALUE_MAX_BYTES * 4 + 8) /* room for any value, and its zero byte */

/* Each writes a text that ends in a zero byte, cut to the room there is. */
void value_string(char *text, size_t size, const uint8_t *bytes, size_t length); /* "a\n" */
void value_hex(char *text, size_t size, const uint8_t *bytes, size_t length);    /* 0aff */
void value_seconds(char *text, size_t size, int64_t seconds); /* since 1970, and the date */

#endif
