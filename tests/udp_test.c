/* The udp transport, the server: bursts, datagrams that are no calls, and at most once. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/runtime/transports/all.h"
#include "server/runtime/datagrams/internal.h"
#include "server/runtime/worker.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/namespace.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BURST        200
#define LARGE        ((off_t)32 << 20) /* bytes of a file that takes a while to digest */
#define SMALL        ((off_t)10)
#define LOOPBACK     "raw+udp://127.0.0.1:0"
#define PATIENCE     300 /* milliseconds that a call may take while others wait */

static const char *const endpoints[] = { "rpc+udp://127.0.0.1:", "raw+udp://127.0.0.1:",
					 "rpc+udp://[::1]:", "raw+udp://[::1]:" };
static const char *const all[] = { "--listen", "rpc+udp://127.0.0.1:0",
				   "--listen", "raw+udp://127.0.0.1:0",
				   "--listen", "rpc+udp://[::1]:0",
				   "--listen", "raw+udp://[::1]:0",
				   NULL };

/* ---- sockets ---- */

static bool is_rpc(const struct endpoint *endpoint)
{
	return endpoint->protocol == ENDPOINT_RPC;
}

/* Fails the test when the call does not leave; the call is emptied for the next one. */
static void send_call(int fd, struct buffer *call)
{
	CHECK_INT(send(fd, call->data, call->length, 0), call->length);
	call->length = 0;
}

/* A reply, in a buffer as large as any; its length, or -1. */
static ssize_t receive(int fd, struct buffer *reply)
{
	ssize_t n;

	reply->length = 0;
	buffer_reserve(reply, 65536);
	n = recv(fd, reply->data, 65536, 0);
	reply->length = n > 0 ? (size_t)n : 0;
	return n;
}

/* What a reply says went wrong: accept_stat (RFC 5531, section 9), or the raw status. */
static uint32_t status_of(const struct buffer *reply, bool rpc)
{
	if (rpc)
		return reply->length < 24 ? 999 : datagram_word(reply->data, 20);
	return reply->length < 8 ? 999 : datagram_word(reply->data, 4) & 0xffff;
}

/* The next thing that arrives is the reply to a call made now. */
static void check_next_is(int fd, bool rpc, uint32_t id)
{
	struct buffer bytes = { 0 };

	call_make(&bytes, rpc, false, id, "null", NULL);
	send_call(fd, &bytes);
	CU_ASSERT(receive(fd, &bytes) >= 8);
	CHECK_INT(bytes.length ? datagram_word(bytes.data, 0) : 0, id);
	CHECK_INT(status_of(&bytes, rpc), 0);
	buffer_release(&bytes);
}

/* ---- a daemon, and each of its endpoints ---- */

static void on_each(const char *const options[],
		    void (*test)(const struct daemon *daemon, const struct endpoint *endpoint))
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		const char *text = daemon_endpoint(&daemon, endpoints[i]);
		unsigned int failures = CU_get_number_of_failures();
		struct endpoint endpoint;

		if (!text)
			continue;
		endpoint = call_endpoint(text);
		test(&daemon, &endpoint);
		if (CU_get_number_of_failures() > failures)
			printf("      on: %s\n", text);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void path_in_root(const struct daemon *daemon, const char *name, char path[320])
{
	snprintf(path, 320, "%s/%s", daemon->root, name);
}

