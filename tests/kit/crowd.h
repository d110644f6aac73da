/* Clients of a peer that a test chooses: from an address of the loopback network, or a user. */
#ifndef SIDECALL_TESTS_KIT_CROWD_H
#define SIDECALL_TESTS_KIT_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buffer.h"
#include "common/endpoint.h"
#include "tests/kit/process.h"

#define CROWD_HOST "127.0.0.2" /* another peer than the 127.0.0.1 of all other clients */
#define CROWD_USER 65534       /* another peer than root */

/* How a call by hand ended. */
enum crowd_answer {
	CROWD_ANSWERED,
	CROWD_BUSY,
	CROWD_TOO_LARGE, /* by rpc, which has no word for it, and for BUSY, both are CROWD_BUSY */
	CROWD_REFUSED,   /* for another reason */
	CROWD_CLOSED,
	CROWD_SILENT
};

/* A socket that is connected to a tcp, udp or unix endpoint, from this host (unix: NULL), whose
 * reads end when patience does; -1 when there is none to be had. */
int crowd_connect(const struct endpoint *endpoint, const char *host);

/* Makes one call and waits for its reply, whose result alone is put into `result`; a datagram that
 * gets none is sent again. */
enum crowd_answer crowd_call(int fd, const struct endpoint *endpoint, uint32_t id,
			     const char *procedure, const void *arguments, struct buffer *result);

/* Whether add() is answered right. */
bool crowd_adds(int fd, const struct endpoint *endpoint);

/* Lets other users call this daemon, too, by unix and shm.  False unless this is root. */
bool crowd_admit_users(const struct daemon *daemon);

/* Whose connections this process makes from now on: that user's, or root's again.  Harmless unless
 * this is root. */
void crowd_become(uid_t user);

/* As many descriptors as this process may have. */
unsigned int crowd_raise_descriptors(void);

#endif
