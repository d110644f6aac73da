/* Which entries there are to be. */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_COLLECT_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_COLLECT_H

#include "server/runtime/registry/registry.h"

/* How many there can be. */
size_t collect_most(const struct registry_order *order);

/* Puts them there, which has room for so many: each program at each rpc listener, as far as there
 * is one place for it, which is said where there is not; and those that are given.  How many. */
size_t collect_entries(const struct registry_order *order, struct entry *entries);

#endif