/* A file of zeroes, of which nothing is on the disk. */
static void make_file(const struct daemon *daemon, const char *name, off_t size)
{
	char path[320];
	int fd;

	path_in_root(daemon, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CHECK_INT(ftruncate(fd, size), 0);
	close(fd);
}

/* ---- what is received, exactly ---- */

static void try_burst(const struct daemon *daemon, const struct endpoint *endpoint)
{
	int fd = datagram_connect(endpoint), answered = 0;
	bool seen[BURST] = { false };
	struct buffer bytes = { 0 };

	(void)daemon;
	for (uint32_t i = 0; i < BURST; i++) {
		calc_operands operands = { i, 1000 };

		call_make(&bytes, is_rpc(endpoint), false, i, "add", &operands);
		send_call(fd, &bytes);
	}
	while (answered < BURST && receive(fd, &bytes) >= 16) {
		uint32_t id = datagram_word(bytes.data, 0);

		CU_ASSERT_FATAL(id < BURST && !seen[id]);
		CHECK_INT(datagram_word(bytes.data, bytes.length - 4), id + 1000);
		seen[id] = true;
		answered++;
	}
	CHECK_INT(answered, BURST);
	buffer_release(&bytes);
	close(fd);
}

static void test_burst(void)
{
	on_each(all, try_burst);
}

/* Nothing comes back for what is no call, not even an empty datagram. */
static void try_no_calls(const struct daemon *daemon, const struct endpoint *endpoint)
{
	static const uint8_t bytes[40] = { 0, 0, 0, 5, 0, 0, 0, 1 }; /* in rpc, a reply */
	static const size_t rpc_lengths[] = { 0, 1, 3, 4, 7, 8, 11, 12, 24, 40 };
	static const size_t raw_lengths[] = { 0, 1, 3, 4, 7 };
	int fd = datagram_connect(endpoint);
	size_t count = is_rpc(endpoint) ? COUNT(rpc_lengths) : COUNT(raw_lengths);

	(void)daemon;
	for (size_t i = 0; i < count; i++) {
		size_t length = is_rpc(endpoint) ? rpc_lengths[i] : raw_lengths[i];

		CHECK_INT(send(fd, bytes, length, 0), length);
	}
	check_next_is(fd, is_rpc(endpoint), 77);
	close(fd);
}

static void test_no_calls(void)
{
	on_each(all, try_no_calls);
}

/* ---- servers that answer each other ---- */

/* Sends the server what it said itself, from a socket that it never heard of. */
static void send_back(const struct endpoint *endpoint, const struct buffer *reply)
{
	int fd = datagram_connect(endpoint);

	CHECK_INT(send(fd, reply->data, reply->length, 0), reply->length);
	check_next_is(fd, is_rpc(endpoint), 99);
	close(fd);
}

/* Results, failures and refusals: nobody who gets one of them by mistake answers it. */
static void try_own_replies(const struct daemon *daemon, const struct endpoint *endpoint)
{
	const calc_operands operands[] = { { 84, 2 }, { 84, 0 } };
	int fd = datagram_connect(endpoint);
	struct buffer bytes = { 0 };

	(void)daemon;
	for (uint32_t i = 0; i < 5; i++) {
		bytes.length = 0;
		call_make(&bytes, is_rpc(endpoint), false, i, i ? "divide" : "null",
			  &operands[i == 2]);
		bytes.length -= i == 3 ? 4 : 0; /* arguments that do not decode */
		if (i == 4)
			bytes.data[is_rpc(endpoint) ? 11 : 5] = 9; /* a version of the protocol */
		send_call(fd, &bytes);
		CU_ASSERT(receive(fd, &bytes) >= 8);
		CHECK_INT(status_of(&bytes, is_rpc(endpoint)) != 0, i > 2);
		send_back(endpoint, &bytes);
	}
	buffer_release(&bytes);
	close(fd);
}

static void test_own_replies(void)
{
	on_each(all, try_own_replies);
}

/* A reply whose rest is a call's, as what a server answers its own kind was before replies had a
 * direction.  Of each operation, for some are executed elsewhere than others. */
static void try_forged_replies(const struct daemon *daemon, const struct endpoint *endpoint)
{
	static const char *const names[] = { "null", "add", "accumulate", "list", "digest" };
	calc_accumulation accumulation = { (char *)"forged", 1 };
	fileinfo_list_args list = { (char *)"", 0, 1000 };
	const char *path = "";
	const calc_operands operands = { 1, 2 };
	const void *const arguments[] = { NULL, &operands, &accumulation, &list, &path };
	int fd = datagram_connect(endpoint);
	struct buffer bytes = { 0 };

	(void)daemon;
	for (uint32_t i = 0; i < COUNT(names); i++) {
		call_make(&bytes, is_rpc(endpoint), false, i, names[i], arguments[i]);
		if (is_rpc(endpoint))
			bytes.data[7] = 1; /* the message type */
		else
			bytes.data[4] |= 0x80;
		send_call(fd, &bytes);
	}
	check_next_is(fd, is_rpc(endpoint), 99);
	call_make(&bytes, is_rpc(endpoint), false, 100, "accumulate", &accumulation);
	send_call(fd, &bytes);
	CU_ASSERT(receive(fd, &bytes) > 8);
	CHECK_INT(datagram_word(bytes.data, bytes.length - 4), 1); /* the first, then */
	accumulation.amount = -1;
	bytes.length = 0;
	call_make(&bytes, is_rpc(endpoint), false, 101, "accumulate", &accumulation);
	send_call(fd, &bytes);
	CU_ASSERT(receive(fd, &bytes) > 8);
	buffer_release(&bytes);
	close(fd);
}

static void test_forged_replies(void)
{
	on_each(all, try_forged_replies);
}

/* A datagram on the loopback address that says it came from that port.  False where none may be
 * forged. */
static bool forge(int from, int to, const struct buffer *call)
{
	const uint16_t header[] = { htons((uint16_t)from), htons((uint16_t)to),
				    htons((uint16_t)(8 + call->length)), 0 };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
	struct buffer datagram = { 0 };
	ssize_t n = -1;

	if (fd < 0)
		return false;
	buffer_append(&datagram, header, sizeof(header));
	buffer_append(&datagram, call->data, call->length);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		n = sendto(fd, datagram.data, datagram.length, 0, (struct sockaddr *)&address,
			   sizeof(address));
	CHECK_INT(n, datagram.length);
	buffer_release(&datagram);
	close(fd);
	return true;
}

/* One call, as if a server had made it, to the other one and to itself.  They come to rest. */
static void test_servers_answer_each_other(void)
{
	static const char *const two_of_each[] = { "--listen", "rpc+udp://127.0.0.1:0",
						   "--listen", "rpc+udp://127.0.0.1:0",
						   "--listen", "raw+udp://127.0.0.1:0",
						   "--listen", "raw+udp://127.0.0.1:0",
						   NULL };
	struct endpoint servers[4];
	struct buffer call = { 0 };
	struct daemon daemon;
	bool forged = true;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, two_of_each));
	for (size_t i = 0; i < COUNT(servers); i++)
		servers[i] = call_endpoint(daemon.endpoints[i]);
	for (uint32_t i = 0; i < 8 && forged; i++) {
		const struct endpoint *to = &servers[i / 2], *from = &servers[i / 4 * 2 + i % 2];
		int fd;

		call.length = 0;
		call_make(&call, is_rpc(to), false, i, "null", NULL);
		forged = forge(from->port, to->port, &call);
		fd = datagram_connect(to);
		check_next_is(fd, is_rpc(to), 77);
		close(fd);
	}
	CHECK_THAT(!forged || observe_idle(daemon.pid), "the servers talk to each other");
	if (!forged)
		harness_skip("datagrams may not be forged");
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- arguments ---- */

