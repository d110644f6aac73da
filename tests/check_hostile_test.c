/*
 * sidecall check --hostile: beside each attack ours serve a second client; libtirpc's own server
 * keeps it waiting by half a mark, half a call and single bytes; who serves one client after the
 * other is found out; and nobody is attacked on another machine who is not asked.
 */
#include "check/hostile.h"

#include <endian.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fork.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

struct asked {
	pid_t pid;
	int out, error;
};

static struct asked ask(const char *timeout, const char *endpoint, const char *mine)
{
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       timeout,
			       "check",
			       "--hostile",
			       endpoint,
			       mine,
			       NULL };
	struct asked asked;
	int in;

	if (mine) {
		argv[5] = mine;
		argv[6] = endpoint;
	}
	asked.pid = process_start(argv, &in, &asked.out, &asked.error);
	close(in);
	return asked;
}

static struct outcome hear(const struct asked *asked)
{
	return process_end(asked->pid, asked->out, asked->error);
}

static void check_passes(const struct asked *asked)
{
	struct outcome outcome = hear(asked);

	CHECK_THAT(outcome.status == 0 && strstr(outcome.out, "\n8 pass, 0 differ, 0 fail\n"),
		   "%d, %s%s", outcome.status, outcome.out, outcome.error);
	outcome_release(&outcome);
}

/* At once, for most of the time each waits. */
static void test_ours(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen",
					       "raw+unix", NULL };
	struct asked tcp, local;
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	tcp = ask("20", daemon_endpoint(&daemon, "rpc+tcp"), NULL);
	local = ask("20", daemon_endpoint(&daemon, "raw+unix"), NULL);
	check_passes(&tcp);
	check_passes(&local);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* How it ends is a matter of what it writes at that moment. */
static void test_stock(void)
{
	static const char *const found[] = { "\nfail    idle-mark: neither",
					     "\nfail    idle-call: neither",
					     "\nfail    slow-call: neither" };
	struct daemon daemon;
	struct asked asked;
	struct outcome outcome;

	if (!daemon_start_stock(&daemon, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	asked = ask("1", daemon_endpoint(&daemon, "tirpc+tcp"), NULL);
	outcome = hear(&asked);
	CHECK_INT(outcome.status, 2);
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		CHECK_THAT(strstr(outcome.out, found[i]), "no %s in %s", found[i], outcome.out);
	outcome_release(&outcome);
	daemon_stop(&daemon);
}

/* ---- one after the other ---- */

static void serve_null(int fd)
{
	uint8_t call[44], reply[28] = { 0x80, 0, 0, 24 };

	while (recv(fd, call, sizeof(call), MSG_WAITALL) == sizeof(call)) {
		memcpy(reply + 4, call + 4, 4);
		reply[11] = 1;
		if (send(fd, reply, sizeof(reply), MSG_NOSIGNAL) < 0)
			return;
	}
}

static pid_t start_serial(const struct sockaddr_in *where, char name[ENDPOINT_MAX_TEXT])
{
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = *where;
	socklen_t size = sizeof(address);
	struct endpoint endpoint;
	pid_t pid;

	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		CU_FAIL_FATAL("nothing to listen with");
	endpoint_parse(&endpoint, "rpc+tcp");
	endpoint_set_address(&endpoint, (struct sockaddr *)&address, size);
	endpoint_format(&endpoint, name);
	pid = fork_tied();
	while (pid == 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		serve_null(fd);
		close(fd);
	}
	close(listener);
	return pid;
}

static void test_serial(void)
{
	const struct sockaddr_in loopback = { .sin_family = AF_INET,
					      .sin_addr.s_addr = htobe32(INADDR_LOOPBACK) };
	char name[ENDPOINT_MAX_TEXT];
	pid_t pid = start_serial(&loopback, name);
	struct asked asked = ask("0.2", name, NULL);
	struct outcome outcome = hear(&asked);

	CHECK_INT(outcome.status, 2);
	CHECK_THAT(strstr(outcome.out, "\nfail    idle-mark: neither a reply nor the end"), "%s",
		   outcome.out);
	CHECK_THAT(strstr(outcome.out, "\nfail    many-idle: neither a reply nor the end"), "%s",
		   outcome.out);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* ---- on another machine ---- */

/* An address of this machine that others have, too.  False: there is none. */
static bool find_address(struct sockaddr_in *address)
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (struct ifaddrs *one = all; one && !found; one = one->ifa_next)
		if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET) {
			*address = *(struct sockaddr_in *)one->ifa_addr;
			found = be32toh(address->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
		}
	freeifaddrs(all);
	return found;
}

static void test_elsewhere(void)
{
	char name[ENDPOINT_MAX_TEXT];
	struct sockaddr_in where;
	struct asked asked;
	struct outcome outcome;
	pid_t pid;

	if (!find_address(&where)) {
		harness_skip("no address but those of loopback");
		return;
	}
	pid = start_serial(&where, name);
	asked = ask("0.2", name, NULL);
	outcome = hear(&asked);
	CHECK_INT(outcome.status, 64);
	CHECK_THAT(strstr(outcome.error, "say --yes-it-is-mine"), "%s", outcome.error);
	outcome_release(&outcome);
	asked = ask("0.2", name, "--yes-it-is-mine");
	outcome = hear(&asked);
	CHECK_INT(outcome.status, 2);
	outcome_release(&outcome);
	process_halt(pid, SIGKILL);
}

/* By datagrams there are no connections; and a name is what it leads to. */
static void test_here(void)
{
	struct asked asked = ask("0.2", "rpc+udp://127.0.0.1:9", NULL);
	struct outcome outcome = hear(&asked);
	struct check_target target = { .timeout = INT64_C(1000000000) };

	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
	endpoint_parse(&target.endpoint, "rpc+unix:/nonexistent/socket");
	CU_ASSERT_TRUE(hostile_at_home(&target));
	endpoint_parse(&target.endpoint, "rpc+udp://localhost:9");
	CU_ASSERT_TRUE(hostile_at_home(&target));
	endpoint_parse(&target.endpoint, "rpc+udp://[::ffff:127.0.0.1]:9");
	CU_ASSERT_TRUE(hostile_at_home(&target));
}

int main(void)
{
	static const struct test tests[] = {
		{ "ours serve a second client", test_ours },
		{ "libtirpc's server does not", test_stock },
		{ "one client after the other", test_serial },
		{ "on another machine", test_elsewhere },
		{ "on this one", test_here },
		{ 0 },
	};

	return harness_run("check_hostile", tests);
}
