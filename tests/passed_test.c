/* Descriptors that a client passes along with nothing: whoever closes them may wait as long as the
 * client likes, and that is no worker. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define PATIENCE (HARNESS_PATIENCE * 1000) /* milliseconds */
#define LINGERS  (3 * HARNESS_PATIENCE)    /* seconds that a close takes: longer than all else */

/* A null call by raw messages, and how long its reply is. */
static const uint8_t null_call[] = { 0, 0, 0, 8, 0, 0, 0, 7, 0, 1, 0, 0 };

static int connect_to(const struct daemon *daemon, const char *prefix)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in host = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct endpoint endpoint;
	bool tcp;
	int fd;

	CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, daemon_endpoint(daemon, prefix)));
	tcp = endpoint.transport == ENDPOINT_TCP;
	if (!tcp)
		memcpy(path.sun_path, endpoint.path, strlen(endpoint.path) + 1);
	host.sin_port = htons((in_port_t)endpoint.port);
	fd = socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(fd, tcp ? (struct sockaddr *)&host : (struct sockaddr *)&path,
			  tcp ? sizeof(host) : sizeof(path)),
		  0);
	return fd;
}

static bool is_answered(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	uint8_t reply[64];

	return send(fd, null_call, sizeof(null_call), MSG_NOSIGNAL) == sizeof(null_call) &&
	       poll(&waiting, 1, PATIENCE) == 1 && recv(fd, reply, sizeof(reply), 0) == 12;
}

/* A connection whose last close waits: it has bytes that the other end, `peer`, does not take. */
static int make_lingering(int *peer)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = LINGERS };
	struct sockaddr_in host = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static const char bytes[65536];
	socklen_t length = sizeof(host);

	CHECK_INT(bind(listener, (struct sockaddr *)&host, sizeof(host)), 0);
	CHECK_INT(listen(listener, 1), 0);
	CHECK_INT(getsockname(listener, (struct sockaddr *)&host, &length), 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&host, sizeof(host)), 0);
	*peer = accept(listener, NULL, NULL);
	close(listener);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	return fd;
}

/* Passes the descriptor, which is closed here, along with one byte. */
static void pass(int socket, int descriptor)
{
	char byte = 0;
	struct iovec part = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
	CHECK_INT(sendmsg(socket, &message, MSG_NOSIGNAL), 1);
	close(descriptor);
}

/* One worker, and a kernel that refuses nothing. */
static void start(struct daemon *daemon)
{
	const char *const options[] = { "--workers", "1",        "--max-per-address",
					"1",         "--listen", "raw+tcp://127.0.0.1:0",
					"--listen",  "raw+unix", "--listen",
					"raw+shm",   NULL };

	setenv("SIDECALL_WITHOUT", "passrights", 1);
	CU_ASSERT_FATAL(daemon_start(daemon, NULL, options));
	unsetenv("SIDECALL_WITHOUT");
}

/* Who passes it is a client that is served, `before` being NULL; or one that is sent away, because
 * that is the same user's and all he may have. */
static void check_passed(const char *prefix, const char *before)
{
	int honest, hostile, peer, first = -1;
	struct daemon daemon;

	start(&daemon);
	honest = connect_to(&daemon, "raw+tcp");
	CU_ASSERT(is_answered(honest));
	if (before) {
		first = connect_to(&daemon, before);
		CU_ASSERT(is_answered(first));
	}
	process_halt(daemon.pid, SIGSTOP); /* it comes with the connection */
	hostile = connect_to(&daemon, prefix);
	pass(hostile, make_lingering(&peer));
	kill(daemon.pid, SIGCONT);
	/* Its session ends, and with that its peer is gone. */
	CU_ASSERT(poll(&(struct pollfd){ .fd = hostile, .events = POLLRDHUP }, 1, PATIENCE) == 1);
	CU_ASSERT(is_answered(honest));
	CU_ASSERT(is_answered(honest)); /* if the first one was answered just before */
	close(hostile);
	close(first);
	close(peer); /* so the close is over */
	CU_ASSERT(is_answered(honest));
	close(honest);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_session(void)
{
	check_passed("raw+unix", NULL);
	check_passed("raw+shm", NULL);
}

static void test_sent_away(void)
{
	check_passed("raw+unix", "raw+unix");
	check_passed("raw+shm", "raw+unix");
}

int main(void)
{
	static const struct test tests[] = {
		{ "with a session", test_session },
		{ "by one who is sent away", test_sent_away },
		{ 0 },
	};

	return harness_run("passed", tests);
}