/* An expression of 600 bytes fills the server's buffer; then one comes that claims to be as long,
 * and is not there at all. */
static void claim_too_much(int fd, bool rpc, struct buffer *bytes)
{
	const char *expression;
	char text[601];

	memset(text, '(', sizeof(text));
	for (size_t i = 0; i < 600; i++)
		text[i] = i % 2 ? '+' : '1';
	text[599] = ' ';
	text[600] = '\0';
	expression = text;
	call_make(bytes, rpc, false, 1, "evaluate", &expression);
	send_call(fd, bytes);
	CU_ASSERT(receive(fd, bytes) > 8);
	CHECK_INT(status_of(bytes, rpc), 0);
	bytes->length = 0;
	call_make(bytes, rpc, false, 2, "evaluate", &expression);
	bytes->length = rpc ? 44 : 10;
}

/* Arguments that are one byte (or word) short, and long. */
static void try_wrong_arguments(const struct daemon *daemon, const struct endpoint *endpoint)
{
	static const int changes[] = { -16, -4, -1, +1, +4, +1000, 0 };
	static const char *const procedures_tried[] = { "null", "add", "digest" };
	int fd = datagram_connect(endpoint);
	bool rpc = is_rpc(endpoint);
	struct buffer bytes = { 0 };
	uint32_t id = 10;

	(void)daemon;
	claim_too_much(fd, rpc, &bytes);
	send_call(fd, &bytes);
	CU_ASSERT(receive(fd, &bytes) > 0);
	CHECK_INT(datagram_word(bytes.data, 0), 2);
	CHECK_INT(status_of(&bytes, rpc), rpc ? 4 : 3); /* GARBAGE_ARGS, BAD_REQUEST */
	for (size_t p = 0; p < COUNT(procedures_tried); p++)
		for (const int *change = changes; *change; change++) {
			const calc_operands operands = { 1, 2 };
			const char *path = "a path, of 20 bytes.";

			if (p == 0 && *change < 0)
				continue; /* it has no arguments */
			bytes.length = 0;
			call_make(&bytes, rpc, false, ++id, procedures_tried[p],
				  p == 2 ? (const void *)&path : &operands);
			buffer_reserve(&bytes, 1000);
			memset(bytes.data + bytes.length, 0, 1000);
			bytes.length += (size_t)*change;
			send_call(fd, &bytes);
			CU_ASSERT(receive(fd, &bytes) > 0);
			CHECK_INT(datagram_word(bytes.data, 0), id);
			CHECK_INT(status_of(&bytes, rpc), rpc ? 4 : 3);
		}
	buffer_release(&bytes);
	close(fd);
}

static void test_wrong_arguments(void)
{
	on_each(all, try_wrong_arguments);
}

/* A link of 2,000 bytes, where a reply may have 1,024: told so at once, by both protocols. */
static void try_too_large(const struct daemon *daemon, const struct endpoint *endpoint)
{
	char target[2001], path[320];
	const char *name = "link";
	int fd = datagram_connect(endpoint);
	struct buffer bytes = { 0 };

	memset(target, 'x', 2000);
	target[2000] = '\0';
	path_in_root(daemon, name, path);
	CU_ASSERT(symlink(target, path) == 0 || errno == EEXIST);
	for (uint32_t id = 1; id <= 2; id++) { /* an error reply is remembered like any other */
		bytes.length = 0;
		call_make(&bytes, is_rpc(endpoint), false, 1, "readlink", &name);
		send_call(fd, &bytes);
		CU_ASSERT(receive(fd, &bytes) > 0);
		CHECK_INT(status_of(&bytes, is_rpc(endpoint)), is_rpc(endpoint) ? 5 : 4);
	}
	buffer_release(&bytes);
	close(fd);
}

static void test_too_large(void)
{
	static const char *const options[] = {
		"--max-message",         "1024", "--listen", "rpc+udp://127.0.0.1:0", "--listen",
		"raw+udp://127.0.0.1:0", NULL
	};

	on_each(options, try_too_large);
}

/* A page as large as can be said becomes one that fits a datagram. */
static void try_large_page(const struct daemon *daemon, const struct endpoint *endpoint)
{
	fileinfo_list_args arguments = { (char *)".", 0, UINT32_MAX };
	int fd = datagram_connect(endpoint);
	struct buffer bytes = { 0 };
	char name[201];

	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "%0200d", i);
		make_file(daemon, name, 0);
	}
	call_make(&bytes, is_rpc(endpoint), false, 1, "list", &arguments);
	send_call(fd, &bytes);
	CU_ASSERT(receive(fd, &bytes) > 32768);
	CU_ASSERT(bytes.length <= 65507);
	CHECK_INT(status_of(&bytes, is_rpc(endpoint)), 0);
	buffer_release(&bytes);
	close(fd);
}

