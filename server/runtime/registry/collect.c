/* Which entries there are to be: each program at each address of ours. */
#include "server/runtime/registry/collect.h"

#include "server/runtime/log.h"

size_t collect_most(const struct registry_order *order)
{
	size_t programs = 0, count = 0;

	for (const struct sidecall_svc_program *p = order->programs; p && p->program; p++)
		programs++;
	for (const struct listener *l = order->listeners ? order->listeners->first : NULL; l;
	     l = l->next)
		count++;
	return programs * count + order->entry_count;
}

/* rpcbind has one place for a program, version and netid: the first listener of a kind gets it. */
static size_t add(struct entry *entries, size_t count, const struct entry *entry)
{
	const struct rpcb place = { .r_prog = entry->program,
				    .r_vers = entry->version,
				    .r_netid = (char *)entry->netid };

	if (!entry_of(entries, count, &place)) {
		entries[count] = *entry;
		return 1;
	}
	log_line(LOG_WARNING,
		 "program %u version %u is not registered for %s at %s: rpcbind has one place for "
		 "it, and an address listed before has it",
		 (unsigned int)entry->program, (unsigned int)entry->version, entry->netid,
		 entry->address);
	return 0;
}

static size_t add_listener(const struct registry_order *order, const struct listener *listener,
			   struct entry *entries, size_t count)
{
	struct entry entry = { .stays = listener->custody == CUSTODY_KEPT };
	size_t before = count;

	if (listener->endpoint.protocol == ENDPOINT_RAW ||
	    !entry_set_address(&entry, &listener->endpoint))
		return 0;
	for (const struct sidecall_svc_program *p = order->programs; p->program; p++) {
		if (p->program == order->local_program &&
		    listener->endpoint.transport == ENDPOINT_UDP)
			continue;
		entry.program = p->program;
		entry.version = p->version;
		entry.name = p->name;
		count += add(entries, count, &entry);
	}
	return count - before;
}

size_t collect_entries(const struct registry_order *order, struct entry *entries)
{
	size_t count = 0;

	if (order->listeners)
		for (const struct listener *l = order->listeners->first; l; l = l->next)
			count += add_listener(order, l, entries, count);
	for (size_t i = 0; i < order->entry_count; i++)
		entries[count++] = order->entries[i];
	return count;
}
