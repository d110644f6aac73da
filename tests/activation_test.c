/* sidecalld on sockets that a service manager opened. */
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/kit/activator.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/observe.h"
#include "tests/kit/other_peer.h"

#define PATIENCE (HARNESS_PATIENCE * 1000) /* milliseconds */

/* ---- what is served ---- */

static void check_calls(const struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->count; i++) {
		const struct endpoint endpoint = call_endpoint(daemon->endpoints[i]);

		CHECK_INT(call_add(&endpoint, HARNESS_PATIENCE * SECOND, i, 2), i + 2);
	}
}

/* All that it has of the manager is closed for a program that it would start. */
static void check_close_on_exec(const struct daemon *daemon, int count)
{
	for (int fd = 3; fd < 3 + count; fd++) {
		char path[64], text[512] = "";
		unsigned int flags = 0;
		int info;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)daemon->pid, fd);
		info = open(path, O_RDONLY | O_CLOEXEC);
		CU_ASSERT(read(info, text, sizeof(text) - 1) > 0);
		close(info);
		CHECK_INT(sscanf(strstr(text, "flags:"), "flags: %o", &flags), 1);
		CHECK_THAT(flags & O_CLOEXEC, "descriptor %d", fd);
	}
}

static void check_everywhere(const char *workers)
{
	const char *const options[] = { "--workers", workers, NULL };
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator_add_everywhere(&activator);
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, options));
	CHECK_INT(daemon.count, EVERYWHERE); /* and nothing that it has by default */
	for (unsigned int i = 0; i < daemon.count; i++)
		CHECK_THAT(strncmp(daemon.endpoints[i], everywhere[i], 7) == 0, "%s is not %s",
			   daemon.endpoints[i], everywhere[i]);
	check_calls(&daemon);
	check_close_on_exec(&daemon, activator.count);
	CHECK_THAT(!daemon_says(&daemon, "left out", 0) && !daemon_says(&daemon, "cannot", 0), "%s",
		   daemon.said);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

static void test_everywhere(void)
{
	check_everywhere("1");
	check_everywhere("3"); /* who have no sockets of their own */
}

/* What it is told of another process's is not its own. */
static void test_for_another(void)
{
	static const char *const options[] = { "--listen", "rpc+unix", NULL };
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator_add_host(&activator, SOCK_STREAM, "rpc");
	activator.others = true;
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, options));
	CHECK_INT(daemon.count, 1);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* Both: what is given, and what the command line names. */
static void test_besides(void)
{
	static const char *const options[] = { "--listen", "raw+unix", NULL };
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator_add_host(&activator, SOCK_STREAM, "rpc");
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, options));
	CHECK_INT(daemon.count, 2);
	check_calls(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* A socket that takes IPv4 and IPv6, as systemd makes it of a port alone. */
static bool add_for_both(struct activator *activator, int type, const char *name)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	const int off = 0;
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	activator->fds[activator->count] = fd;
	activator->names[activator->count++] = name;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
	       bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	       (type == SOCK_DGRAM || listen(fd, SOMAXCONN) == 0);
}

/* By IPv4, whatever address it serves. */
static struct endpoint by_ipv4(const struct daemon *daemon, const char *prefix)
{
	struct endpoint endpoint = call_endpoint_of(daemon, prefix);

	snprintf(endpoint.host, sizeof(endpoint.host), "127.0.0.1");
	return endpoint;
}

static void check_shares(struct daemon *daemon)
{
	const struct endpoint endpoint = by_ipv4(daemon, "raw+tcp");
	int fds[4];

	for (int i = 0; i < 4; i++) {
		fds[i] = other_peer_connect(&endpoint, i < 3 ? "127.0.0.1" : OTHER_PEER_HOST);
		CHECK_THAT(other_peer_adds(fds[i], &endpoint) == (i != 2), "connection %d", i);
	}
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	CHECK_THAT(daemon_says(daemon, " peer=127.0.0.1: ", PATIENCE), "the log has its address");
}

