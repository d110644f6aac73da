/* What each limit refuses, whom it makes way for, and that what was counted goes down again. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/blocking.h"
#include "compare/lab/wire.h"
#include "tests/kit/attacks.h"
#include "tests/kit/calls.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE     (HARNESS_PATIENCE * 1000) /* milliseconds */
#define DEADLINE     (10 * SECOND)             /* of a call that waits for nobody */
#define ROUNDS       3
#define SESSIONS     8 /* endpoints that have any: all but udp */

static const char *const with_sessions[SESSIONS] = {
	"rpc+tcp", "raw+tcp", "rpc+unix", "raw+unix", "rpc+fifo", "raw+fifo", "rpc+shm", "raw+shm"
};

/* ---- newcomers ---- */

/* 4,096 numbers: the session has to hold them until all are there. */
static bool is_served(const struct endpoint *endpoint)
{
	static quad_t numbers[4096];
	calc_values values = { COUNT(numbers), numbers };
	union procedure_result result;

	memset(&result, 0, sizeof(result));
	return call_once(endpoint, DEADLINE, "summarize", &values, &result) == 0;
}

/* Who comes is served, if not at once: that somebody has left is not seen before it is looked at.
 * A count that stayed up would refuse him for ever. */
static void check_newcomer(const struct endpoint *endpoint)
{
	bool served;

	AWAIT((served = is_served(endpoint)));
	CHECK_INT(served, true);
}

static void for_each_endpoint(const char *const options[],
			      void (*test)(struct daemon *daemon, const struct endpoint *endpoint))
{
	struct daemon daemon;

	for (size_t i = 0; i < SESSIONS; i++) {
		unsigned int failures = CU_get_number_of_failures();
		struct endpoint endpoint;

		CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
		endpoint = call_endpoint(daemon_endpoint(&daemon, with_sessions[i]));
		test(&daemon, &endpoint);
		CHECK_INT(daemon_stop(&daemon), 0);
		if (CU_get_number_of_failures() > failures)
			printf("      on: %s\n", with_sessions[i]);
	}
}

/* ---- connections by hand ---- */

/* Whether the server answers on it. */
static bool answers(struct wire *wire)
{
	bool rpc = wire->endpoint.protocol == ENDPOINT_RPC;
	struct buffer call = { 0 };
	uint8_t reply[64];
	size_t length;

	call_make(&call, rpc, false, 1, "null", NULL);
	wire_send(wire, call.data, call.length);
	length = wire_receive(wire, reply, sizeof(reply));
	buffer_release(&call);
	return length > 0;
}

/* Comes in; false when it is sent away. */
static bool enter(struct wire *wire, const struct endpoint *endpoint)
{
	return wire_connect(wire, endpoint) && answers(wire);
}

/* ---- one after the other ---- */

static void try_in_sequence(struct daemon *daemon, const struct endpoint *endpoint)
{
	(void)daemon;
	for (int i = 0; i < 2 * ROUNDS; i++)
		check_newcomer(endpoint);
}

/* More clients than may be here at a time, but one after the other. */
static void test_in_sequence(void)
{
	static const char *const limits[] = { "--max-per-address", "--max-connections" };

	for (size_t i = 0; i < COUNT(limits); i++) {
		const char *const options[] = { limits[i], "2", NULL };

		for_each_endpoint(options, try_in_sequence);
	}
}

/* ---- so many at a time, and down again ---- */

#define MOST 3

/* All places are taken, one is sent away; all leave, and so it goes again. */
static void try_places(struct daemon *daemon, const struct endpoint *endpoint)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct wire wires[MOST], another;
		bool entered;

		for (int i = 0; i < MOST; i++) {
			/* Who left in the round before may still be counted. */
			AWAIT((entered = enter(&wires[i], endpoint)) || !wire_close(&wires[i]));
			CHECK_INT(entered, true);
		}
		CHECK_INT(enter(&another, endpoint), false);
		CU_ASSERT(daemon_says(daemon, "as many clients are connected as may be", PATIENCE));
		wire_close(&another);
		for (int i = 0; i < MOST; i++) {
			CHECK_INT(answers(&wires[i]), true);
			wire_close(&wires[i]);
		}
		check_newcomer(endpoint);
	}
}