static void test_large_page(void)
{
	on_each(all, try_large_page);
}

/* ---- at most once ---- */

/* A socket at an address of this machine, which calls the endpoint. */
static int connect_from(const char *host, const struct endpoint *endpoint)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK_INT(inet_pton(AF_INET, host, &address.sin_addr), 1);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	address.sin_port = htons((uint16_t)endpoint->port);
	CHECK_INT(inet_pton(AF_INET, endpoint->host, &address.sin_addr), 1);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Adds, each another call, and each answered: a multiple of 16. */
static void flood_with_adds(int fd, bool rpc, int count)
{
	calc_operands operands = { 1, 2 };
	struct buffer bytes = { 0 };

	for (int id = 1; id <= count; id++) {
		bytes.length = 0;
		call_make(&bytes, rpc, false, (uint32_t)id, "add", &operands);
		send_call(fd, &bytes);
		if (id % 16 == 0) /* so that none is dropped on its way */
			for (int i = 0; i < 16; i++)
				CU_ASSERT_FATAL(receive(fd, &bytes) > 8);
	}
	buffer_release(&bytes);
}

/* Long calls of what there is not. */
static void flood_with_refused(int fd, bool rpc)
{
	static const uint8_t zeroes[60000];
	struct buffer bytes = { 0 };

	for (uint32_t id = 1; id <= 200; id++) {
		bytes.length = 0;
		call_make(&bytes, rpc, false, id, "null", NULL);
		buffer_append(&bytes, zeroes, sizeof(zeroes));
		send_call(fd, &bytes);
		CU_ASSERT_FATAL(receive(fd, &bytes) >= 8);
	}
	buffer_release(&bytes);
}

static void ask_digest(int fd, bool rpc, uint32_t id)
{
	const char *path = "file";
	struct buffer call = { 0 };

	call_make(&call, rpc, false, id, "digest", &path);
	send_call(fd, &call);
	buffer_release(&call);
}

/* How many bytes were digested, as the reply says. */
static off_t digested(const struct buffer *reply, bool rpc)
{
	size_t offset = rpc ? 28 : 10;

	if (reply->length < offset + 8)
		return -1;
	return (off_t)((uint64_t)datagram_word(reply->data, offset) << 32 |
		       datagram_word(reply->data, offset + 4));
}

/* Copies that come while the first is being executed are dropped.  What changes nothing is not
 * remembered: a copy that comes afterwards is executed again, and the file is another by then. */
static void try_duplicates(const struct daemon *daemon, const struct endpoint *endpoint)
{
	int fd = datagram_connect(endpoint);
	struct pollfd more = { .fd = fd, .events = POLLIN };
	struct buffer reply = { 0 };
	bool rpc = is_rpc(endpoint);

	make_file(daemon, "file", LARGE);
	process_halt(daemon->pid, SIGSTOP); /* so that all are there before the first is done */
	for (int i = 0; i < 5; i++)
		ask_digest(fd, rpc, 1);
	kill(daemon->pid, SIGCONT);
	CU_ASSERT(receive(fd, &reply) > 0);
	CHECK_INT(digested(&reply, rpc), LARGE);
	CHECK_INT(poll(&more, 1, 200), 0);
	make_file(daemon, "file", SMALL);
	ask_digest(fd, rpc, 1);
	CU_ASSERT(receive(fd, &reply) > 0);
	CHECK_INT(digested(&reply, rpc), SMALL);
	check_next_is(fd, rpc, 3);
	buffer_release(&reply);
	close(fd);
}

/* What changes something is executed once, and each copy gets the reply there was: whatever others
 * ask in between, a hundred thousand calls of theirs or a lot of bytes that are refused. */
static void try_at_most_once(const struct daemon *daemon, const struct endpoint *endpoint)
{
	calc_accumulation arguments = { (char *)"once", 7 };
	int fd = datagram_connect(endpoint), other = connect_from("127.0.0.1", endpoint);
	struct buffer call = { 0 }, reply = { 0 };

	(void)daemon;
	for (int copy = 0; copy < 3; copy++) {
		call_make(&call, is_rpc(endpoint), false, 1, "accumulate", &arguments);
		send_call(fd, &call);
		CU_ASSERT(receive(fd, &reply) > 8);
		CHECK_INT(datagram_word(reply.data, reply.length - 4), 7);
		flood_with_adds(other, is_rpc(endpoint),
				16 * (copy == 0 ? 3750 / HARNESS_SLOWNESS : 10));
		flood_with_refused(other, is_rpc(endpoint));
	}
	buffer_release(&call);
	buffer_release(&reply);
	close(other);
	close(fd);
}

static void test_at_most_once(void)
{
	static const char *const over_ipv4[] = { "rpc+udp://127.0.0.1:0", "raw+udp://127.0.0.1:0",
						 NULL };

	for (size_t i = 0; over_ipv4[i]; i++) {
		const char *options[] = { "--workers", "1", "--listen", over_ipv4[i], NULL };
		struct endpoint endpoint;
		struct daemon daemon;

		CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
		endpoint = call_endpoint(daemon.endpoints[0]);
		try_at_most_once(&daemon, &endpoint);
		CHECK_INT(daemon_stop(&daemon), 0);
	}
}

