/* What a server has counted, as JSON. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_STATUS_JSON_H
#define SIDECALL_PROGRAMS_SIDECALL_STATUS_JSON_H

#include <jansson.h>

#include "programs/sidecall/calls_table.h"

/* {"server": ..., "calls": [...], "events": [...]}: the members of idl/status.x, and with each call
 * its names where there are any.  A new reference; NULL: out of memory. */
json_t *status_json(const struct contracts *contracts, struct counts *counts);

#endif
