/* A portmapper, or an rpcbind, of whichever versions a test likes, at a port of its own. */
#ifndef SIDECALL_TESTS_KIT_PORTMAPPER_H
#define SIDECALL_TESTS_KIT_PORTMAPPER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netdb.h>
#include <netinet/in.h>

#include "common/endpoint.h"

/* What it does when it is asked in a version that it lacks. */
enum portmapper_refusal {
	PORTMAPPER_MISMATCH, /* as RFC 5531 has it */
	PORTMAPPER_UNAVAIL,  /* no such program */
	PORTMAPPER_GARBAGE,  /* the arguments do not decode */
	PORTMAPPER_HANGS_UP  /* on a stream alone */
};

struct portmapper {
	/* The test's, before it is started. */
	enum endpoint_transport transport; /* tcp or udp */
	uint32_t low, high;                /* its versions */
	enum portmapper_refusal refusal;
	uint32_t program, version; /* that it knows, over its own transport; at this port */
	uint16_t port;

	/* Its own; what it was asked is there to be read once it is stopped. */
	uint32_t asked[16]; /* in which versions */
	size_t count;
	struct sockaddr_in address;
	struct addrinfo info; /* the same, as discover_at() takes it */
	int fd, stop[2];
	pthread_t thread;
};

/* False when there is no port to be had. */
bool portmapper_start(struct portmapper *portmapper);
void portmapper_stop(struct portmapper *portmapper);

#endif
