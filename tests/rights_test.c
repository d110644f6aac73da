/* Descriptors that clients pass along with their calls, on Unix sockets and for shared memory: to
 * close them may take as long as their owner likes, and nobody else waits for that. */
#include "common/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compare/lab/wire.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINGER       30            /* seconds that a close takes, each */
#define DEADLINE     (10 * SECOND) /* of an honest call */
#define MESSAGES     8             /* with a descriptor, of each hostile client */
#define CLIENTS      16            /* more than any pool has places for one peer */
#define HUGE         ((off_t)1 << 40)

static const char *const attacked[] = { "raw+unix", "rpc+unix", "raw+shm", "rpc+shm" };

/* ---- descriptors that take long to close ---- */

static const struct linger at_once = { 1, 0 };

/* The far ends, which nobody reads. */
struct lingering {
	int far[CLIENTS * MESSAGES];
	unsigned int count;
};

static void fill(int fd)
{
	static const char bytes[65536];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
}

/* A TCP socket whose last close waits for a peer that does not read. */
static int make_lingering(struct lingering *lingering)
{
	const struct linger linger = { 1, LINGER };
	const int small = 4096;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), far;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	CU_ASSERT_FATAL(bind(listener, (struct sockaddr *)&address, length) == 0 &&
			listen(listener, 1) == 0);
	getsockname(listener, (struct sockaddr *)&address, &length);
	CU_ASSERT_FATAL(connect(fd, (struct sockaddr *)&address, length) == 0);
	far = accept(listener, NULL, NULL);
	CU_ASSERT_FATAL(far >= 0);
	lingering->far[lingering->count++] = far;
	close(listener);
	fill(fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	return fd;
}

/* Resets them all, which ends every wait. */
static void give_up(struct lingering *lingering)
{
	for (unsigned int i = 0; i < lingering->count; i++) {
		setsockopt(lingering->far[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(lingering->far[i]);
	}
	lingering->count = 0;
}

/* Sends bytes with a descriptor, of which this was the last reference here.  0 or -errno. */
static int send_with(int socket, const void *bytes, size_t length, int fd)
{
	struct iovec part = { (void *)bytes, length };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int r;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	r = sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
	if (r < 0) /* it is still ours, and we do not wait either */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	return r;
}

/* ---- hostile clients ---- */

static void make_call(struct buffer *call, const struct endpoint *endpoint)
{
	static const calc_operands operands = { 1, 2 };

	call_make(call, endpoint->protocol == ENDPOINT_RPC, true, 1, "add", &operands);
}

/* How many of its messages were taken. */
static unsigned int attack(const struct wire *wire, struct lingering *lingering)
{
	struct buffer call = { 0 };
	unsigned int sent = 0;

	make_call(&call, &wire->endpoint);
	while (sent < MESSAGES &&
	       send_with(wire->in, call.data, call.length, make_lingering(lingering)) == 0)
		sent++;
	buffer_release(&call);
	return sent;
}

static void check_served(const struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->count; i++) {
		const struct endpoint endpoint = call_endpoint(daemon->endpoints[i]);
		int64_t sum = call_add(&endpoint, DEADLINE, 2, 3);

		CHECK_THAT(sum == 5, "%s: add gave %d", daemon->endpoints[i], (int)sum);
		if (sum != 5)
			return; /* the others would wait as long */
	}
}

static void start_old(struct daemon *daemon)
{
	static const char *const options[] = { "--workers", "1", "--message-timeout", "2", NULL };

	setenv("SIDECALL_WITHOUT", "passrights", 1);
	CU_ASSERT_FATAL(daemon_start_everywhere(daemon, NULL, options));
	unsetenv("SIDECALL_WITHOUT");
}

/* Clients who send descriptors; and then stay, or go at once. */
static void check_attack(const char *prefix, bool stays)
{
	struct lingering lingering = { .count = 0 };
	struct wire wires[CLIENTS];
	struct endpoint endpoint;
	struct daemon daemon;
	int before;

	start_old(&daemon);
	check_served(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	before = observe_descriptors(daemon.pid);
	for (int i = 0; i < CLIENTS; i++)
		CU_ASSERT_FATAL(wire_connect(&wires[i], &endpoint));
	process_halt(daemon.pid, SIGSTOP); /* or it might close them first, and we would wait */
	for (int i = 0; i < CLIENTS; i++) {
		attack(&wires[i], &lingering);
		if (!stays)
			wire_close(&wires[i]);
	}
	kill(daemon.pid, SIGCONT);
	check_served(&daemon);
	give_up(&lingering);
	for (int i = 0; stays && i < CLIENTS; i++) {
		CHECK_THAT(wire_ends(&wires[i], HARNESS_PATIENCE * 1000), "%s: client %d stays",
			   prefix, i);
		wire_close(&wires[i]);
	}
	CHECK_THAT(observe_descriptors_until(daemon.pid, before) <= before,
		   "%s: descriptors do not come back", prefix);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_calls(void)
{
	for (size_t i = 0; i < COUNT(attacked); i++)
		check_attack(attacked[i], true);
}

static void test_going(void)
{
	for (size_t i = 0; i < COUNT(attacked); i++)
		check_attack(attacked[i], false);
}

/* The server does not read from it any more, and then it goes: what is in its queue goes with it.
 */
static void test_unread(void)
{
	static const char *const path = "huge";
	struct lingering lingering = { .count = 0 };
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	struct wire wire;
	char huge[128];
	int before, fd;

	start_old(&daemon);
	snprintf(huge, sizeof(huge), "%s/huge", daemon.root);
	fd = open(huge, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(ftruncate(fd, HUGE), 0);
	close(fd);
	check_served(&daemon);
	before = observe_descriptors(daemon.pid);
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+unix"));
	CU_ASSERT_FATAL(wire_connect(&wire, &endpoint));
	call_make(&call, false, false, 1, "digest", &path);
	for (int i = 0; i < MESSAGES; i++)
		wire_send(&wire, call.data, call.length);
	AWAIT(observe_open_files(daemon.pid, "huge") > 0);
	process_halt(daemon.pid, SIGSTOP);
	attack(&wire, &lingering);
	wire_close(&wire);
	kill(daemon.pid, SIGCONT);
	check_served(&daemon);
	give_up(&lingering);
	CHECK_THAT(observe_descriptors_until(daemon.pid, before) <= before,
		   "descriptors do not come back");
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- kernels that can refuse them ---- */

static bool kernel_can_refuse(void)
{
	int ends[2];
	bool can;

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	can = rights_refuse(ends[0]);
	close(ends[0]);
	close(ends[1]);
	return can;
}

static void test_refused(void)
{
	struct endpoint endpoint;
	struct daemon daemon;
	struct wire wire;

	if (!kernel_can_refuse()) {
		harness_skip("this kernel has no SO_PASSRIGHTS: Linux 6.16 has");
		return;
	}
	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	for (size_t i = 0; i < COUNT(attacked); i++) {
		endpoint = call_endpoint(daemon_endpoint(&daemon, attacked[i]));
		CU_ASSERT_FATAL(wire_connect(&wire, &endpoint));
		CHECK_THAT(send_with(wire.in, "byte", 4, dup(STDERR_FILENO)) == -EPERM,
			   "%s: a descriptor is taken", attacked[i]);
		wire_close(&wire);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "descriptors along with calls", test_calls },
		{ "clients that send them and go", test_going },
		{ "descriptors that were never read", test_unread },
		{ "a kernel that refuses them", test_refused },
		{ NULL, NULL },
	};

	return harness_run("rights", tests);
}
