/* What rpcbind has registered (RFC 1833). */
#ifndef SIDECALL_CLIENT_SERVICES_H
#define SIDECALL_CLIENT_SERVICES_H

#include "client/client.h"

/* An entry: a program and version on one transport. */
struct service {
	uint32_t program, version;
	char netid[16];    /* tcp, udp6, local, ... */
	char address[128]; /* a universal address, as in 127.0.0.1.0.111; a path; or "" */
	char owner[32];    /* who registered it; "" where that is not known */
};

/*
 * Asks the rpcbind at the client's endpoint for all entries, in version 4, 3, then 2, which knows
 * no owners.  The array is the caller's to free.  0 or the failure's code.
 */
int services_ask(struct client *client, struct service **services, size_t *count,
		 struct failure *failure);

/* A host's addresses in figures, one of each family; "" where it has none. */
struct service_host {
	char four[NI_MAXHOST], six[NI_MAXHOST];
};

/* The addresses of the host of the client's endpoint.  0 or the failure's code. */
int service_host_find(struct service_host *host, const struct client *client,
		      struct failure *failure);

/* Where an entry's program is, seen from a client of that host (NULL: this machine).  False when
 * its transport is none of ours, or the host has no address of its family. */
bool service_endpoint(const struct service *service, const struct service_host *host,
		      struct endpoint *endpoint);

enum service_state {
	SERVICE_ALIVE,
	SERVICE_GONE,    /* nobody listens there */
	SERVICE_SILENT,  /* nobody answers in time */
	SERVICE_ANOTHER, /* who listens is no server of the program */
};

/* Calls the null procedure of a program at an endpoint, and waits a second, or as long as that
 * client would if that is less. */
enum service_state service_look(const struct client *like, const struct endpoint *endpoint,
				rpcprog_t program, rpcvers_t version);

/* Connects a client to what rpcbind of this machine has registered for the program and version on a
 * Unix socket, else on udp.  Whether it is connected; else its endpoint is any of these. */
bool services_connect(struct client *client, rpcprog_t program, rpcvers_t version,
		      int64_t deadline);

#endif
