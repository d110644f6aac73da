/* The program sidecalld: how it starts and ends and its limits. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/procedures.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE      (HARNESS_PATIENCE * 1000) /* milliseconds; who takes longer is hanging */
#define SOON          9000 /* milliseconds: no time-out that a daemon has by itself is as short */

/* ---- time ---- */

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* ---- the daemon ---- */

static void start(struct daemon *daemon, const char *const options[])
{
	if (!daemon_start(daemon, NULL, options))
		CU_FAIL_FATAL("sidecalld does not start");
}

/* Whether it ends by itself within so many milliseconds.  Its status is not taken. */
static bool ends_within(const struct daemon *daemon, int time)
{
	struct pollfd waiting = { .fd = pidfd_open(daemon->pid, 0), .events = POLLIN };
	int r = poll(&waiting, 1, time);

	close(waiting.fd);
	return r == 1;
}

/* The number of files in the runtime directory. */
static int count_files(const struct daemon *daemon)
{
	char path[128];
	int count = -2; /* for . and .. */
	DIR *directory;

	snprintf(path, sizeof(path), "%s/run", daemon->directory);
	directory = opendir(path);
	if (!directory)
		return -1;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void make_files(const struct daemon *daemon, int count)
{
	for (int i = 0; i < count; i++) {
		char path[160];
		int fd;

		snprintf(path, sizeof(path), "%s/a file with a name of some length %06d",
			 daemon->root, i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		CU_ASSERT_FATAL(fd >= 0);
		close(fd);
	}
}

/* ---- an honest client ---- */

static void join(struct client *client, const char *text)
{
	struct endpoint endpoint;

	CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, text));
	client_init(client, &endpoint, PATIENCE * INT64_C(1000000));
}

/* Whether 40 + 2 comes back as 42. */
static bool is_answered(struct client *client)
{
	calc_operands operands = { 40, 2 };
	union procedure_result result;
	struct failure failure;
	int code = procedure_call(procedure_find("add"), client, &operands, &result, &failure);

	return code == 0 && result.number.status == CALC_OK &&
	       result.number.calc_result_u.value == 42;
}

/* A new connection is served. */
static void check_served(const char *endpoint)
{
	struct client client;

	join(&client, endpoint);
	CU_ASSERT(is_answered(&client));
	client_release(&client);
}

/* ---- a client that sends what it likes ---- */

static int connect_tcp(const struct endpoint *endpoint)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo *address;
	char port[16];
	int fd;

	snprintf(port, sizeof(port), "%d", endpoint->port);
	if (getaddrinfo(endpoint->host, port, &hints, &address) != 0)
		return -1;
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(address);
	return fd;
}

