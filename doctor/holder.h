/* Who has a port or a socket of this machine's. */
#ifndef SIDECALL_DOCTOR_HOLDER_H
#define SIDECALL_DOCTOR_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/endpoint.h"

#define HOLDER_TEXT 96 /* bytes */

struct holder {
	uid_t uid;
	pid_t pid; /* 0: only root, or who owns it, may know */
};

/* Who listens at a port of any address: by tcp or udp.  False: nobody. */
bool holder_of_port(enum endpoint_transport transport, int port, struct holder *holder);

/* Who listens at a Unix socket.  0, or -errno when nobody can be connected to. */
int holder_of_socket(const char *path, struct holder *holder);

/* For people: "nc (process 4711 of user 1000)". */
void holder_describe(const struct holder *holder, char text[HOLDER_TEXT]);

/* Whether somebody stopped the process (SIGSTOP). */
bool holder_is_stopped(const struct holder *holder);

#endif