/* A reply that only loopback gets by a datagram. */
static void check_long_reply(const struct daemon *daemon)
{
	const struct endpoint endpoint = by_ipv4(daemon, "rpc+udp");
	const char *link = "link";
	struct buffer result = { 0 };
	char target[4000] = "", path[160];
	int fd = other_peer_connect(&endpoint, "127.0.0.1");

	memset(target, 'x', sizeof(target) - 1);
	snprintf(path, sizeof(path), "%s/%s", daemon->root, link);
	CHECK_INT(symlink(target, path), 0);
	CHECK_INT(other_peer_call(fd, &endpoint, 1, "readlink", &link, &result),
		  OTHER_PEER_ANSWERED);
	close(fd);
	buffer_release(&result);
}

/* There a client by IPv4 is who he is, and not one with all others. */
static void test_for_both(void)
{
	static const char *const options[] = { "--max-per-address", "2", NULL };
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	if (!add_for_both(&activator, SOCK_STREAM, "raw") ||
	    !add_for_both(&activator, SOCK_DGRAM, "rpc")) {
		harness_skip("no IPv6");
		activator_close(&activator);
		return;
	}
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, options));
	check_shares(&daemon);
	check_long_reply(&daemon);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* ---- what is not ---- */

/* As Accept=yes gives one to each instance of a service. */
static void add_connection(struct activator *activator)
{
	int fd = activator_add_host(activator, SOCK_STREAM, "rpc");
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	activator->fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	activator->names[1] = "rpc";
	activator->count = 2;
	CHECK_INT(connect(activator->fds[1], (struct sockaddr *)&address, length), 0);
}

static void add_nameless(struct activator *activator)
{
	const sa_family_t family = AF_UNIX;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (const struct sockaddr *)&family, sizeof(family)), 0);
	CHECK_INT(listen(fd, 1), 0);
	activator->fds[0] = fd;
	activator->names[0] = "rpc";
	activator->count = 1;
}

static void add_datagrams(struct activator *activator)
{
	activator_add_path(activator, SOCK_DGRAM, "rpc.sock", "rpc");
}

