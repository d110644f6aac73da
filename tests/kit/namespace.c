/* A network, and mounts, that are this process's own. */
#include "tests/kit/namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/namespaces.h"

const char *namespace_enter(int flags)
{
	static struct failure failure; /* a test has it printed when it is over */

	return namespaces_enter(flags, &failure) == 0 ? NULL : failure.why;
}

static const char *add_address(const char *host)
{
	struct ifreq request = { .ifr_name = "lo:1" };
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *why;

	inet_pton(AF_INET, host, &address.sin_addr);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	why = ioctl(fd, SIOCSIFADDR, &request) < 0 ? strerror(errno) : NULL;
	close(fd);
	return why;
}

const char *namespace_enter_with(const char *host)
{
	const char *why = namespace_enter(CLONE_NEWNET);

	return why ? why : add_address(host);
}
