/* The sockets that our servers wait at. */
#include "address.h"

#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define QUEUE 64 /* clients that may wait to be accepted */

/* An address and a port: together they are the name of our end, which clients have to know. */
int bind_port(const char *protocol, int type, const char *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t size = sizeof(here);
	int fd = socket(AF_INET, type, 0), on = 1;

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	here.sin_port = htons((uint16_t)atoi(port));
	/* Connections of a server before us may linger at the port; that is no reason to fail. */
	if (fd < 0 ||
	    (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0))
		err(EXIT_FAILURE, "socket");
	if (bind(fd, (struct sockaddr *)&here, size) < 0)
		err(EXIT_FAILURE, "port %s", port);
	if (type == SOCK_STREAM && listen(fd, QUEUE) < 0)
		err(EXIT_FAILURE, "listen");
	getsockname(fd, (struct sockaddr *)&here, &size);
	printf("%s+%s://127.0.0.1:%d\n", protocol, type == SOCK_STREAM ? "tcp" : "udp",
	       ntohs(here.sin_port));
	fflush(stdout);
	return fd;
}

int bind_path(const char *path)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(here.sun_path))
		errx(EXIT_FAILURE, "%s: the path is too long", path);
	strcpy(here.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, QUEUE) < 0)
		err(EXIT_FAILURE, "%s", path);
	printf("raw+unix:%s\n", path);
	fflush(stdout);
	return fd;
}

static const char *left_behind;

static void leave(int signal)
{
	(void)signal;
	unlink(left_behind);
	_exit(EXIT_SUCCESS);
}

void remove_at_end(const char *path)
{
	left_behind = path;
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
}
