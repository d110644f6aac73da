/*
 * Sockets that a service manager opened for us, so that they are there before us and after us
 * (sd_listen_fds(3)): LISTEN_FDS of them, from descriptor 3 on, for the process LISTEN_PID.
 *
 * What a descriptor is tells which transport is served there, and its address the rest, by the
 * defaults that an endpoint has anyway: raw at port 7117 and at raw.sock, raw.shm and raw.fifo;
 * shared memory at NAME.shm; rpc everywhere else.  A name in LISTEN_FDNAMES (FileDescriptorName= of
 * a .socket unit) that is a protocol, or a protocol and a transport, as rpc or raw+shm, says
 * otherwise.
 */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_ACTIVATION_H
#define SIDECALL_PROGRAMS_SIDECALLD_ACTIVATION_H

#include "server/runtime/svc_internal.h"

struct activation {
	unsigned int count; /* of descriptors, from ACTIVATION_FIRST on */
	char *names;        /* of all, with colons between them; NULL: they have none */
};

#define ACTIVATION_FIRST 3

/* Takes what the environment says out of it; the descriptors are not passed on to anybody.  To be
 * called before anything is opened.  0 or -errno.  activation_release() frees the names. */
int activation_take(struct activation *activation);
void activation_release(struct activation *activation);

/* Listens at all of them; who comes when we stop is left to whoever comes after us.  NULL, or what
 * is wrong, which is in `why`. */
const char *activation_listen(const struct activation *activation, struct sidecall_svc *svc,
			      char why[SIDECALL_SVC_WHY]);

#endif