static void test_duplicates(void)
{
	on_each(all, try_duplicates);
}

/* The same bytes from another port are another peer's call. */
static void try_two_peers(const struct daemon *daemon, const struct endpoint *endpoint)
{
	calc_accumulation arguments = { (char *)"peers", 7 };
	struct buffer bytes = { 0 };
	char name[NI_MAXHOST];

	(void)daemon;
	snprintf(name, sizeof(name), "%d", endpoint->port); /* the endpoint's own register */
	arguments.name = name;
	for (uint32_t i = 1; i <= 3; i++) {
		int fd = datagram_connect(endpoint);

		for (int copy = 0; copy < 2; copy++) {
			bytes.length = 0;
			call_make(&bytes, is_rpc(endpoint), false, 1, "accumulate", &arguments);
			send_call(fd, &bytes);
			CU_ASSERT(receive(fd, &bytes) > 8);
			CHECK_INT(datagram_word(bytes.data, bytes.length - 4), 7 * i);
		}
		close(fd);
	}
	buffer_release(&bytes);
}

static void test_two_peers(void)
{
	on_each(all, try_two_peers);
}

/* ---- replies that are refused ---- */

/* Sends a datagram from port 0, to which nobody can send one back: the kernel refuses. */
static void send_from_nowhere(int raw_socket, const struct endpoint *to, const struct buffer *call)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t bytes[512];
	struct udphdr header = { .dest = htons((uint16_t)to->port),
				 .len = htons((uint16_t)(sizeof(header) + call->length)) };

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), call->data, call->length);
	CHECK_INT(sendto(raw_socket, bytes, sizeof(header) + call->length, 0,
			 (struct sockaddr *)&address, sizeof(address)),
		  sizeof(header) + call->length);
}

/* What a register has by now. */
static uint32_t ask_register(int fd, bool rpc, uint32_t id, char *name)
{
	const calc_accumulation nothing = { name, 0 };
	struct buffer bytes = { 0 };
	uint32_t value = 0;

	call_make(&bytes, rpc, false, id, "accumulate", &nothing);
	send_call(fd, &bytes);
	if (receive(fd, &bytes) > 8)
		value = datagram_word(bytes.data, bytes.length - 4);
	buffer_release(&bytes);
	return value;
}

/* A reply that is refused is given up, and holds up none: not that of the same round, which stands
 * in the server's queue while that is stopped. */
static void try_nowhere(const struct daemon *daemon, const char *text, int raw_socket)
{
	struct endpoint endpoint = call_endpoint(text);
	char name[16];
	const calc_accumulation one = { name, 1 };
	int fd = datagram_connect(&endpoint);
	bool rpc = is_rpc(&endpoint);
	struct buffer bytes = { 0 };
	uint32_t id, had = 0;

	snprintf(name, sizeof(name), "nowhere-%s", endpoint_protocol_name(endpoint.protocol));
	process_halt(daemon->pid, SIGSTOP);
	for (id = 1; id <= 3; id++) {
		bytes.length = 0;
		call_make(&bytes, rpc, false, id, "accumulate", &one);
		send_from_nowhere(raw_socket, &endpoint, &bytes);
	}
	send_call(fd, &bytes); /* the third again, but of somebody who is somewhere */
	kill(daemon->pid, SIGCONT);
	CU_ASSERT(receive(fd, &bytes) > 8);
	check_next_is(fd, rpc, 7);
	/* All are executed, some maybe after that one, so there were replies to send. */
	AWAIT((had = ask_register(fd, rpc, 100 + id++, name)) == 4);
	CHECK_INT(had, 4);
	buffer_release(&bytes);
	close(fd);
}

static void test_nowhere(void)
{
	static const char *const options[] = { "--workers", "1",
					       "--listen",  "rpc+udp://127.0.0.1:0",
					       "--listen",  "raw+udp://127.0.0.1:0",
					       NULL };
	int raw_socket = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
	struct daemon daemon;

	if (raw_socket < 0) {
		harness_skip("not permitted to send from port 0: root may");
		return;
	}
	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	for (unsigned int i = 0; i < daemon.count; i++)
		try_nowhere(&daemon, daemon.endpoints[i], raw_socket);
	CHECK_INT(daemon_stop(&daemon), 0);
	close(raw_socket);
}

/* ---- a server in this process, with a protocol that does what no honest one can be made to ----
 */

struct inside {
	struct serving serving;
	struct limits limits;
	struct workers *workers;
	struct loop *loop;
	struct endpoint endpoint;
};

/* Replies are remembered for so many seconds. */
static void inside_open_for(struct inside *inside, const struct protocol *protocol,
			    const char *where, unsigned int remembered)
{
	const struct endpoint endpoint = call_endpoint(where);
	struct listeners *listeners;
	char why[SIDECALL_SVC_WHY];

	*inside = (struct inside){ .limits = { .message = 1024,
					       .peers = { 1, 1, 1, false },
					       .memory = 1 << 20,
					       .stop_timeout = 10,
					       .patience = PATIENCE,
					       .remembered = remembered,
					       .remembered_size = 1 << 20,
					       .udp_reply = 512 } };
	serving_open(&inside->serving, ".", 0);
	inside->workers = workers_open(1, &inside->serving.served, &inside->limits);
	CU_ASSERT_FATAL(inside->workers != NULL);
	inside->loop = &inside->workers->list[0].loop;
	listeners = &inside->workers->list[0].listeners;
	CU_ASSERT_FATAL(transports_listen(listeners, &endpoint, why) == NULL);
	listeners->first->entrance.protocol = protocol;
	inside->endpoint = listeners->first->endpoint;
}

