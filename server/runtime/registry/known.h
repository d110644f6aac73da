/* Where an entry of rpcbind's leads. */
#ifndef SIDECALL_SERVER_RUNTIME_REGISTRY_KNOWN_H
#define SIDECALL_SERVER_RUNTIME_REGISTRY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

enum known_state {
	KNOWN_GONE,   /* nobody listens there, or who does has not this program */
	KNOWN_SILENT, /* somebody may: nobody answers in time, or who is there hangs up */
	KNOWN_ALIVE,  /* a server of the program answers */
};

/* Calls the null procedure at the address of an entry, which has so many milliseconds to answer.
 * 0: what is known without waiting, as that nobody listens on this machine. */
enum known_state known_look(const struct rpcb *known, int64_t time);

/* A universal address as people write it: 127.0.0.1:42331 for 127.0.0.1.165.91; a path as it is. */
void known_address(const char *address, char *text, size_t size);

/* Whether an address of the same netid is one that only whoever listens at `ours` can have: the
 * same, or the same port where one of both stands for all addresses. */
bool known_is_same(const char *address, const char *ours);

#endif
