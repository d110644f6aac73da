/* What is asked before the server is told to stop is answered, and delivered, before it ends; and
 * so is what was asked before a pause. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fork.h"
#include "compare/lab/wire.h"
#include "common/rendezvous.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define MANY     5000               /* calls of one client */
#define FEW      200                /* datagrams */
#define NEW      20                 /* connections that nobody has accepted */
#define PAUSED   400                /* clients whose server pauses */
#define HUGE     ((off_t)192 << 20) /* bytes of a file that takes a moment to digest */
#define TIMEOUT  "1"                /* seconds, of --message-timeout */
#define PAUSE    2500               /* milliseconds: longer than that */
#define PATIENCE "60"               /* seconds, of --stop-timeout */

static void start(struct daemon *daemon)
{
	static const char *const options[] = { "--stop-timeout", PATIENCE, NULL };

	CU_ASSERT_FATAL(daemon_start_everywhere(daemon, NULL, options));
}

/* Told to stop while it stands still, so that all that was sent before lies there. */
static void stop_and_continue(const struct daemon *daemon)
{
	kill(daemon->pid, SIGTERM);
	kill(daemon->pid, SIGCONT);
}

static void check_end(struct daemon *daemon)
{
	CHECK_INT(daemon_stop(daemon), 0);
}

static void make_adds(struct buffer *calls, bool rpc, unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++) {
		const calc_operands operands = { i, 1 };

		call_make(calls, rpc, true, i, "add", &operands);
	}
}

/* ---- streams ---- */