static void add_unbound(struct activator *activator)
{
	activator->fds[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	activator->names[0] = "rpc";
	activator->count = 1;
}

static void add_misnamed(struct activator *activator)
{
	activator_add_host(activator, SOCK_STREAM, "rpc+udp");
}

static void add_tirpc(struct activator *activator)
{
	activator_add_host(activator, SOCK_STREAM, "tirpc");
}

static void add_other_fifo(struct activator *activator)
{
	activator_add_fifo(activator, "calls", "rpc");
}

static void add_raw_fifo_as_rpc(struct activator *activator)
{
	activator_add_fifo(activator, "raw.fifo", "rpc");
}

static void test_refused(void)
{
	static const struct {
		void (*add)(struct activator *activator);
		const char *why;
	} cases[] = {
		{ add_connection, "it is one client's connection: say Accept=no" },
		{ add_nameless, "it has no path" },
		{ add_datagrams, "it is neither" },
		{ add_unbound, "nobody bound it to a port" },
		{ add_misnamed, "(rpc+udp), from the service manager: its name says another" },
		{ add_tirpc, "its name says another" },
		{ add_other_fifo, "called rpc.fifo or raw.fifo" },
		{ add_raw_fifo_as_rpc, "its name says another" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct activator activator;
		struct daemon daemon;

		activator_open(&activator);
		cases[i].add(&activator);
		CU_ASSERT_FALSE(activator_start(&activator, &daemon, NULL));
		CHECK_THAT(daemon_says(&daemon, cases[i].why, PATIENCE), "%s: %s", cases[i].why,
			   daemon.said);
		CHECK_INT(daemon_stop(&daemon), 69);
		activator_close(&activator);
	}
}

/* What it then served would not be what the manager meant.  The root is no place to serve. */
static void test_uncounted(void)
{
	static const char *const counts[] = { "x", "0", "-1", "1025", "1 ", "" };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char command[600];
		const char *words[] = { "/bin/sh", "-c", command, NULL };
		struct outcome outcome;

		snprintf(command, sizeof(command),
			 "LISTEN_PID=$$ LISTEN_FDS='%s' exec '%s' --no-rpcbind --root "
			 "/nowhere/at/all",
			 counts[i], program_path("sidecalld"));
		outcome = process_run(words, NULL);
		CHECK_THAT(strstr(outcome.error, "sockets of LISTEN_FDS"), "%s", outcome.error);
		CHECK_INT(outcome.status, 69);
		outcome_release(&outcome);
	}
}

/* Clients would wait for it in the queue, where libtirpc's server never looks. */
static void test_stock(void)
{
	const char *const options[] = { "--stock", NULL };
	struct activator activator;
	struct daemon daemon;

	activator_open(&activator);
	activator_add_path(&activator, SOCK_STREAM, "rpc.sock", "rpc");
	CU_ASSERT_FALSE(activator_start(&activator, &daemon, options));
	CHECK_THAT(daemon_says(&daemon, "no sockets of a service manager", PATIENCE), "%s",
		   daemon.said);
	CHECK_INT(daemon_stop(&daemon), 64);
	activator_close(&activator);
}

/* ---- systemd's own activator ---- */

static const char activator_path[] = "/usr/bin/systemd-socket-activate";

/* Where it listens, in a network of our own, so no port is anybody's. */
static void check_activate(const char *listen, const char *name, const char *via, bool datagrams)
{
	struct endpoint endpoint = call_endpoint(via);
	const char *words[] = { activator_path,
				"-l",
				listen,
				"--fdname",
				name,
				datagrams ? "-d" : program_path("sidecalld"),
				program_path("sidecalld"),
				"--no-rpcbind",
				NULL };
	int in, out, error;
	struct outcome outcome;
	pid_t pid;

	if (!datagrams)
		memmove(&words[6], &words[7], 2 * sizeof(words[0]));
	pid = process_start(words, &in, &out, &error);
	close(in);
	AWAIT(call_add(&endpoint, SECOND, 40, 2) == 42);
	CHECK_INT(call_add(&endpoint, HARNESS_PATIENCE * SECOND, 40, 2), 42);
	kill(pid, SIGTERM);
	outcome = process_end(pid, out, error);
	CHECK_THAT(outcome.status == 0, "%s: %s", via, outcome.error);
	CHECK_THAT(strstr(outcome.out, "\nready\n"), "%s: %s", via, outcome.out);
	outcome_release(&outcome);
}

static void test_systemd(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[64], via[80];
	const char *why;

	if (access(activator_path, X_OK) < 0) {
		harness_skip("systemd-socket-activate is not installed (package systemd)");
		return;
	}
	why = namespace_enter(CLONE_NEWNET);
	if (why) {
		harness_skip(why);
		return;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	setenv("SIDECALL_DIR", directory, 1);
	snprintf(path, sizeof(path), "%s/rpc.sock", directory);
	snprintf(via, sizeof(via), "rpc+unix:%s", path);
	check_activate("127.0.0.1:7118", "rpc", "rpc+tcp://127.0.0.1:7118", false);
	check_activate("127.0.0.1:7117", "x", "raw+tcp://127.0.0.1:7117", false);
	check_activate("127.0.0.1:7118", "raw", "raw+udp://127.0.0.1:7118", true);
	check_activate(path, "rpc", via, false);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "every endpoint on sockets that were given", test_everywhere },
		{ "sockets for another process", test_for_another },
		{ "sockets that were given, and --listen", test_besides },
		{ "sockets that cannot be served", test_refused },
		{ "so many sockets that nobody can count them", test_uncounted },
		{ "sockets for libtirpc's own server", test_stock },
		{ "sockets for IPv4 and IPv6", test_for_both },
		{ "systemd-socket-activate", test_systemd },
		{ 0 },
	};

	if (!program_use_built())
		return 1;
	return harness_run("activation", tests);
}
