/* What is to be in rpcbind: one program and version, at one address of ours. */
#include "server/runtime/registry/entry.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/runtime/log.h"
#include "server/runtime/loop.h"
#include "server/runtime/registry/known.h"

bool entry_set_address(struct entry *entry, const struct endpoint *endpoint)
{
	bool ipv6 = strchr(endpoint->host, ':');
	unsigned int port = (unsigned int)endpoint->port;
	char path[PATH_MAX];

	if (endpoint_has_host(endpoint)) {
		entry->netid = endpoint->transport == ENDPOINT_UDP ? ipv6 ? "udp6" : "udp"
			       : ipv6                              ? "tcp6"
								   : "tcp";
		snprintf(entry->address, sizeof(entry->address), "%s.%u.%u", endpoint->host,
			 port >> 8, port & 0xff);
		return true;
	}
	if (endpoint->transport != ENDPOINT_UNIX || !realpath(endpoint->path, path) ||
	    strlen(path) >= sizeof(entry->address))
		return false;
	entry->netid = "local";
	memcpy(entry->address, path, strlen(path) + 1);
	return true;
}

const struct entry *entry_of(const struct entry *entries, size_t count, const struct rpcb *place)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].program == place->r_prog && entries[i].version == place->r_vers &&
		    strcmp(entries[i].netid, place->r_netid) == 0)
			return &entries[i];
	return NULL;
}

static struct rpcb as_rpcb(const struct entry *entry)
{
	return (struct rpcb){ .r_prog = entry->program,
			      .r_vers = entry->version,
			      .r_netid = (char *)entry->netid,
			      .r_addr = (char *)entry->address,
			      .r_owner = (char *)"" };
}

/* ---- into rpcbind, and out of it ---- */

/* A server that hangs has an entry for each program at the same address: it is waited for once.
 * Several that hang leave half of the time to those behind them. */
static enum known_state look_once(struct look *look, const struct rpcb *known)
{
	enum known_state state = KNOWN_SILENT;
	int64_t began = loop_clock();

	if (!*look->silent || strcmp(look->silent, known->r_addr) != 0)
		state = known_look(known, look->left / 2);
	look->left -= loop_clock() - began;
	if (look->left < 0)
		look->left = 0;
	if (state == KNOWN_SILENT)
		snprintf(look->silent, sizeof(look->silent), "%s", known->r_addr);
	return state;
}

/* ENTRY_REGISTERED when the place is free for us. */
static enum entry_wrong make_room(struct look *look, const struct rpcb *known,
				  const struct entry *entry)
{
	enum known_state state = KNOWN_GONE;

	if (!look->replace && !known_is_same(known->r_addr, entry->address))
		state = look_once(look, known);
	if (state != KNOWN_GONE)
		return state == KNOWN_ALIVE ? ENTRY_ALIVE : ENTRY_SILENT;
	return rpcbind_unset(&look->rpcbind, known) ? ENTRY_REGISTERED : ENTRY_ANOTHER;
}

static void set_wrong(struct entry *entry, enum entry_wrong wrong, const struct rpcb *known)
{
	entry->said = entry->said && entry->wrong == wrong;
	entry->wrong = wrong;
	if (wrong == ENTRY_ANOTHER)
		snprintf(entry->about, sizeof(entry->about), "%s", known->r_owner);
	else if (known)
		known_address(known->r_addr, entry->about, sizeof(entry->about));
}

void entry_register(struct look *look, struct entry *entry)
{
	const struct rpcb ours = as_rpcb(entry), *known = rpcbind_find(&look->rpcbind, &ours);
	enum entry_wrong wrong = ENTRY_REGISTERED;

	if (!known || strcmp(known->r_addr, entry->address) != 0) {
		if (known)
			wrong = make_room(look, known, entry);
		if (!wrong && !rpcbind_set(&look->rpcbind, &ours))
			wrong = ENTRY_REFUSED;
	}
	set_wrong(entry, wrong, known);
}

void entry_unregister(struct look *look, struct entry *entry)
{
	const struct rpcb ours = as_rpcb(entry), *known = rpcbind_find(&look->rpcbind, &ours);

	if (known && !entry->stays && strcmp(known->r_addr, entry->address) == 0 &&
	    !rpcbind_unset(&look->rpcbind, &ours))
		log_line(LOG_WARNING,
			 "rpcbind keeps the entry for program %#x at %s: it belongs to %s",
			 (unsigned int)entry->program, entry->address, known->r_owner);
}

bool entry_tidy(struct look *look, const struct rpcb *known)
{
	return look_once(look, known) == KNOWN_GONE && rpcbind_unset(&look->rpcbind, known);
}

/* ---- what is wrong ---- */

static const char *explain(const struct entry *entry, const char *take_over, char *text,
			   size_t size)
{
	switch (entry->wrong) {
	case ENTRY_ALIVE:
	case ENTRY_SILENT:
		snprintf(text, size, "another server has the place, %s %s. End that one%s%s%s",
			 entry->wrong == ENTRY_ALIVE
				 ? "and is alive, at"
				 : "and may be alive though it does not answer, at",
			 entry->about, take_over ? ", or say " : "", take_over ? take_over : "",
			 take_over ? " to take the place" : "");
		break;
	case ENTRY_ANOTHER:
		snprintf(text, size,
			 "another server's entry is in the way, which only root may remove "
			 "(rpcinfo -d): it belongs to %s",
			 entry->about);
		break;
	default:
		snprintf(text, size, "rpcbind refused it");
	}
	return text;
}

void entry_say(const struct entry *first, size_t alike, size_t all, const char *take_over,
	       const char *way_out)
{
	char address[ENTRY_ADDRESS], why[2 * ENTRY_ADDRESS];

	known_address(first->address, address, sizeof(address));
	log_line(LOG_WARNING,
		 "rpcbind does not name us for %zu of %zu entries, as %s version %u (program %u, "
		 "%s, %s): %s%s%s",
		 alike, all, first->name ? first->name : "a program,", (unsigned int)first->version,
		 (unsigned int)first->program, first->netid, address,
		 explain(first, take_over, why, sizeof(why)), way_out ? ", or say " : "",
		 way_out ? way_out : "");
}
