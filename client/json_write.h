/* JSON as text: numbers with the fewest figures, and no control character as it is. */
#ifndef SIDECALL_CLIENT_JSON_WRITE_H
#define SIDECALL_CLIENT_JSON_WRITE_H

#include <stdio.h>

#include <jansson.h>

/* A number of a result, as a new reference: 42, not 42.0; one that is not finite is text. */
json_t *json_double(double number);

/* Writes a value on one line, or in lines that are indented by so many blanks.  Whole numbers that
 * are no integers keep their ".0". */
void json_write(FILE *file, const json_t *value, int indent);

/* The same into memory, to be freed; NULL when out of memory. */
char *json_written(const json_t *value, int indent);

#endif