static int connect_large(const struct endpoint *endpoint)
{
	const int size = 4 << 20;
	struct wire wire;

	CU_ASSERT_FATAL(wire_connect(&wire, endpoint));
	setsockopt(wire.out, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return wire.out;
}

/* Sends all; false when the socket takes no more. */
static bool send_all(int fd, const struct buffer *calls)
{
	size_t sent = 0;

	while (sent < calls->length) {
		ssize_t n = send(fd, calls->data + sent, calls->length - sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

/* Reads to the end of the stream.  How many bytes there were, or -errno. */
static ssize_t read_to_end(int fd, struct buffer *replies)
{
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	do {
		CHECK_INT(buffer_reserve(replies, 65536), 0);
		n = recv(fd, replies->data + replies->length, 65536, 0);
		replies->length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return n < 0 ? -errno : (ssize_t)replies->length;
}

/* Whole replies from the first on, in order, behind their marks. */
static unsigned int count_replies(const struct buffer *replies)
{
	unsigned int count = 0;

	for (size_t at = 0; at + 8 <= replies->length;) {
		size_t length = datagram_word(replies->data, at) & INT32_MAX;

		if (at + 4 + length > replies->length ||
		    datagram_word(replies->data, at + 4) != count)
			break;
		at += 4 + length;
		count++;
	}
	return count;
}

/* Its calls lie in the socket when the server is told to stop; and it may send more after that. */
static void check_burst(const char *prefix, bool goes_on)
{
	struct buffer calls = { 0 }, more = { 0 }, replies = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	ssize_t received;
	int fd;

	start(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	make_adds(&calls, endpoint.protocol == ENDPOINT_RPC, 0, MANY);
	make_adds(&more, endpoint.protocol == ENDPOINT_RPC, MANY, MANY / 10);
	fd = connect_large(&endpoint);
	CU_ASSERT(observe_idle(daemon.pid)); /* it has accepted the client */
	process_halt(daemon.pid, SIGSTOP);
	CHECK_THAT(send_all(fd, &calls), "%s: the socket has no room", prefix);
	stop_and_continue(&daemon);
	if (goes_on) {
		struct pollfd waiting = { .fd = fd, .events = POLLIN };

		CHECK_INT(poll(&waiting, 1, HARNESS_PATIENCE * 1000), 1);
		send_all(fd, &more);
	}
	received = read_to_end(fd, &replies);
	CHECK_THAT(received >= 0, "%s: %s", prefix, strerror((int)-received));
	CHECK_THAT(count_replies(&replies) >= MANY, "%s: %u of %d calls are answered", prefix,
		   count_replies(&replies), MANY);
	close(fd);
	buffer_release(&calls);
	buffer_release(&more);
	buffer_release(&replies);
	check_end(&daemon);
}

static void test_streams(void)
{
	check_burst("raw+tcp", false);
	check_burst("rpc+tcp", false);
	check_burst("raw+unix", false);
	check_burst("rpc+unix", false);
}

static void test_streams_that_go_on(void)
{
	check_burst("raw+tcp", true);
	check_burst("rpc+unix", true);
}

/* ---- datagrams ---- */

static unsigned int count_datagrams(int fd, unsigned int expected)
{
	uint8_t bytes[2048];
	unsigned int count = 0;

	while (count < expected && recv(fd, bytes, sizeof(bytes), 0) > 0)
		count++;
	return count;
}

static void test_datagrams(void)
{
	struct endpoint endpoint;
	struct daemon daemon;
	int fd;

	start(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+udp"));
	fd = datagram_connect(&endpoint);
	process_halt(daemon.pid, SIGSTOP);
	for (uint32_t i = 0; i < FEW; i++) {
		const calc_operands operands = { i, 1 };
		struct buffer call = { 0 };

		call_make(&call, false, false, i, "add", &operands);
		CHECK_INT(send(fd, call.data, call.length, 0), call.length);
		buffer_release(&call);
	}
	stop_and_continue(&daemon);
	CHECK_INT(count_datagrams(fd, FEW), FEW);
	close(fd);
	check_end(&daemon);
}

static void make_huge(const struct daemon *daemon)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/huge", daemon->root);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(ftruncate(fd, HUGE), 0);
	close(fd);
}

/* Digests that a thread of the pool is at, and others that wait for one. */
static void test_datagrams_in_the_pool(void)
{
	static const char *const path = "huge";
	struct endpoint endpoint;
	struct daemon daemon;
	int fd;

	start(&daemon);
	make_huge(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+udp"));
	fd = datagram_connect(&endpoint);
	for (uint32_t i = 0; i < 3; i++) {
		struct buffer call = { 0 };

		call_make(&call, true, false, i, "digest", &path);
		CHECK_INT(send(fd, call.data, call.length, 0), call.length);
		buffer_release(&call);
	}
	AWAIT(observe_open_files(daemon.pid, "huge") > 0);
	kill(daemon.pid, SIGTERM);
	CHECK_INT(count_datagrams(fd, 3), 3);
	close(fd);
	check_end(&daemon);
}

/* ---- newcomers ---- */

/* Who has connected and asked is not told that nobody is there. */
static void check_not_accepted(const char *prefix)
{
	struct wire wires[NEW];
	struct endpoint endpoint;
	struct daemon daemon;
	uint8_t reply[256];

	start(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	process_halt(daemon.pid, SIGSTOP);
	for (uint32_t i = 0; i < NEW; i++) {
		const calc_operands operands = { i, 1 };
		struct buffer call = { 0 };

		CU_ASSERT_FATAL(wire_connect(&wires[i], &endpoint));
		call_make(&call, endpoint.protocol == ENDPOINT_RPC, false, i, "add", &operands);
		wire_send(&wires[i], call.data, call.length);
		buffer_release(&call);
	}
	stop_and_continue(&daemon);
	for (uint32_t i = 0; i < NEW; i++) {
		CHECK_THAT(wire_receive(&wires[i], reply, sizeof(reply)) > 0, "%s: client %u",
			   prefix, i);
		CHECK_INT(datagram_word(reply, 0), i);
		wire_close(&wires[i]);
	}
	check_end(&daemon);
}

static void test_newcomers(void)
{
	check_not_accepted("raw+tcp");
	check_not_accepted("rpc+unix");
}

/* A client that has greeted is connected, as far as it knows. */
static void test_greeting(void)
{
	char path[RENDEZVOUS_MAX_FIFO];
	struct endpoint endpoint;
	struct daemon daemon;
	int fifo, waiting = 0;
	pid_t client;

	start(&daemon);
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+fifo"));
	rendezvous_fifo(&endpoint, path);
	fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	process_halt(daemon.pid, SIGSTOP);
	client = call_adding(daemon_endpoint(&daemon, "raw+fifo"), 1, HARNESS_PATIENCE * SECOND);
	AWAIT(ioctl(fifo, FIONREAD, &waiting) == 0 && waiting >= RENDEZVOUS_GREETING);
	CU_ASSERT(waiting >= RENDEZVOUS_GREETING);
	stop_and_continue(&daemon);
	CHECK_INT(call_wait(client), 0);
	close(fifo);
	check_end(&daemon);
}

/* ---- newcomers without end ---- */

/* Connects, calls, and leaves without the answer, as often as it can; in a process of its own. */
static pid_t come_and_go(const struct endpoint *endpoint, const struct buffer *call)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pid_t pid;

	strcpy(address.sun_path, endpoint->path);
	pid = fork_tied();
	if (pid)
		return pid;
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			send(fd, call->data, call->length, MSG_NOSIGNAL);
		close(fd);
	}
	_exit(0);
}

static void test_newcomers_without_end(void)
{
	enum { CLIENTS = 6 };
	static const char *const options[] = { "--stop-timeout", "1", NULL };
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	pid_t pids[CLIENTS];

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+unix"));
	make_adds(&call, false, 0, 1);
	for (int i = 0; i < CLIENTS; i++)
		pids[i] = come_and_go(&endpoint, &call);
	AWAIT(observe_is_running(daemon.pid)); /* they are at it */
	CHECK_INT(daemon_stop(&daemon), 0);
	for (int i = 0; i < CLIENTS; i++)
		process_halt(pids[i], SIGKILL);
	for (int i = 0; i < CLIENTS; i++)
		CHECK_INT(call_wait(pids[i]), 128 + SIGKILL);
	buffer_release(&call);
}

/* ---- pauses ---- */

/* A machine that sleeps, a debugger, a snapshot: nobody's time is over while what he sent lies
 * there unseen. */
static void check_pause(const char *prefix)
{
	static const char *const options[] = { "--message-timeout", TIMEOUT, NULL };
	struct wire wires[PAUSED];
	struct endpoint endpoint;
	struct buffer call = { 0 };
	struct daemon daemon;
	uint8_t reply[256];
	unsigned int answered = 0;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	make_adds(&call, endpoint.protocol == ENDPOINT_RPC, 0, 1);
	for (int i = 0; i < PAUSED; i++)
		CU_ASSERT_FATAL(wire_connect(&wires[i], &endpoint));
	for (int i = 0; i < PAUSED; i++)
		wire_send_bare(&wires[i], call.data, call.length / 2);
	/* It has read them, or they lie there as well as the rest. */
	AWAIT(!observe_is_running(daemon.pid));
	process_halt(daemon.pid, SIGSTOP);
	for (int i = 0; i < PAUSED; i++)
		wire_send_bare(&wires[i], call.data + call.length / 2,
			       call.length - call.length / 2);
	poll(NULL, 0, PAUSE);
	kill(daemon.pid, SIGCONT);
	for (int i = 0; i < PAUSED; i++) {
		answered += wire_receive(&wires[i], reply, sizeof(reply)) > 0;
		wire_close(&wires[i]);
	}
	CHECK_THAT(answered == PAUSED, "%s: %u of %d are answered", prefix, answered, PAUSED);
	buffer_release(&call);
	check_end(&daemon);
}

static void test_pause(void)
{
	check_pause("rpc+tcp");
	check_pause("raw+unix");
}

int main(void)
{
	static const struct test tests[] = {
		{ "calls in the socket", test_streams },
		{ "a client that goes on sending", test_streams_that_go_on },
		{ "datagrams in the socket", test_datagrams },
		{ "datagrams in the pool", test_datagrams_in_the_pool },
		{ "connections that nobody has accepted", test_newcomers },
		{ "a greeting in the FIFO", test_greeting },
		{ "newcomers without end", test_newcomers_without_end },
		{ "a pause longer than a message may take", test_pause },
		{ NULL, NULL },
	};

	return harness_run("stop", tests);
}
