/* Clients of a peer that a test chooses: from an address of the loopback network, or a user. */
#ifndef SIDECALL_TESTS_KIT_OTHER_PEER_H
#define SIDECALL_TESTS_KIT_OTHER_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buffer.h"
#include "common/endpoint.h"
#include "tests/kit/process.h"

#define OTHER_PEER_HOST "127.0.0.2" /* another peer than the 127.0.0.1 of all other clients */
#define OTHER_PEER_USER 65534       /* another peer than root */

/* How a call by hand ended. */
enum other_peer_answer {
	OTHER_PEER_ANSWERED,
	OTHER_PEER_BUSY,
	OTHER_PEER_TOO_LARGE, /* by rpc, which has no word for it, and for BUSY, both are
				 OTHER_PEER_BUSY */
	OTHER_PEER_REFUSED,   /* for another reason */
	OTHER_PEER_CLOSED,
	OTHER_PEER_SILENT
};

/* A socket that is connected to a tcp, udp or unix endpoint, from this host (unix: NULL), whose
 * reads end when patience does; -1 when there is none to be had. */
int other_peer_connect(const struct endpoint *endpoint, const char *host);

/* Makes one call and waits for its reply, whose result alone is put into `result`; a datagram that
 * gets none is sent again. */
enum other_peer_answer other_peer_call(int fd, const struct endpoint *endpoint, uint32_t id,
				       const char *procedure, const void *arguments,
				       struct buffer *result);

/* Whether add() is answered right. */
bool other_peer_adds(int fd, const struct endpoint *endpoint);

/* Lets other users call this daemon, too, by unix and shm.  False unless this is root. */
bool other_peer_admit_users(const struct daemon *daemon);

/* Whose connections this process makes from now on: that user's, or root's again.  Harmless unless
 * this is root. */
void other_peer_become(uid_t user);

#endif
