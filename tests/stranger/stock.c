/* The guest book's server as rpcgen's user has it: libtirpc's svc_run().  stock tcp|udp|unix PATH
 * prints its endpoint once it listens. */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guestbook.h"

void guestbook_prog_1(struct svc_req *request, SVCXPRT *transport);

static int listen_at(const struct sockaddr *address, socklen_t length, int type)
{
	int fd = socket(address->sa_family, type, 0);

	if (fd < 0 || bind(fd, address, length) < 0)
		err(EXIT_FAILURE, "cannot listen");
	if (type == SOCK_STREAM && listen(fd, 8) < 0)
		err(EXIT_FAILURE, "cannot listen");
	return fd;
}

static int listen_on_host(const char *transport, int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = listen_at((struct sockaddr *)&address, length, type);

	getsockname(fd, (struct sockaddr *)&address, &length);
	printf("rpc+%s://127.0.0.1:%d\n", transport, ntohs(address.sin_port));
	return fd;
}

static int listen_at_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = listen_at((struct sockaddr *)&address, sizeof(address), SOCK_STREAM);
	printf("rpc+unix:%s\n", path);
	return fd;
}

int main(int argc, char **argv)
{
	bool_t udp = argc > 1 && strcmp(argv[1], "udp") == 0;
	int fd = argc == 3 && strcmp(argv[1], "unix") == 0
			 ? listen_at_path(argv[2])
			 : listen_on_host(udp ? "udp" : "tcp", udp ? SOCK_DGRAM : SOCK_STREAM);
	SVCXPRT *transport = udp ? svc_dg_create(fd, 0, 0) : svc_vc_create(fd, 0, 0);

	if (!transport || !svc_reg(transport, GUESTBOOK_PROG, GUESTBOOK_V1, guestbook_prog_1, NULL))
		errx(EXIT_FAILURE, "libtirpc makes no server of it");
	fflush(stdout);
	svc_run();
	return EXIT_FAILURE;
}
