/* Results as JSON. */
#ifndef SIDECALL_CLIENT_JSON_H
#define SIDECALL_CLIENT_JSON_H

#include <jansson.h>

#include "client/results.h"
#include "idl/fileinfo.h"

/*
 * An object of the result as the contract has it, with its status by name, as a new reference; NULL
 * when out of memory.  Bytes that are no UTF-8 become U+FFFD, and stand beside that as hexadecimal
 * figures ("name_hex"), so that nothing is lost.  Numbers beyond 63 bits are given as text.
 */
json_t *json_result(const struct result_kind *kind, const void *result);

/* One entry of a directory, with its path below the listed one instead of its name. */
json_t *json_entry(const char *path, const fileinfo_entry *entry);

/* Adds a string that may not be UTF-8. */
void json_set_bytes(json_t *object, const char *key, const char *bytes);

/* Writes the value on one line of standard output and drops the reference. */
void json_print(json_t *value);

#endif
