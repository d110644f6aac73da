/* What rpcbind is asked, none of which changes anything, and its results taken apart (RFC 1833). */
#ifndef SIDECALL_CHECK_RPCBIND_H
#define SIDECALL_CHECK_RPCBIND_H

#include "check/exchange.h"

#define RPCBIND_PROGRAM UINT32_C(100000)
#define RPCBIND_PORT    111
#define RPCBIND_GET     3 /* the procedure: GETPORT of version 2, GETADDR of the others */
#define RPCBIND_DUMP    4
#define RPCBIND_TEXT    128 /* bytes of a name or an address, with its zero byte */
#define RPCBIND_ENTRIES 512 /* of a list, that are looked at */

/* An entry: a protocol and a port in version 2, a netid and an address in the others. */
struct rpcbind_entry {
	uint32_t program, version, protocol, port;
	char netid[RPCBIND_TEXT], address[RPCBIND_TEXT];
};

struct rpcbind_list {
	struct rpcbind_entry *entries;
	size_t count;
};

/*
 * Each asks in a version of rpcbind's, and takes the result apart.  False: there is none, or it is
 * no such result; the exchange's outcome says which.
 */
bool rpcbind_get(struct exchange *exchange, uint32_t version, const struct rpcbind_entry *wanted,
		 struct rpcbind_entry *got);
bool rpcbind_dump(struct exchange *exchange, uint32_t version, struct rpcbind_list *list);
void rpcbind_release(struct rpcbind_list *list);

/* The port in a universal address: of IPv4, as 127.0.0.1.0.111, or of IPv6 (RFC 5665, sections
 * 5.2.3.3 and 5.2.3.4).  -1: it is none. */
int rpcbind_port(const char *netid, const char *address);

/* Whether a netid is one of theirs: tcp, udp, tcp6, udp6; and that of a connection. */
bool rpcbind_has_port(const char *netid);
void rpcbind_netid(const struct exchange *exchange, char netid[RPCBIND_TEXT]);

/*
 * Which port a version names for this program and version by the netid of the connection, asked
 * over that; 0: none.  -1: it says nothing, and the outcome says why.
 */
int rpcbind_ask_port(struct exchange *exchange, uint32_t version, uint32_t program,
		     uint32_t program_version);

#endif
