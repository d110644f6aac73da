/* The servers that a comparison starts: ready, complete, and gone afterwards, however it ends. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/compare/servers.h"
#include "client/procedures.h"
#include "tests/harness.h"
#include "tests/observe.h"
#include "tests/process.h"

#define CALL_TIME INT64_C(5000000000)

static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

/* The null procedure.  The failure's code, or 0. */
static int call(const struct endpoint *endpoint)
{
	union procedure_result result;
	struct failure failure;
	struct client client;
	int code;

	client_init(&client, endpoint, CALL_TIME);
	code = procedure_call(procedure_find("null"), &client, NULL, &result, &failure);
	client_release(&client);
	return code;
}

static void test_all_answer(void)
{
	struct servers servers;
	struct failure failure;
	pid_t ours, stock;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	CHECK_INT(servers.count, 15);
	for (int i = 0; i < servers.count; i++)
		CHECK_INT(call(&servers.endpoints[i]), 0);
	CU_ASSERT_PTR_NOT_NULL(server_endpoint(&servers.ours, ENDPOINT_RAW, ENDPOINT_SHM));
	CU_ASSERT_PTR_NULL(server_endpoint(&servers.stock, ENDPOINT_RAW, ENDPOINT_TCP));
	ours = servers.ours.pid;
	stock = servers.stock.pid;
	servers_close(&servers);
	CU_ASSERT_FALSE(observe_is_there(ours));
	CU_ASSERT_FALSE(observe_is_there(stock));
	CU_ASSERT_FALSE(exists(servers.directory[0] ? servers.directory : servers.root));
}

static void test_frozen_server_is_ended(void)
{
	struct servers servers;
	struct failure failure;
	pid_t ours;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	ours = servers.ours.pid;
	kill(ours, SIGSTOP);
	servers_close(&servers);
	CU_ASSERT_FALSE(observe_is_there(ours));
}

static void test_no_server(void)
{
	struct servers servers;
	struct failure failure;

	setenv("SIDECALLD", "/no/such/sidecalld", 1);
	CHECK_INT(servers_open(&servers, NULL, &failure), FAILURE_SYSTEM);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.why, "No such file"));
	CU_ASSERT_FALSE(exists(servers.root));
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	CHECK_INT(servers_open(&servers, "/no/such/root", &failure), FAILURE_UNAVAILABLE);
}

/* A process that opens servers, says which, and waits to be killed. */
static void open_and_wait(int say)
{
	struct servers servers;
	struct failure failure;

	if (servers_open(&servers, NULL, &failure) == 0 &&
	    write(say, &servers, sizeof(servers)) == sizeof(servers))
		pause();
	_exit(1);
}

static void test_they_die_with_their_parent(void)
{
	struct servers servers;
	int said[2];
	pid_t parent;

	CHECK_INT(pipe(said), 0);
	parent = fork();
	if (parent == 0)
		open_and_wait(said[1]);
	for (size_t n = 0; n < sizeof(servers);) {
		ssize_t got = read(said[0], (char *)&servers + n, sizeof(servers) - n);

		CU_ASSERT_TRUE_FATAL(got > 0);
		n += (size_t)got;
	}
	struct pollfd ended[2] = {
		{ .fd = (int)syscall(SYS_pidfd_open, servers.ours.pid, 0), .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, servers.stock.pid, 0), .events = POLLIN },
	};
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(poll(&ended[i], 1, 5000), 1);
		close(ended[i].fd);
	}
	remove_tree(servers.directory);
	close(said[0]);
	close(said[1]);
}

static const struct test tests[] = {
	{ "all endpoints answer, and nothing is left", test_all_answer },
	{ "a frozen server is ended", test_frozen_server_is_ended },
	{ "a server that is not there", test_no_server },
	{ "servers die with their parent", test_they_die_with_their_parent },
	{ 0 },
};

int main(void)
{
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	return harness_run("servers", tests);
}
