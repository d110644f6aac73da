/*
 * What closes descriptors, in the place of the C library's functions of the same name: a program
 * that closes all but what it knows of does not mean those that we serve by.  For it they are not
 * there.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/preload/takeover.h"

#define IN_PLACE __attribute__((visibility("default")))

IN_PLACE int close(int fd)
{
	if (fd < 0 || takeover_next_kept(fd) != fd)
		return (int)syscall(SYS_close, fd);
	errno = EBADF;
	return -1;
}

static int next_kept(unsigned int first, unsigned int last)
{
	int kept = first <= INT_MAX ? takeover_next_kept((int)first) : -1;

	return kept >= 0 && (unsigned int)kept <= last ? kept : -1;
}

IN_PLACE int close_range(unsigned int first, unsigned int last, int flags)
{
	bool wrong = first > last;
	int kept;

	while (!wrong && first <= last && (kept = next_kept(first, last)) >= 0) {
		if ((unsigned int)kept > first &&
		    syscall(SYS_close_range, first, (unsigned int)kept - 1, flags) < 0)
			return -1;
		first = (unsigned int)kept + 1;
	}
	return wrong || first <= last ? (int)syscall(SYS_close_range, first, last, flags) : 0;
}

/* Linux has had close_range(2) since 5.9. */
IN_PLACE void closefrom(int first)
{
	unsigned int from = first < 0 ? 0 : (unsigned int)first;

	if (close_range(from, UINT_MAX, 0) == 0)
		return;
	for (int fd = (int)from; fd < getdtablesize(); fd++)
		close(fd);
}