static void inside_open(struct inside *inside, const struct protocol *protocol, const char *where)
{
	inside_open_for(inside, protocol, where, 60);
}

static void inside_close(struct inside *inside)
{
	workers_drain(inside->workers);
	CHECK_INT(workers_close(inside->workers), true);
	serving_close(&inside->serving);
}

/* One word is a call, and its own reply. */
static void send_word(struct inside *inside, int fd, uint32_t word)
{
	CHECK_INT(send(fd, &word, sizeof(word), 0), sizeof(word));
	CHECK_INT(loop_run(inside->loop, 10), 0);
}

/* The word that was replied, or 0 when none was. */
static uint32_t replied(int fd)
{
	uint32_t word = 0;

	return recv(fd, &word, sizeof(word), MSG_DONTWAIT) == sizeof(word) ? word : 0;
}

/* The longest reply: what a message may have, a datagram can carry, and a stranger is sent. */
static void test_reply_limit(void)
{
	static const struct {
		size_t message;
		unsigned int udp_reply;
		uint32_t address;
		size_t limit;
	} cases[] = {
		{ 1 << 20, 1432, INADDR_LOOPBACK, 65507 },  { 1024, 1432, INADDR_LOOPBACK, 1024 },
		{ 1 << 20, 1432, 0x0a000001, 1432 },        { 1024, 1432, 0x0a000001, 1024 },
		{ 1 << 20, UINT32_MAX, 0x0a000001, 65507 },
	};
	static struct udp_listener udp;
	struct limits limits;
	struct sessions sessions = { .limits = &limits };
	struct listeners listeners = { .sessions = &sessions };

	udp.listener.owner = &listeners;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sockaddr_in in = { .sin_family = AF_INET,
						.sin_addr.s_addr = htonl(cases[i].address) };
		struct sockaddr_storage address = { 0 };

		memcpy(&address, &in, sizeof(in));
		limits = (struct limits){ .message = cases[i].message,
					  .udp_reply = cases[i].udp_reply };
		CHECK_INT(udp_reply_limit(&udp, &address), cases[i].limit);
	}
}

static atomic_uint executed;

static int execute_without_memory(struct sidecall_svc_call *execution, const uint8_t *call,
				  size_t length, struct buffer *reply, size_t limit)
{
	(void)execution, (void)call, (void)length, (void)reply, (void)limit;
	executed++;
	return -ENOMEM;
}

static struct traits never_waits(const struct served *served, const uint8_t *call, size_t length,
				 struct counted *counted)
{
	(void)served, (void)call, (void)length, (void)counted;
	return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_NEVER };
}

/* There was no memory for the reply: the call was executed, and is not again. */
static void test_no_memory(void)
{
	static const struct protocol protocol = { .name = "failing",
						  .answer = execute_without_memory,
						  .look = never_waits };
	struct inside inside;
	int fd;

	executed = 0;
	inside_open(&inside, &protocol, LOOPBACK);
	fd = datagram_connect(&inside.endpoint);
	for (int i = 0; i < 3; i++)
		send_word(&inside, fd, 1);
	CHECK_INT(executed, 1);
	send_word(&inside, fd, 2);
	CHECK_INT(executed, 2);
	CHECK_INT(replied(fd), 0);
	close(fd);
	inside_close(&inside);
}

static int execute_until_cancelled(struct sidecall_svc_call *execution, const uint8_t *call,
				   size_t length, struct buffer *reply, size_t limit)
{
	(void)limit;
	executed++;
	while (!sidecall_svc_is_cancelled(execution))
		poll(NULL, 0, 1);
	return buffer_append(reply, call, length);
}

static struct traits always_waits(const struct served *served, const uint8_t *call, size_t length,
				  struct counted *counted)
{
	(void)served, (void)call, (void)length, (void)counted;
	return (struct traits){ SIDECALL_LONG_WAIT, SIDECALL_REPEAT_FREELY };
}

#define REFUSED UINT32_C(0xdeadbeef)

static int refuse_word(const uint8_t *call, size_t length, struct buffer *reply)
{
	const uint32_t word = REFUSED;

	(void)call, (void)length;
	return buffer_append(reply, &word, sizeof(word));
}

/* Calls that never end: half of the places for them is one sender's, whatever his ports; then he is
 * told so at once.  Another one's call is executed all the same. */
static void test_calls_without_end(void)
{
	static const struct protocol protocol = { .name = "slow",
						  .answer = execute_until_cancelled,
						  .look = always_waits,
						  .refuse = refuse_word };
	int64_t end = loop_clock() + 10000;
	struct inside inside;
	uint32_t word = 0;
	unsigned int before;
	int fd, same, other;

	executed = 0;
	inside_open(&inside, &protocol, LOOPBACK);
	fd = datagram_connect(&inside.endpoint);
	while (replied(fd) != REFUSED && word < 1000)
		send_word(&inside, fd, ++word);
	CHECK_INT(word, 128 + 1);
	same = datagram_connect(&inside.endpoint);
	send_word(&inside, same, 1);
	CHECK_INT(replied(same), REFUSED);
	before = executed;
	other = connect_from("127.0.0.2", &inside.endpoint);
	send_word(&inside, other, 1);
	CHECK_INT(replied(other), 0);
	while (executed == before && loop_clock() < end)
		loop_run(inside.loop, 1);
	CHECK_INT(executed, before + 1);
	close(other);
	close(same);
	close(fd);
	inside_close(&inside);
}

