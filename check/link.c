/* The way of a case to the server, by any transport. */
#include "check/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/meeting.h"
#include "check/server.h"
#include "client/runtime/stream.h"
#include "client/runtime/transports/hosts.h"
#include "client/runtime/transports/local.h"
#include "client/runtime/transports/udp.h"

#define MEETINGS 8

int link_stream(struct link *link, const struct endpoint *endpoint, int in, int out,
		struct failure *failure)
{
	link->in = in;
	link->out = out;
	link->channel = stream_channel(in, out, channel_framing(endpoint));
	return link->channel ? 0 : failure_system(failure, ENOMEM, "cannot connect");
}

/* ---- sockets ---- */

static int connect_socket(const struct endpoint *endpoint, int64_t deadline, int *fd,
			  struct failure *failure)
{
	int type = endpoint->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;

	if (endpoint_has_host(endpoint))
		return connect_to_host(endpoint, type, deadline, fd, failure);
	return connect_to_path(endpoint, deadline, fd, failure);
}

static int open_socket(struct link *link, const struct endpoint *endpoint, int64_t deadline,
		       struct failure *failure)
{
	const int on = 1;
	int fd, code = connect_socket(endpoint, deadline, &fd, failure);

	if (code)
		return code;
	/* A byte that is written alone is a segment of its own. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (endpoint->transport != ENDPOINT_UDP)
		return link_stream(link, endpoint, fd, fd, failure);
	link->in = link->out = fd;
	link->channel = udp_channel(fd);
	return link->channel ? 0 : failure_system(failure, ENOMEM, "cannot connect");
}

/* ---- pipes ---- */

static void end_server(pid_t server, bool late)
{
	(void)late;
	check_server_stop(server);
}

static int open_pipe(struct link *link, const struct endpoint *endpoint, struct failure *failure)
{
	struct pipe_server server;
	int code = check_server_start(endpoint, &server, failure);

	if (code)
		return code;
	code = link_stream(link, endpoint, server.replies, server.calls, failure);
	link->server = server.process;
	if (code)
		check_server_stop(server.process);
	else
		stream_set_child(link->channel, server.process, end_server);
	return code;
}

/* ---- named pipes ---- */

static int meet(struct link *link, const struct endpoint *endpoint, int64_t deadline,
		struct failure *failure)
{
	struct meeting meeting;
	int code = meeting_welcome(&meeting, endpoint, deadline, failure);

	if (code == 0)
		code = meeting_open_calls(&meeting, failure);
	if (code == 0)
		code = link_stream(link, endpoint, meeting_take(&meeting.replies),
				   meeting_take(&meeting.calls), failure);
	meeting_end(&meeting);
	return code;
}

/* A server that is late in opening the calls has a case for that: in others it may be, now and
 * then, as clients of ours let it. */
static int open_fifos(struct link *link, const struct endpoint *endpoint, int64_t deadline,
		      struct failure *failure)
{
	int code = meet(link, endpoint, deadline, failure);

	for (int i = 1; code && failure->error == ESTALE && i < MEETINGS; i++)
		code = meet(link, endpoint, deadline, failure);
	return code;
}

/* ---- any ---- */

bool link_is_tried(const struct endpoint *endpoint)
{
	return endpoint->transport == ENDPOINT_PIPE || endpoint->transport == ENDPOINT_FIFO;
}

int link_try(struct check_target *target, struct failure *failure)
{
	struct link link = { 0 };
	int code;

	if (target->endpoint.transport == ENDPOINT_FIFO)
		return meeting_try(&target->endpoint, &target->held, failure);
	code = open_pipe(&link, &target->endpoint, failure);
	link_close(&link);
	return code;
}

int link_open(struct link *link, const struct endpoint *endpoint, int64_t deadline,
	      struct failure *failure)
{
	*link = (struct link){ .in = -1, .out = -1 };
	if (endpoint->transport == ENDPOINT_PIPE)
		return open_pipe(link, endpoint, failure);
	if (endpoint->transport == ENDPOINT_FIFO)
		return open_fifos(link, endpoint, deadline, failure);
	return open_socket(link, endpoint, deadline, failure);
}

void link_close(struct link *link)
{
	if (link->channel)
		channel_close(link->channel);
	*link = (struct link){ .in = -1, .out = -1 };
}

/* A pipe's descriptor stays the channel's, and leads to nothing. */
void link_end_input(struct link *link)
{
	int nothing;

	if (link->in == link->out) {
		shutdown(link->out, SHUT_WR);
		return;
	}
	nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup3(nothing, link->out, O_CLOEXEC);
	close(nothing);
}

static ssize_t write_some(const struct link *link, const uint8_t *bytes, size_t length)
{
	/* To a pipe that nobody reads it is an error, too: SIGPIPE is ignored. */
	return link->in == link->out ? send(link->out, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT)
				     : write(link->out, bytes, length);
}

/* Of a TCP connection the kernel tells what has arrived. */
static bool is_read(int fd)
{
	int left = 0;

	if (ioctl(fd, SIOCOUTQ, &left) < 0 && ioctl(fd, FIONREAD, &left) < 0)
		return true;
	return left == 0;
}

void link_await_read(const struct link *link, int64_t deadline)
{
	while (link->out >= 0 && !is_read(link->out) && clock_now() < deadline)
		poll(NULL, 0, 1);
}

int link_write(const struct link *link, const uint8_t *bytes, size_t length, int64_t deadline)
{
	while (length) {
		ssize_t n = write_some(link, bytes, length);
		int r = n >= 0 || errno == EINTR ? 0
			: errno != EAGAIN        ? -errno
						 : clock_wait(link->out, POLLOUT, deadline);

		if (r < 0)
			return r;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}
