/* Whether what is done with a descriptor waits. */
#include "common/blocking.h"

#include <errno.h>
#include <fcntl.h>

int blocking_set(int fd, bool blocks)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}