static void test_places(void)
{
	static const char *const limits[] = { "--max-per-address", "--max-connections" };

	for (size_t i = 0; i < COUNT(limits); i++) {
		const char *const options[] = { limits[i], "3", NULL };

		for_each_endpoint(options, try_places);
	}
}

/* Who could have more, if others had not the rest, is sent away uncounted, too. */
static void test_places_beside_another(void)
{
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0",
					       "--max-connections", "3", NULL };
	struct wire wires[MOST], another;
	struct endpoint endpoint;
	struct daemon daemon;
	bool entered;
	int other;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	other = other_peer_connect(&endpoint, OTHER_PEER_HOST);
	CU_ASSERT(other_peer_adds(other, &endpoint));
	CHECK_INT(enter(&wires[0], &endpoint), true);
	CHECK_INT(enter(&wires[1], &endpoint), true);
	for (int i = 0; i < 2 * MOST; i++) {
		CHECK_INT(enter(&another, &endpoint), false);
		wire_close(&another);
	}
	wire_close(&wires[0]);
	wire_close(&wires[1]);
	close(other);
	for (int i = 0; i < MOST; i++) {
		AWAIT((entered = enter(&wires[i], &endpoint)) || !wire_close(&wires[i]));
		CHECK_INT(entered, true);
	}
	for (int i = 0; i < MOST; i++)
		wire_close(&wires[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- memory, and down again ---- */

/* Most of a message of 65,280 bytes, or in a ring, messages that are not answered. */
static void send_much(struct wire *wire)
{
	static const uint8_t rpc[] = { 0x80, 0, 0xff, 0 }, raw[] = { 0, 0, 0xff, 0 };
	static const uint8_t word[4];
	uint8_t bytes[60000] = { 0 };

	if (wire->memory) {
		while (ring_write(&wire->writer, word, sizeof(word)) > 0)
			;
		shm_wake(wire->in);
		return;
	}
	memcpy(bytes, wire->endpoint.protocol == ENDPOINT_RPC ? rpc : raw, sizeof(rpc));
	blocking_set(wire->out, false);
	for (size_t sent = 0; sent < sizeof(bytes);) {
		ssize_t n = write(wire->out, bytes + sent, sizeof(bytes) - sent);
		struct pollfd room = { .fd = wire->out, .events = POLLOUT };

		if (n < 0 && poll(&room, 1, PATIENCE) <= 0)
			return;
		sent += n > 0 ? (size_t)n : 0;
	}
}

static void try_memory(struct daemon *daemon, const struct endpoint *endpoint)
{
	enum { CLIENTS = 8 };

	for (int round = 0; round < ROUNDS; round++) {
		struct wire wires[CLIENTS];

		for (int i = 0; i < CLIENTS; i++) {
			CHECK_INT(wire_connect(&wires[i], endpoint), true);
			send_much(&wires[i]);
		}
		if (endpoint->transport != ENDPOINT_SHM)
			CU_ASSERT(daemon_says(daemon, "(--max-memory)", PATIENCE));
		for (int i = 0; i < CLIENTS; i++)
			wire_close(&wires[i]);
		check_newcomer(endpoint);
	}
}

static void test_memory(void)
{
	static const char *const options[] = { "--max-message", "65536", "--max-memory", "262144",
					       NULL };

	for_each_endpoint(options, try_memory);
}

/* Who has sent a few bytes of a call, long ago, does not end for those of his peer that hold much.
 */
static void test_memory_of_little(void)
{
	enum { CLIENTS = 8, LITTLE = 10 };
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0", "--max-message",
					       "65536",    "--max-memory",          "262144",
					       NULL };
	const calc_operands operands = { 40, 2 };
	struct wire wires[CLIENTS];
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	uint8_t reply[64];
	int little;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = call_endpoint(daemon.endpoints[0]);
	call_make(&call, false, true, 1, "add", &operands);
	little = other_peer_connect(&endpoint, "127.0.0.1");
	CHECK_INT(send(little, call.data, LITTLE, 0), LITTLE);
	for (int i = 0; i < CLIENTS; i++) {
		CHECK_INT(wire_connect(&wires[i], &endpoint), true);
		send_much(&wires[i]);
	}
	CU_ASSERT(daemon_says(&daemon, "(--max-memory)", PATIENCE));
	CHECK_INT(send(little, call.data + LITTLE, call.length - LITTLE, MSG_NOSIGNAL),
		  call.length - LITTLE);
	CU_ASSERT(recv(little, reply, sizeof(reply), 0) > 0);
	for (int i = 0; i < CLIENTS; i++)
		wire_close(&wires[i]);
	close(little);
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- descriptors, and down again ---- */

/* With a spare one in hand a client is sent away at once, each time that no other is left. */
static void try_descriptors(struct daemon *daemon, const struct endpoint *endpoint)
{
	enum { LEFT = 6, CLIENTS = 12 };

	observe_limit_descriptors(daemon->pid, observe_lowest_free(daemon->pid) + LEFT);
	for (int round = 0; round < ROUNDS; round++) {
		struct wire wires[CLIENTS];
		int in = 0;

		while (in < CLIENTS && enter(&wires[in], endpoint))
			in++;
		CHECK_THAT(in > 0 && in <= LEFT, "%d of %d got in", in, LEFT);
		CU_ASSERT(daemon_says(daemon, "was sent away", PATIENCE));
		for (int i = 0; i <= in && i < CLIENTS; i++)
			wire_close(&wires[i]);
		check_newcomer(endpoint);
	}
}

static void test_descriptors(void)
{
	static const char *const options[] = { "--workers", "1", NULL };

	for_each_endpoint(options, try_descriptors);
}

/* ---- who makes way ---- */

#define PLACES 8

struct greedy {
	struct endpoint endpoint;
	uid_t user;
	int fds[PLACES];
};

/* The beginning of a message, so that a session holds something. */
static void send_beginning(int fd, const struct endpoint *endpoint)
{
	uint8_t bytes[10000] = { endpoint->protocol == ENDPOINT_RPC ? 0x80 : 0, 0, 0xff, 0 };

	CHECK_INT(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
}

/* One peer takes all the places, and uses its first connection last; its last one holds most. */
static void take_all(struct greedy *greedy)
{
	other_peer_become(greedy->user);
	for (int i = 0; i < PLACES; i++) {
		greedy->fds[i] = other_peer_connect(&greedy->endpoint, OTHER_PEER_HOST);
		CU_ASSERT_FATAL(greedy->fds[i] >= 0);
		CHECK_INT(other_peer_adds(greedy->fds[i], &greedy->endpoint), true);
	}
	other_peer_become(0);
	send_beginning(greedy->fds[PLACES - 1], &greedy->endpoint);
	CHECK_INT(other_peer_adds(greedy->fds[0], &greedy->endpoint), true);
}

/* Another one of its own is sent away: it makes no way for itself. */
static void check_own_newcomer(struct greedy *greedy)
{
	int fd;

	other_peer_become(greedy->user);
	fd = other_peer_connect(&greedy->endpoint, OTHER_PEER_HOST);
	other_peer_become(0);
	CHECK_INT(other_peer_adds(fd, &greedy->endpoint), false);
	close(fd);
}

/* How many of its connections have ended; *first is the first of them. */
static int count_ended(const struct greedy *greedy, int *first)
{
	int count = 0;

	for (int i = PLACES - 1; i >= 0; i--) {
		struct pollfd end = { .fd = greedy->fds[i], .events = POLLIN };

		if (poll(&end, 1, 0) == 1) {
			count++;
			*first = i;
		}
	}
	return count;
}

static void leave(struct greedy *greedy)
{
	for (int i = 0; i < PLACES; i++)
		close(greedy->fds[i]);
}

/* Others get in as long as they have less, each at its first attempt; for each of them one of the
 * greedy peer's ends, the one that has been idle for longest: with one worker that is known. */
static void try_greedy(const char *workers, const char *by, const char *const newcomers[])
{
	const char *const options[] = { "--workers", workers, "--max-connections", "8", NULL };
	struct client stayers[PLACES];
	struct greedy greedy = { .user = 0 };
	struct daemon daemon;
	int count = 0, first = -1;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	greedy.endpoint = call_endpoint(daemon_endpoint(&daemon, by));
	if (other_peer_admit_users(&daemon) && greedy.endpoint.transport == ENDPOINT_UNIX)
		greedy.user = OTHER_PEER_USER;
	take_all(&greedy);
	check_own_newcomer(&greedy);
	CHECK_INT(count_ended(&greedy, &first), 0);
	for (; newcomers[count]; count++) {
		const struct endpoint endpoint = call_endpoint(
			daemon_endpoint(&daemon, newcomers[count]));
		calc_operands operands = { 40, 2 };
		union procedure_result result;
		struct failure failure;

		client_init(&stayers[count], &endpoint, DEADLINE);
		CHECK_INT(procedure_call(procedure_find("add"), &stayers[count], &operands, &result,
					 &failure),
			  0);
		AWAIT(count_ended(&greedy, &first) == count + 1);
		CHECK_INT(count_ended(&greedy, &first), count + 1);
		if (strcmp(workers, "1") == 0)
			CHECK_INT(first, 1); /* the first of them all has been used since */
	}
	CU_ASSERT(daemon_says(&daemon, by[4] == 't' ? OTHER_PEER_HOST : "user 65534", PATIENCE));
	while (count > 0)
		client_release(&stayers[--count]);
	leave(&greedy);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_greedy(void)
{
	static const char *const others[] = { "rpc+tcp", "raw+tcp", "rpc+tcp", NULL };
	static const char *const all[] = { "raw+unix", "rpc+shm", "rpc+tcp", NULL };
	static const char *const workers[] = { "1", "2" };

	for (size_t i = 0; i < COUNT(workers); i++) {
		try_greedy(workers[i], "raw+tcp", all);
		try_greedy(workers[i], "rpc+tcp", others);
		if (geteuid() == 0) {
			try_greedy(workers[i], "raw+unix", others);
			try_greedy(workers[i], "rpc+unix", all);
		}
	}
}

/* ---- those who do nothing, and too little ---- */

/* To wake the server is no call. */
static void test_only_wakes(void)
{
	static const char *const options[] = { "--idle-timeout", "1",       "--listen", "raw+shm",
					       "--listen",       "rpc+shm", NULL };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	for (unsigned int i = 0; i < daemon.count; i++) {
		const struct endpoint endpoint = call_endpoint(daemon.endpoints[i]);
		struct wire wire;
		bool ended;

		CU_ASSERT_FATAL(wire_connect(&wire, &endpoint));
		AWAIT((shm_wake(wire.in), ended = wire_ends(&wire, 20)));
		CHECK_INT(ended, true);
		CU_ASSERT(daemon_says(&daemon, "(--idle-timeout)", PATIENCE));
		wire_close(&wire);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void ask_for_pages(int fd, const struct endpoint *endpoint)
{
	const fileinfo_list_args arguments = { (char *)".", 0, 1 << 20 };
	struct buffer calls = { 0 };

	for (uint32_t id = 1; id <= 20; id++)
		call_make(&calls, endpoint->protocol == ENDPOINT_RPC, true, id, "list", &arguments);
	CHECK_INT(send(fd, calls.data, calls.length, 0), calls.length);
	buffer_release(&calls);
}

/* Who takes a little of its replies all the while has its time all the same: so little that a page
 * takes longer, and so much that there is room for more of it several times a second. */
static void test_drips_reads(void)
{
	static const char *const options[] = { "--message-timeout", "1", "--max-message", "1048576",
					       NULL };
	static const char *const by[] = { "raw+unix", "rpc+unix" };
	char root[] = "/tmp/sidecall-test-XXXXXX";
	struct daemon daemon;

	CU_ASSERT_FATAL(attack_make_root(root));
	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, root, options));
	for (size_t i = 0; i < COUNT(by); i++) {
		const struct endpoint endpoint = call_endpoint(daemon_endpoint(&daemon, by[i]));
		int fd = other_peer_connect(&endpoint, OTHER_PEER_HOST);
		uint8_t bytes[8192];
		bool ended;
		ssize_t n;

		CU_ASSERT_FATAL(fd >= 0);
		ask_for_pages(fd, &endpoint);
		AWAIT((n = read(fd, bytes, sizeof(bytes)),
		       ended = daemon_says(&daemon, "did not read its replies for 1 s", 15),
		       ended || n <= 0));
		CHECK_THAT(ended, "%s: it was not ended", by[i]);
		close(fd);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
	remove_tree(root);
}

/* ---- what waits in the pool ---- */

static int count_open(const int fds[], int count)
{
	int open_ones = 0;

	for (int i = 0; i < count; i++) {
		struct pollfd end = { .fd = fds[i], .events = POLLIN };

		open_ones += poll(&end, 1, 0) == 0;
	}
	return open_ones;
}

/* Calls that wait for a thread are memory, too: of whoever has most of them a session ends, and
 * another peer's call is answered. */
static void test_memory_of_waiting(void)
{
	enum { CLIENTS = 200, CALLS = 4, ROOM = 262144 / CALLS / 4000 };
	static const char *const options[] = {
		"--max-message", "65536", "--max-memory", "262144", "--stop-timeout", "1", NULL
	};
	static char path[4000];
	const char *argument = path;
	int fds[CLIENTS];
	struct endpoint endpoint;
	struct daemon daemon;

	memset(path, '/', sizeof(path) - 1);
	memcpy(path + sizeof(path) - sizeof(ATTACK_HUGE_FILE), ATTACK_HUGE_FILE,
	       sizeof(ATTACK_HUGE_FILE));
	memcpy(path, ".", 1);
	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	{
		char name[128];
		int fd;

		snprintf(name, sizeof(name), "%s/" ATTACK_HUGE_FILE, daemon.root);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CHECK_INT(ftruncate(fd, (off_t)1 << 40), 0);
		close(fd);
	}
	endpoint = call_endpoint(daemon_endpoint(&daemon, "raw+tcp"));
	for (int i = 0; i < CLIENTS; i++) {
		struct buffer calls = { 0 };

		fds[i] = other_peer_connect(&endpoint, OTHER_PEER_HOST);
		for (uint32_t id = 0; id < CALLS; id++)
			call_make(&calls, false, true, id, "digest", &argument);
		send(fds[i], calls.data, calls.length, MSG_NOSIGNAL);
		buffer_release(&calls);
	}
	CU_ASSERT(daemon_says(&daemon, "(--max-memory), and this one most", PATIENCE));
	AWAIT(count_open(fds, CLIENTS) <= ROOM);
	CHECK_THAT(count_open(fds, CLIENTS) <= ROOM, "%d of them stay", count_open(fds, CLIENTS));
	check_newcomer(&endpoint);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	check_newcomer(&endpoint);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- the limit on descriptors ---- */

/* As many connections as descriptors, where each has one: 128 of 400 are the server's own. */
static void serve_two_hundred(void)
{
	enum { CLIENTS = 200 };
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0", NULL };
	const struct rlimit limit = { 400, 400 };
	struct endpoint endpoint;
	struct daemon daemon;
	bool right = true;
	int fds[CLIENTS];

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || !daemon_start(&daemon, NULL, options))
		_exit(2);
	endpoint = call_endpoint(daemon.endpoints[0]);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = other_peer_connect(&endpoint, OTHER_PEER_HOST);
		right = right && other_peer_adds(fds[i], &endpoint);
	}
	for (int i = 0; i < CLIENTS; i++)
		right = right && other_peer_adds(fds[i], &endpoint);
	_exit(daemon_stop(&daemon) == 0 && right ? 0 : 1);
}

static void test_one_descriptor_each(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		serve_two_hundred();
	CHECK_INT(call_wait(pid), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "one after the other", test_in_sequence },
		{ "so many at a time, and again", test_places },
		{ "so many at a time, beside another", test_places_beside_another },
		{ "memory, and again", test_memory },
		{ "little memory beside much", test_memory_of_little },
		{ "descriptors, and again", test_descriptors },
		{ "who has most makes way", test_greedy },
		{ "a client that only wakes", test_only_wakes },
		{ "a client that drips reads", test_drips_reads },
		{ "memory of calls that wait", test_memory_of_waiting },
		{ "a descriptor for each connection", test_one_descriptor_each },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	process_raise_descriptors();
	return harness_run("limits", tests);
}