/* Sends a call again, as callers do, until so many have been executed in all. */
static void send_until(struct inside *inside, int fd, uint32_t word, unsigned int count)
{
	int64_t end = loop_clock() + HARNESS_PATIENCE * 1000;

	while (executed < count && loop_clock() < end)
		send_word(inside, fd, word);
	CHECK_INT(executed, count);
}

/* The same bytes from another port are another peer's call in the pool, too, while the first one's
 * is there; its own copies are not. */
static void test_two_peers_in_the_pool(void)
{
	static const struct protocol protocol = { .name = "slow",
						  .answer = execute_until_cancelled,
						  .look = always_waits,
						  .refuse = refuse_word };
	struct inside inside;
	int fds[3];

	executed = 0;
	inside_open(&inside, &protocol, LOOPBACK);
	for (unsigned int i = 0; i < COUNT(fds); i++) {
		fds[i] = datagram_connect(&inside.endpoint);
		send_until(&inside, fds[i], 1, i + 1);
	}
	for (int copy = 0; copy < 2; copy++)
		for (size_t i = 0; i < COUNT(fds); i++)
			send_word(&inside, fds[i], 1);
	/* Calls begin in the order in which they came, so a copy would have begun before this. */
	send_until(&inside, fds[0], 2, COUNT(fds) + 1);
	CHECK_INT(executed, COUNT(fds) + 1);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	inside_close(&inside);
}

/* ---- datagrams that wait for their turn ---- */

static int answer_slowly(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
			 struct buffer *reply, size_t limit)
{
	int64_t end = loop_nanoseconds() + 100000;

	(void)execution, (void)length, (void)limit;
	while (loop_nanoseconds() < end)
		;
	return buffer_append(reply, call, sizeof(uint32_t));
}

static struct traits changes_nothing(const struct served *served, const uint8_t *call,
				     size_t length, struct counted *counted)
{
	(void)served, (void)call, (void)length, (void)counted;
	return (struct traits){ SIDECALL_NO_WAIT, SIDECALL_REPEAT_FREELY };
}

static unsigned int take_replies(struct inside *inside, int fd)
{
	unsigned int taken = 0;

	CHECK_INT(loop_run(inside->loop, 1), 0);
	while (replied(fd))
		taken++;
	return taken;
}

/* Sends so many at once, more than a turn has time for.  How many were answered. */
static unsigned int exchange_burst(struct inside *inside, int fd, unsigned int count)
{
	const uint8_t datagram[1000] = { 1 };
	unsigned int answered = 0;

	for (unsigned int i = 0; i < count; i++)
		CHECK_INT(send(fd, datagram, sizeof(datagram), 0), sizeof(datagram));
	AWAIT((answered += take_replies(inside, fd)) >= count);
	return answered;
}

/* What waited, and is answered, takes no room any more: far more than may wait at a time goes
 * through. */
static void test_waiting(void)
{
	enum { BURSTS = 60, EACH = 32 };
	static const struct protocol protocol = { .name = "slow",
						  .answer = answer_slowly,
						  .look = changes_nothing };
	struct inside inside;
	int fd;

	inside_open(&inside, &protocol, LOOPBACK);
	fd = datagram_connect(&inside.endpoint);
	for (int i = 0; i < BURSTS; i++)
		if (exchange_burst(&inside, fd, EACH) < EACH) {
			CU_FAIL("a datagram was dropped");
			break;
		}
	close(fd);
	inside_close(&inside);
}

/* ---- whose call it is ---- */

static int answer_caller(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
			 struct buffer *reply, size_t limit)
{
	const uint32_t number = (uint32_t)sidecall_svc_caller(execution) | 1;

	(void)call, (void)length, (void)limit;
	CHECK_INT(sidecall_svc_caller_is_forgeable(execution), true);
	return buffer_append(reply, &number, sizeof(number));
}

/* A call's caller is a number, the same each time, and another's is another; also of a call that
 * may be executed freely. */
static void test_callers(void)
{
	static const struct protocol protocol = { .name = "callers",
						  .answer = answer_caller,
						  .look = changes_nothing };
	uint32_t first, numbers[4];
	struct inside inside;
	int fds[2];

	inside_open(&inside, &protocol, LOOPBACK);
	fds[0] = other_peer_connect(&inside.endpoint, "127.0.0.1");
	fds[1] = other_peer_connect(&inside.endpoint, "127.0.0.2");
	for (int i = 0; i < 4; i++) {
		send_word(&inside, fds[i % 2], (uint32_t)i);
		numbers[i] = replied(fds[i % 2]);
	}
	first = numbers[0];
	CHECK_INT(first != 0 && numbers[2] == first, true);
	CHECK_INT(numbers[1] != 0 && numbers[1] != first && numbers[3] == numbers[1], true);
	close(fds[0]);
	close(fds[1]);
	inside_close(&inside);
}

