/* Captures: tshark takes them apart, with a dissector of ours. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_CAPTURE_H
#define SIDECALL_PROGRAMS_SIDECALL_CAPTURE_H

#include "programs/sidecall/contracts.h"
#include "trace/capture.h"

#define CAPTURE_PORTS 16

/* What an option says: ports whose messages are of the contract. */
struct capture_ports {
	unsigned int numbers[CAPTURE_PORTS];
	size_t count;
};

/* Whether bytes begin like a capture, or like a compressed one. */
bool is_capture(const struct buffer *begin);

/*
 * Explains the messages in a capture, of which `begin` was read.  `path` is its name, for advice.
 * 0, or the failure's code.
 */
int capture_decode(const struct contracts *contracts, const struct capture_ports *ports,
		   struct decoder *decoder, int fd, const struct buffer *begin, const char *path,
		   struct failure *failure);

#endif
