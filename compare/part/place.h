/* Values of a document, and where they are. */
#ifndef SIDECALL_COMPARE_PART_PLACE_H
#define SIDECALL_COMPARE_PART_PLACE_H

#include "compare/part/figures.h"

struct place {
	const json_t *value; /* NULL where there is none */
	char at[96];         /* as in "/time/latency/3" (RFC 6901) */
};

struct place place_of_document(const json_t *document);
struct place place_member(struct place of, const struct figure *figure);
struct place place_item(struct place of, size_t i);

#endif