static int connect_unix(const struct endpoint *endpoint)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", endpoint->path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A connection on which no wait is without end. */
static int connect_to(const char *text)
{
	const struct timeval patience = { .tv_sec = PATIENCE / 1000 };
	struct endpoint endpoint;
	int fd;

	CU_ASSERT_PTR_NULL_FATAL(endpoint_parse(&endpoint, text));
	fd = endpoint.transport == ENDPOINT_TCP ? connect_tcp(&endpoint) : connect_unix(&endpoint);
	CU_ASSERT_FATAL(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static bool is_rpc(const char *endpoint)
{
	return strncmp(endpoint, "rpc", 3) == 0;
}

/* Waits for the end of the stream, passing over what comes before.  False: still open. */
static bool is_ended(int fd)
{
	char bytes[65536];
	ssize_t n;

	do
		n = recv(fd, bytes, sizeof(bytes), 0);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

/* Bytes that are sent as one. */
struct bytes {
	uint8_t at[512];
	size_t length;
};

static void put(struct bytes *bytes, uint64_t value, int size)
{
	while (size--)
		bytes->at[bytes->length++] = (uint8_t)(value >> 8 * size);
}

/* A call of the null procedure, or one for a long page of the root, as docs/protocol.md says. */
static void put_call(struct bytes *bytes, bool rpc, bool list)
{
	if (rpc) {
		const uint32_t header[] = { 0x80000000 + (list ? 60 : 40),
					    7,
					    0,
					    2,
					    list ? FILEINFO_PROG : CALC_PROG,
					    1,
					    list ? FILEINFO_LIST : 0,
					    0,
					    0,
					    0,
					    0 };

		for (size_t i = 0; i < LENGTH(header); i++)
			put(bytes, header[i], 4);
		if (list)
			put(bytes, 1, 4);
	} else {
		put(bytes, list ? 23 : 8, 4);
		put(bytes, 7, 4);
		put(bytes, 1, 2);
		put(bytes, list ? 102 : 0, 2);
		if (list)
			put(bytes, 1, 2);
	}
	if (list) {
		put(bytes, '.', 1);
		if (rpc)
			put(bytes, 0, 3);
		put(bytes, 0, 8);
		put(bytes, 262144, 4);
	}
}

static bool send_all(int fd, const struct bytes *bytes)
{
	return send(fd, bytes->at, bytes->length, MSG_NOSIGNAL) == (ssize_t)bytes->length;
}

/* The marks of both protocols are four bytes, and no reply of ours is in fragments. */
static int64_t read_reply(int fd)
{
	static uint8_t reply[1 << 20];
	uint32_t mark;

	if (recv(fd, &mark, 4, MSG_WAITALL) != 4)
		return -1;
	mark = ntohl(mark) & 0x7fffffff;
	if (mark > sizeof(reply) || recv(fd, reply, mark, MSG_WAITALL) != (ssize_t)mark)
		return -1;
	return mark;
}

/* ---- start ---- */

static bool has_ipv6(void)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return has;
}

/* daemon_start() takes apart the lines: "listening ENDPOINT" for each, then "ready". */
static void test_addresses(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					       "--listen", "raw+tcp://127.0.0.1:0",
					       "--listen", "rpc+unix",
					       "--listen", "raw+unix",
					       "--listen", "rpc+tcp://[::1]:0",
					       "--listen", "raw+tcp://[::1]:0",
					       NULL };
	static const char *const prefixes[] = { "rpc+tcp://127.0.0.1:", "raw+tcp://127.0.0.1:",
						"rpc+unix:/",           "raw+unix:/",
						"rpc+tcp://[::1]:",     "raw+tcp://[::1]:" };
	const char *without_ipv6[9] = { NULL };
	unsigned int count = has_ipv6() ? 6 : 4;
	struct daemon daemon;

	memcpy(without_ipv6, options, 8 * sizeof(options[0]));
	start(&daemon, count == 6 ? options : without_ipv6);
	CHECK_INT(daemon.count, count);
	for (unsigned int i = 0; i < daemon.count; i++) {
		CHECK_INT(strncmp(daemon.endpoints[i], prefixes[i], strlen(prefixes[i])), 0);
		check_served(daemon.endpoints[i]);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A program that does not start, but says why. */
struct refusal {
	const char *words[8];
	int code;
	const char *error;
};

static void check_refused(const struct refusal *refusal)
{
	const char *argv[12] = { program_path("sidecalld"), "--no-rpcbind" };
	struct outcome outcome;
	char what[320];

	memcpy(argv + 2, refusal->words, sizeof(refusal->words));
	outcome = process_run(argv, NULL);
	snprintf(what, sizeof(what), "sidecalld %.40s %.80s, which says \"%.160s\"",
		 argv[2] ? argv[2] : "", argv[2] && argv[3] ? argv[3] : "", outcome.error);
	harness_check_int(__FILE__, __LINE__, what, outcome.status, refusal->code);
	harness_check_int(__FILE__, __LINE__, what, strstr(outcome.error, refusal->error) != NULL,
			  1);
	harness_check_str(__FILE__, __LINE__, what, outcome.out, "");
	outcome_release(&outcome);
}

static void test_usage(void)
{
	static const struct refusal refusals[] = {
		{ { "--nonsense" }, 64, "--nonsense is no option; there are --listen" },
		{ { "operand" }, 64, "operand: no operands are taken" },
		{ { "--listen" }, 64, "--listen needs a value" },
		{ { "--listen", "telegraph" }, 64, "--listen \"telegraph\": an endpoint looks" },
		{ { "--listen", "raw+tcp://[::1" }, 64, "ends with ]" },
		{ { "--listen", "raw+unix:" }, 64, "the path is empty" },
		{ { "--max-connections", "0" }, 64, "--max-connections takes a number from 1" },
		{ { "--max-connections", "many" }, 64, "not \"many\"" },
		{ { "--max-connections", "-1" }, 64, "not \"-1\"" },
		{ { "--max-message", "1023" }, 64, "a number from 1024" },
		{ { "--max-message", "99999999999999999999" }, 64, "--max-message takes" },
		{ { "--message-timeout", "0" }, 64, "--message-timeout takes a number from 1" },
		{ { "--message-timeout", "1s" }, 64, "not \"1s\"" },
		{ { "--idle-timeout", "" }, 64, "--idle-timeout takes a number from 0" },
		{ { "--root", "/nowhere/at/all" }, 66, "/nowhere/at/all: No such file" },
		{ { "--root", "/dev/null" }, 66, "the directory /dev/null: Not a directory" },
		{ { "--listen", "raw+tcp://no..host:0" }, 69, "cannot listen on raw+tcp://no..ho" },
		{ { "--listen", "raw+tcp://192.0.2.1:0" },
		  69,
		  "Cannot assign requested address. Take an address that this machine has" },
		{ { "--listen", "raw+unix:/nowhere/at/all/socket" },
		  69,
		  "No such file or directory. Make its directory, or take another path" },
	};

	for (size_t i = 0; i < LENGTH(refusals); i++)
		check_refused(&refusals[i]);
}

static void test_help(void)
{
	static const struct {
		const char *option, *out;
	} cases[] = {
		{ "--help", "--max-connections" },
		{ "--help", "Example: sidecalld " },
		{ "--version", "sidecalld " SIDECALL_VERSION "\n" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *const argv[] = { program_path("sidecalld"), cases[i].option, NULL };
		struct outcome outcome = process_run(argv, NULL);

		CHECK_INT(outcome.status, 0);
		harness_check_int(__FILE__, __LINE__, cases[i].out,
				  strstr(outcome.out, cases[i].out) != NULL, 1);
		outcome_release(&outcome);
	}
}

static void test_port_in_use(void)
{
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0", NULL };
	struct daemon daemon;
	struct refusal refusal = { .code = 69, .error = "is using the port" };

	start(&daemon, options);
	refusal.words[0] = "--listen";
	refusal.words[1] = daemon.endpoints[0];
	check_refused(&refusal);
	check_served(daemon.endpoints[0]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- what stands at a Unix socket's path ---- */

static void test_second_server(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	struct refusal refusal = { .words = { "--listen", "rpc+unix" }, .code = 69 };
	struct daemon daemon;
	char error[80];

	start(&daemon, options);
	snprintf(error, sizeof(error), "the server with process id %d is using it. End it, or take",
		 (int)daemon.pid);
	refusal.error = error;
	check_refused(&refusal);
	check_served(daemon.endpoints[0]);
	CHECK_INT(count_files(&daemon), 2);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_stale_socket(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", endpoint[64];
	const char *const options[] = { "--listen", endpoint, NULL };
	struct daemon daemon;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(endpoint, sizeof(endpoint), "raw+unix:%s/s", directory);
	start(&daemon, options);
	kill(daemon.pid, SIGKILL);
	CU_ASSERT(ends_within(&daemon, PATIENCE));
	CHECK_INT(daemon_stop(&daemon), 128 + SIGKILL);
	CHECK_INT(access(endpoint + strlen("raw+unix:"), F_OK), 0);
	start(&daemon, options);
	check_served(endpoint);
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(rmdir(directory), 0); /* neither the socket nor the lock is left */
}

/* What is no socket is not ours to remove. */
static void test_occupied_path(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", endpoint[64], content[16] = "";
	struct refusal refusal = { .words = { "--listen", endpoint },
				   .code = 69,
				   .error = "something else stands there" };
	const char *path = endpoint + strlen("raw+unix:");
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(endpoint, sizeof(endpoint), "raw+unix:%s/s", directory);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CHECK_INT(write(fd, "precious", 8), 8);
	check_refused(&refusal);
	CHECK_INT(pread(fd, content, sizeof(content) - 1, 0), 8);
	CHECK_STR(content, "precious");
	close(fd);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(symlink("elsewhere", path), 0);
	check_refused(&refusal);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkdir(path, 0755), 0);
	check_refused(&refusal);
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(rmdir(directory), 0);
}

/* The runtime directory must be ours, and ours alone. */
static void test_runtime_directory(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[64];
	struct refusal refusal = { .words = { "--listen", "raw+unix" },
				   .code = 69,
				   .error = "others may write to it" };
	const char *before = getenv("SIDECALL_DIR");
	char *saved = before ? strdup(before) : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(path, sizeof(path), "%s/link", directory);
	setenv("SIDECALL_DIR", directory, 1);
	CHECK_INT(chmod(directory, 0777), 0);
	check_refused(&refusal);
	refusal.error = "Not a directory";
	setenv("SIDECALL_DIR", path, 1);
	CHECK_INT(symlink(".", path), 0);
	check_refused(&refusal);
	CHECK_INT(unlink(path), 0);
	refusal.error = "No such file";
	setenv("SIDECALL_DIR", "/nowhere/at/all", 1);
	check_refused(&refusal);
	if (geteuid() != 0) {
		refusal.error = "Permission denied. Take a path where you may make files";
		CHECK_INT(chmod(directory, 0500), 0);
		setenv("SIDECALL_DIR", directory, 1);
		check_refused(&refusal);
	}
	CHECK_INT(rmdir(directory), 0);
	unsetenv("SIDECALL_DIR");
	if (saved)
		setenv("SIDECALL_DIR", saved, 1);
	free(saved);
}

/* ---- stop ---- */

static const char *const sockets[] = { "--listen",
				       "rpc+tcp://127.0.0.1:0",
				       "--listen",
				       "raw+tcp://127.0.0.1:0",
				       "--listen",
				       "rpc+unix",
				       "--listen",
				       "raw+unix",
				       "--stop-timeout",
				       "1",
				       NULL };

static void test_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT };

	for (size_t i = 0; i < LENGTH(signals); i++) {
		struct daemon daemon;
		struct client client;

		start(&daemon, sockets);
		join(&client, daemon.endpoints[0]);
		CU_ASSERT(is_answered(&client)); /* and stays connected */
		CHECK_INT(count_files(&daemon), 4);
		CHECK_INT(kill(daemon.pid, signals[i]), 0);
		CU_ASSERT(ends_within(&daemon, PATIENCE));
		CHECK_INT(count_files(&daemon), 0);
		client_release(&client);
		CHECK_INT(daemon_stop(&daemon), 0);
	}
}

#define A_LOT 2000

/* Sends many calls whose replies are more than the sockets hold; as many as they take at once. */
static void ask_a_lot(int fd, bool rpc, int times)
{
	static uint8_t calls[A_LOT * 64];
	struct bytes call = { .length = 0 };
	size_t length;

	put_call(&call, rpc, true);
	for (int i = 0; i < times; i++)
		memcpy(calls + (size_t)i * call.length, call.at, call.length);
	length = (size_t)times * call.length;
	for (size_t sent = 0; sent < length;) {
		ssize_t n = send(fd, calls + sent, length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			break;
		sent += (size_t)n;
	}
}

/* A call that is half here, replies that nobody takes: the end comes all the same, long before any
 * of them has had its time. */
static void test_stop_with_bad_clients(void)
{
	const char *options[16] = { "--message-timeout", "600" };
	struct daemon daemon;
	int half[4], greedy[4];

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	make_files(&daemon, 400);
	for (int i = 0; i < 4; i++) {
		const char *endpoint = daemon.endpoints[i];
		struct pollfd waiting = { .events = POLLIN };

		half[i] = connect_to(endpoint);
		CHECK_INT(send(half[i], "\200", 1, MSG_NOSIGNAL), 1);
		greedy[i] = waiting.fd = connect_to(endpoint);
		ask_a_lot(greedy[i], is_rpc(endpoint), 400);
		CHECK_INT(poll(&waiting, 1, PATIENCE), 1); /* the replies are under way */
	}
	kill(daemon.pid, SIGTERM);
	CU_ASSERT(ends_within(&daemon, PATIENCE));
	CHECK_INT(count_files(&daemon), 0);
	CHECK_INT(daemon_stop(&daemon), 0);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT(is_ended(half[i]));
		CU_ASSERT(is_ended(greedy[i]));
		close(half[i]);
		close(greedy[i]);
	}
}

/* What was asked before the stop is answered, though the replies must wait for the client. */
static void test_stop_finishes(void)
{
	enum { CALLS = 20 }; /* more than the sockets hold, and soon answered */
	struct daemon daemon;

	for (int i = 0; i < 4; i++) {
		struct pollfd waiting = { .events = POLLIN };
		int replies = 0;

		start(&daemon, sockets);
		make_files(&daemon, 400);
		waiting.fd = connect_to(daemon.endpoints[i]);
		ask_a_lot(waiting.fd, is_rpc(daemon.endpoints[i]), CALLS);
		CHECK_INT(poll(&waiting, 1, PATIENCE), 1);
		kill(daemon.pid, SIGTERM);
		while (read_reply(waiting.fd) > 400 * 100)
			replies++;
		CHECK_INT(replies, CALLS);
		CU_ASSERT(ends_within(&daemon, PATIENCE));
		close(waiting.fd);
		CHECK_INT(daemon_stop(&daemon), 0);
	}
}

/* ---- limits ---- */

static void test_max_connections(void)
{
	static const char *const options[] = {
		/* One worker, so that a place is free when its client has seen the end. */
		"--workers", "1",        "--max-connections",
		"2",         "--listen", "raw+tcp://127.0.0.1:0",
		"--listen",  "rpc+unix", NULL
	};
	struct bytes call = { .length = 0 };
	struct daemon daemon;
	struct client second;
	int first, third;

	start(&daemon, options);
	put_call(&call, false, false);
	first = connect_to(daemon.endpoints[0]);
	CU_ASSERT(send_all(first, &call));
	CHECK_INT(read_reply(first), 8);
	join(&second, daemon.endpoints[1]);
	CU_ASSERT(is_answered(&second));
	third = connect_to(daemon.endpoints[0]);
	CU_ASSERT(is_ended(third));
	CU_ASSERT(daemon_says(
		&daemon, "as many clients are connected as may be (--max-connections)", PATIENCE));
	CU_ASSERT(send_all(first, &call));
	CHECK_INT(read_reply(first), 8);
	CU_ASSERT(is_answered(&second));
	shutdown(first, SHUT_WR);
	CU_ASSERT(is_ended(first)); /* so its place is free now */
	check_served(daemon.endpoints[0]);
	CU_ASSERT(is_answered(&second));
	client_release(&second);
	close(first);
	close(third);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Sends a null call and behind it a digest of a file without end, and waits for the first reply:
 * then the pool has the second. */
static void ask_for_ever(const struct daemon *daemon, int fd)
{
	struct bytes calls = { .length = 0 };
	char path[160];
	int file;

	snprintf(path, sizeof(path), "%s/f", daemon->root);
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CU_ASSERT(ftruncate(file, INT64_C(1) << 36) == 0);
	close(file);
	put_call(&calls, false, false);
	put(&calls, 11, 4);
	put(&calls, 8, 4);
	put(&calls, 1, 2);
	put(&calls, 104, 2);
	put(&calls, 1, 2);
	put(&calls, 'f', 1);
	CU_ASSERT(send_all(fd, &calls));
	CHECK_INT(read_reply(fd), 8);
}

/* One peer may not keep all connections to itself, though it waits for a reply on each of them. */
static void test_busy_peer_makes_way(void)
{
	static const char *const options[] = { "--workers", "1",        "--max-connections",
					       "3",         "--listen", "raw+tcp://127.0.0.1:0",
					       "--listen",  "rpc+unix", NULL };
	struct daemon daemon;
	int fds[3];

	start(&daemon, options);
	for (int i = 0; i < 3; i++) {
		fds[i] = connect_to(daemon.endpoints[0]);
		ask_for_ever(&daemon, fds[i]);
	}
	check_served(daemon.endpoints[1]);
	CU_ASSERT(is_ended(fds[0]));
	CU_ASSERT(daemon_says(&daemon, "it has most of all connections", PATIENCE));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* One address may not take all the places: who comes from elsewhere still gets in. */
static void test_max_per_address(void)
{
	static const char *const options[] = {
		"--max-per-address", "2",        "--listen", "raw+tcp://127.0.0.1:0",
		"--listen",          "rpc+unix", NULL
	};
	struct daemon daemon;
	int first, second, third;

	start(&daemon, options);
	first = connect_to(daemon.endpoints[0]);
	second = connect_to(daemon.endpoints[0]);
	third = connect_to(daemon.endpoints[0]);
	CU_ASSERT(daemon_says(&daemon, "(--max-per-address)", PATIENCE));
	check_served(daemon.endpoints[1]);
	close(first);
	close(second);
	close(third);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Clients that each send most of a message may not fill the memory between them. */
static void test_max_memory(void)
{
	static const char *const options[] = { "--max-message", "65536",    "--max-memory",
					       "262144",        "--listen", "raw+tcp://127.0.0.1:0",
					       "--listen",      "rpc+unix", NULL };
	static uint8_t half[60000] = { 0, 0, 0xff, 0 }; /* of a message of 65280 bytes */
	enum { CLIENTS = 16 };
	struct daemon daemon;
	int fds[CLIENTS];

	start(&daemon, options);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = connect_to(daemon.endpoints[0]);
		CU_ASSERT(send(fds[i], half, sizeof(half), MSG_NOSIGNAL) > 0);
		check_served(daemon.endpoints[1]);
	}
	CU_ASSERT(daemon_says(&daemon, "(--max-memory)", PATIENCE));
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A null call with bytes behind it, `length` in all: a message that is answered, if only with a
 * refusal, unless it is too long. */
static int send_long(const char *endpoint, uint32_t length)
{
	struct bytes call = { .length = 0 };
	uint8_t message[4096] = { 0 };
	bool rpc = is_rpc(endpoint);
	int fd = connect_to(endpoint);

	put_call(&call, rpc, false);
	memcpy(message, call.at, call.length);
	message[0] = rpc ? 0x80 : 0;
	message[1] = 0;
	message[2] = (uint8_t)(length >> 8);
	message[3] = (uint8_t)length;
	send(fd, message, length + 4, MSG_NOSIGNAL);
	return fd;
}

static void test_max_message(void)
{
	const char *options[16] = { "--max-message", "1024" };
	struct daemon daemon;

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	for (unsigned int i = 0; i < daemon.count; i++) {
		const char *endpoint = daemon.endpoints[i];
		struct client other;
		char line[64];
		int fd;

		join(&other, endpoint);
		CU_ASSERT(is_answered(&other));
		fd = send_long(endpoint, 1024);
		CU_ASSERT(read_reply(fd) > 0);
		close(fd);
		fd = send_long(endpoint, 1025);
		CHECK_INT(read_reply(fd), -1);
		CU_ASSERT(is_ended(fd));
		close(fd);
		snprintf(line, sizeof(line), "%.3s: a client's message is longer than 1024 bytes",
			 endpoint);
		CU_ASSERT(daemon_says(&daemon, line, PATIENCE));
		CU_ASSERT(is_answered(&other));
		client_release(&other);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Waits for the end of a bad client's connection, which comes soon.  An honest one is served all
 * the while, and `drip`, unless it is -1, is sent a byte now and then.  How many of its calls the
 * honest one had answered before that end. */
static int serve_until_end(int bad, const char *endpoint, int drip)
{
	struct pollfd waiting = { .fd = bad, .events = POLLIN };
	int64_t end = milliseconds() + SOON;
	struct client honest;
	int answered = 0;

	join(&honest, endpoint);
	while (poll(&waiting, 1, 20) == 0 && milliseconds() < end) {
		CU_ASSERT(is_answered(&honest));
		answered += poll(&waiting, 1, 0) == 0;
		if (drip >= 0)
			send(drip, "\1", 1, MSG_NOSIGNAL);
	}
	client_release(&honest);
	CU_ASSERT(poll(&waiting, 1, 0) == 1 && is_ended(bad));
	return answered;
}

/* Two bytes and silence, or a byte of a long message now and then, which is no better. */
static void test_message_timeout(void)
{
	static const uint8_t beginning[] = { 0x80, 0, 1 };
	const char *options[16] = { "--message-timeout", "1" };
	struct daemon daemon;
	int silent, dripping;

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	silent = connect_to(daemon.endpoints[0]);
	CHECK_INT(send(silent, beginning, 2, MSG_NOSIGNAL), 2);
	dripping = connect_to(daemon.endpoints[2]);
	CHECK_INT(send(dripping, beginning, 3, MSG_NOSIGNAL), 3);
	CU_ASSERT(serve_until_end(silent, daemon.endpoints[1], dripping) > 0);
	serve_until_end(dripping, daemon.endpoints[3], dripping);
	CU_ASSERT(
		daemon_says(&daemon, "rpc: a client did not finish its message in 1 s", PATIENCE));
	close(silent);
	close(dripping);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A client that never reads is ended too, once it has had its time. */
static void test_reading_timeout(void)
{
	const char *options[16] = { "--message-timeout", "1" };
	struct daemon daemon;
	int bad;

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	make_files(&daemon, 400);
	bad = connect_to(daemon.endpoints[2]);
	ask_a_lot(bad, true, A_LOT); /* more than one read takes */
	for (int i = 0; i < 20; i++) /* by then the sockets are full */
		check_served(daemon.endpoints[2]);
	CU_ASSERT(observe_idle(daemon.pid));
	CU_ASSERT(daemon_says(&daemon, "rpc: a client did not read its replies for 1 s", PATIENCE));
	check_served(daemon.endpoints[2]);
	CU_ASSERT(is_ended(bad));
	close(bad);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_idle_timeout(void)
{
	const char *options[16] = { "--idle-timeout", "1" };
	struct daemon daemon;
	int idle;

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	idle = connect_to(daemon.endpoints[0]);
	CU_ASSERT(serve_until_end(idle, daemon.endpoints[1], -1) > 0);
	CU_ASSERT(daemon_says(&daemon, "rpc: a client made no call for 1 s (--idle-timeout)",
			      PATIENCE));
	close(idle);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* More clients than descriptors: those that fit are served, the others are sent away, and nothing
 * turns in circles over a connection that cannot be accepted. */
static void test_descriptor_limit(void)
{
	enum { CLIENTS = 40, ROOM = 10 };
	struct bytes call = { .length = 0 };
	int fds[CLIENTS], served = 0;
	struct daemon daemon;

	start(&daemon, sockets);
	put_call(&call, false, false);
	observe_limit_descriptors(daemon.pid, observe_lowest_free(daemon.pid) + ROOM);
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = connect_to(daemon.endpoints[1]);
	CU_ASSERT_FATAL(daemon_says(&daemon, "no descriptor is left (ulimit -n)", PATIENCE));
	for (int i = 0; i < CLIENTS; i++) {
		bool is_served = send_all(fds[i], &call) && read_reply(fds[i]) == 8;

		served += is_served;
		CU_ASSERT(is_served || is_ended(fds[i])); /* nobody is left waiting */
	}
	CU_ASSERT(served >= ROOM / 4 && served <= 2 * ROOM);
	CU_ASSERT(observe_idle(daemon.pid));
	for (int i = 0; i < CLIENTS; i++) {
		shutdown(fds[i], SHUT_WR);
		CU_ASSERT(is_ended(fds[i]));
		close(fds[i]);
	}
	for (unsigned int i = 0; i < daemon.count; i++)
		check_served(daemon.endpoints[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Not even the spare descriptor is to be had, as when another worker snatches it: a client waits,
 * at no cost, and nobody says that it was sent away.  Once there are descriptors again it is
 * served, and so there is a spare one for the next time. */
static void test_no_spare(void)
{
	const char *options[16] = { "--workers", "1" };
	struct bytes call = { .length = 0 };
	struct daemon daemon;
	int fds[2], third;

	memcpy(options + 2, sockets, sizeof(sockets));
	start(&daemon, options);
	put_call(&call, false, false);
	observe_limit_descriptors(daemon.pid, 3);
	for (int i = 0; i < 2; i++)
		fds[i] = connect_to(daemon.endpoints[1 + 2 * i]); /* raw, over tcp and unix */
	CU_ASSERT(daemon_says(&daemon, "no descriptor is left (ulimit -n): a client ", PATIENCE));
	CHECK_INT(strncmp(daemon.said, "has to wait\n", 12), 0);
	CU_ASSERT(observe_idle(daemon.pid));
	observe_limit_descriptors(daemon.pid, 1000);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT(send_all(fds[i], &call));
		CHECK_INT(read_reply(fds[i]), 8);
	}
	observe_limit_descriptors(daemon.pid, observe_lowest_free(daemon.pid));
	third = connect_to(daemon.endpoints[1]);
	CU_ASSERT(is_ended(third));
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	close(third);
	CHECK_INT(daemon_stop(&daemon), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "its addresses", test_addresses },
		{ "usage", test_usage },
		{ "help and version", test_help },
		{ "a port in use", test_port_in_use },
		{ "a second server at a path", test_second_server },
		{ "a dead server's socket", test_stale_socket },
		{ "a path that is occupied", test_occupied_path },
		{ "the runtime directory", test_runtime_directory },
		{ "SIGTERM and SIGINT", test_signals },
		{ "a stop with bad clients", test_stop_with_bad_clients },
		{ "a stop finishes what was asked", test_stop_finishes },
		{ "--max-connections", test_max_connections },
		{ "who waits on all connections makes way", test_busy_peer_makes_way },
		{ "--max-per-address", test_max_per_address },
		{ "--max-memory", test_max_memory },
		{ "--max-message", test_max_message },
		{ "--message-timeout, to ask", test_message_timeout },
		{ "--message-timeout, to read", test_reading_timeout },
		{ "--idle-timeout", test_idle_timeout },
		{ "no descriptor is left", test_descriptor_limit },
		{ "not even a spare descriptor", test_no_spare },
		{ 0 },
	};

	setenv("LC_ALL", "C", 1);
	signal(SIGPIPE, SIG_IGN);
	return harness_run("daemon", tests);
}
