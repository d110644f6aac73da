/* Descriptors that a peer passes over a Unix socket, when nobody asked for any. */
#include "common/rights.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* younger than our headers */
#endif

bool rights_refuse(int socket)
{
	const char *without = getenv("SIDECALL_WITHOUT"); /* a kernel as it was: in tests */
	const int off = 0;

	if (without && strstr(without, "passrights"))
		return false;
	return setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off)) == 0;
}

ssize_t rights_read(int socket, void *bytes, size_t size, int taken[RIGHTS_MOST],
		    unsigned int *count)
{
	struct iovec part = { bytes, size };
	union {
		char bytes[CMSG_SPACE(RIGHTS_MOST * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *rights = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

	*count = 0;
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
		*count = (unsigned int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(taken, CMSG_DATA(rights), *count * sizeof(int));
	}
	return n;
}
