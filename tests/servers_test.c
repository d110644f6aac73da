/* The servers that a comparison starts: ready, complete, and gone afterwards, however it ends. */
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/servers.h"
#include "measure/process.h"
#include "client/procedures.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define CALL_TIME (HARNESS_PATIENCE * SECOND)

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

/* Where a thread of a process may run, by its number. */
static int cpus_of(pid_t thread)
{
	cpu_set_t cpus;

	return sched_getaffinity(thread, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : -1;
}

/* Hides /proc, pins a server by its number, and says whether all went well: its exit status. */
static void pin_without_proc(pid_t server, int cpu, const pid_t threads[], int count)
{
	const int pin[2] = { -1, cpu };
	struct saved_affinity pinned;
	struct failure failure;
	bool right;

	if (namespace_enter(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
		_exit(77);
	right = process_pin(&pinned, server, pin, &failure) == 0;
	for (int i = 0; i < count; i++)
		right = right && cpus_of(threads[i]) == 1;
	process_unpin(&pinned);
	for (int i = 0; i < count; i++)
		right = right && cpus_of(threads[i]) == cpus_of(0);
	_exit(right ? 0 : 1);
}

#define MAX_THREADS 64

static int threads_of(pid_t pid, pid_t threads[MAX_THREADS])
{
	const struct dirent *entry;
	char path[32];
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	while (directory && count < MAX_THREADS && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			threads[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
	if (directory)
		closedir(directory);
	return count;
}

/* All threads of a server are pinned, and let go again, where nobody can list them. */
static void test_pinned_without_proc(void)
{
	pid_t threads[MAX_THREADS], child;
	struct servers servers;
	struct failure failure;
	int count, status;

	CHECK_INT(servers_open(&servers, NULL, &failure), 0);
	count = threads_of(servers.ours.pid, threads);
	CU_ASSERT(count > 1);
	fflush(NULL);
	child = fork();
	if (child == 0)
		pin_without_proc(servers.ours.pid, sched_getcpu(), threads, count);
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		harness_skip("not permitted to mount");
	else
		CHECK_INT(status, 0);
	servers_close(&servers);
}

/* Starts a server in a directory, freezes it, and has it stopped.  Whether it ended by itself: then
 * its socket is gone. */
static bool stop_frozen(const char *directory)
{
	char at[96], log[80];
	const char *const options[] = { "--listen", at, NULL };
	struct server server;
	struct failure failure;
	pid_t pid;

	snprintf(at, sizeof(at), "raw+unix:%s/socket", directory);
	snprintf(log, sizeof(log), "%s/log", directory);
	CU_ASSERT_FATAL(server_start(&server, options, log, &failure) == 0);
	pid = server.pid;
	process_halt(pid, SIGSTOP);
	server_stop(&server);
	CU_ASSERT_FALSE(observe_is_there(pid));
	return !exists(strchr(at, '/'));
}

/* It has two seconds to end by itself, which a machine may not leave it. */
static void test_frozen_server_is_ended(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX";
	bool ended;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	AWAIT((ended = stop_frozen(directory)));
	CU_ASSERT(ended);
	remove_tree(directory);
}

/* It is not waited for until it likes to go, in a minute. */
static void test_stubborn_server_is_killed(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", script[64], log[64];
	const char *const options[] = { NULL };
	int64_t began = clock_now();
	struct server server;
	struct failure failure;
	pid_t pid;
	FILE *file;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(script, sizeof(script), "%s/sidecalld", directory);
	snprintf(log, sizeof(log), "%s/log", directory);
	file = fopen(script, "w");
	fprintf(file, "#!/bin/sh\ntrap '' TERM\necho ready\nexec sleep 60\n");
	fclose(file);
	chmod(script, 0700);
	setenv("SIDECALLD", script, 1);
	CHECK_INT(server_start(&server, options, log, &failure), 0);
	pid = server.pid;
	server_stop(&server);
	CU_ASSERT_FALSE(observe_is_there(pid));
	CU_ASSERT(clock_now() - began < HARNESS_PATIENCE * SECOND);
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	remove_tree(directory);
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
	CHECK_INT(servers_open(&servers, "/no/such/root", &failure), FAILURE_SYSTEM);
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
		CHECK_INT(poll(&ended[i], 1, HARNESS_PATIENCE * 1000), 1);
		close(ended[i].fd);
	}
	remove_tree(servers.directory);
	close(said[0]);
	close(said[1]);
}

static const struct test tests[] = {
	{ "all endpoints answer, and nothing is left", test_all_answer },
	{ "pinned without /proc", test_pinned_without_proc },
	{ "a frozen server is ended", test_frozen_server_is_ended },
	{ "a server that does not end is killed", test_stubborn_server_is_killed },
	{ "a server that is not there", test_no_server },
	{ "servers die with their parent", test_they_die_with_their_parent },
	{ 0 },
};

int main(void)
{
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	return harness_run("servers", tests);
}