/* ---- the age of a reply ---- */

static int count_and_echo(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
			  struct buffer *reply, size_t limit)
{
	(void)execution, (void)limit;
	executed++;
	return buffer_append(reply, call, length);
}

/* Whoever has the same port and counts from the same number some time later is another client, and
 * its call another call; before that it was a copy. */
static void test_age(void)
{
	static const struct protocol protocol = { .name = "ageing",
						  .answer = count_and_echo,
						  .look = never_waits };
	struct inside inside;
	int fd;

	executed = 0;
	inside_open_for(&inside, &protocol, LOOPBACK, 1000);
	fd = datagram_connect(&inside.endpoint);
	for (int i = 0; i < 3; i++) {
		send_word(&inside, fd, 1);
		CHECK_INT(replied(fd), 1);
	}
	CHECK_INT(executed, 1);
	close(fd);
	inside_close(&inside);
	executed = 0;
	inside_open_for(&inside, &protocol, LOOPBACK, 1);
	fd = datagram_connect(&inside.endpoint);
	send_until(&inside, fd, 1, 2);
	CHECK_INT(replied(fd), 1);
	close(fd);
	inside_close(&inside);
}

/* ---- a server at all addresses ---- */

static int echo(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
		struct buffer *reply, size_t limit)
{
	(void)execution, (void)limit;
	return buffer_append(reply, call, length);
}

/* A socket that takes datagrams from one address alone, and sends its own there. */
static int connect_host(int family, const char *host, int port)
{
	struct sockaddr_storage address;
	int fd = datagram_bind(family, &address);

	if (family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;

		in6->sin6_port = htons((uint16_t)port);
		CHECK_INT(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&address;

		in->sin_port = htons((uint16_t)port);
		CHECK_INT(inet_pton(AF_INET, host, &in->sin_addr), 1);
	}
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The reply comes from the address that was called, which is not the one that the kernel would
 * choose: when the call is answered at once, and when the pool does it. */
static void check_answers_from(const char *where, int family, const char *host)
{
	static const struct protocol protocols[] = {
		{ .name = "at once", .answer = echo, .look = never_waits },
		{ .name = "in the pool", .answer = echo, .look = always_waits },
	};

	for (size_t i = 0; i < COUNT(protocols); i++) {
		int64_t end = loop_clock() + HARNESS_PATIENCE * 1000;
		struct inside inside;
		uint32_t word = 0;
		int fd;

		inside_open(&inside, &protocols[i], where);
		fd = connect_host(family, host, inside.endpoint.port);
		send_word(&inside, fd, 7);
		while (!(word = replied(fd)) && loop_clock() < end)
			loop_run(inside.loop, 10);
		CHECK_INT(word, 7);
		close(fd);
		inside_close(&inside);
	}
}

static void test_all_addresses(void)
{
	check_answers_from("raw+udp://0.0.0.0:0", AF_INET, "127.0.0.2");
}

/* A second address, as IPv4's loopback interface has them already.  The kernel takes a moment. */
static bool add_ipv6(const char *host)
{
	struct in6_ifreq request = { .ifr6_prefixlen = 128,
				     .ifr6_ifindex = (int)if_nametoindex("lo") };
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool added = fd >= 0 && inet_pton(AF_INET6, host, &request.ifr6_addr) == 1 &&
		     ioctl(fd, SIOCSIFADDR, &request) == 0;

	address.sin6_addr = request.ifr6_addr;
	for (int i = 0; i < 2000 && added; i++) {
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			break;
		poll(NULL, 0, 1);
	}
	if (fd >= 0)
		close(fd);
	return added;
}

static void test_all_ipv6_addresses(void)
{
	const char *why = namespace_enter(CLONE_NEWNET);

	if (!why && !add_ipv6("fd00::2"))
		why = "no IPv6";
	if (why)
		harness_skip(why);
	else
		check_answers_from("raw+udp://[::]:0", AF_INET6, "fd00::2");
}

int main(void)
{
	static const struct test tests[] = {
		{ "the longest reply", test_reply_limit },
		{ "two hundred calls at once", test_burst },
		{ "datagrams that are no calls", test_no_calls },
		{ "replies of the server, sent back to it", test_own_replies },
		{ "calls that say they are replies", test_forged_replies },
		{ "servers that answer each other", test_servers_answer_each_other },
		{ "arguments that do not decode exactly", test_wrong_arguments },
		{ "a reply that is too large", test_too_large },
		{ "a page that would be too large", test_large_page },
		{ "the same call again, during and after", test_duplicates },
		{ "at most once, whatever others ask", test_at_most_once },
		{ "the same call of another peer", test_two_peers },
		{ "replies that are refused", test_nowhere },
		/* Last, for no process may be forked beside threads under ThreadSanitizer. */
		{ "no memory for a reply", test_no_memory },
		{ "calls without end", test_calls_without_end },
		{ "datagrams that wait", test_waiting },
		{ "whose call it is", test_callers },
		{ "the same call of another peer, in the pool", test_two_peers_in_the_pool },
		{ "the same call again, when its reply is old", test_age },
		{ "a server at all addresses", test_all_addresses },
		/* The very last, for the network is another one afterwards. */
		{ "a server at all addresses of IPv6", test_all_ipv6_addresses },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("udp", tests);
}
