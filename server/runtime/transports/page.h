/*
 * A page that is read by HTTP/1.1 (RFC 9112), as metrics are: one path, one request a connection.
 * It is a session like others: its reader is a peer, with a peer's turns, limits and time-outs.
 */
#ifndef SIDECALL_SERVER_RUNTIME_TRANSPORTS_PAGE_H
#define SIDECALL_SERVER_RUNTIME_TRANSPORTS_PAGE_H

#include "server/runtime/listener.h"

struct page {
	const char *path; /* "/metrics" */
	/* Appends what it says now, in the form that the reader prefers by his Accept field (RFC
	 * 9110, section 12.5.1; "" for none); and of what type that is.  0 or -ENOMEM. */
	int (*write)(const struct watched *watched, const void *context, const char *accept,
		     struct buffer *text, const char **type);
	const void *context;
};

/* Listens for readers at each address that the endpoint's host and port mean.  NULL, or what is
 * wrong. */
const char *page_listen(struct listeners *listeners, const struct endpoint *endpoint,
			char why[SIDECALL_SVC_WHY]);

#endif
