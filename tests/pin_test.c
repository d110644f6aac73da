/* Client and server are put where a measurement wants them, and back where they were. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "measure/process.h"
#include "tests/kit/harness.h"

/* A process of two threads, each anywhere; -1 when it could not be started. */
static void *wait_for_ever(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static pid_t start_server(void)
{
	int ready[2];
	pthread_t thread;
	char byte;
	pid_t pid;

	CU_ASSERT_FATAL(pipe(ready) == 0);
	pid = fork_tied();
	if (pid == 0) {
		if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0 &&
		    write(ready[1], "x", 1) == 1)
			wait_for_ever(NULL);
		_exit(1);
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_server(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static cpu_set_t place_of(pid_t pid)
{
	cpu_set_t place;

	CPU_ZERO(&place);
	CHECK_INT(sched_getaffinity(pid, sizeof(place), &place), 0);
	return place;
}

static int first_in(const cpu_set_t *place)
{
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET((size_t)i, place))
			return i;
	return -1;
}

static void check_alone_on(pid_t pid, int cpu)
{
	cpu_set_t place = place_of(pid);

	CHECK_INT(CPU_COUNT(&place), 1);
	CHECK_INT(first_in(&place), cpu);
}

static void check_place(pid_t pid, const cpu_set_t *expected)
{
	cpu_set_t place = place_of(pid);

	CU_ASSERT(CPU_EQUAL(&place, expected));
}

/* There and back again: the client, the server, or both. */
static void check_pinned(bool client, bool server)
{
	const cpu_set_t before = place_of(0);
	int cpu = first_in(&before);
	const int pin[2] = { client ? cpu : -1, server ? cpu : -1 };
	pid_t pid = start_server();
	struct failure failure;
	struct saved_affinity pinned;

	CHECK_INT(process_pin(&pinned, pid, pin, &failure), 0);
	if (client)
		check_alone_on(0, cpu);
	else
		check_place(0, &before);
	if (server)
		check_alone_on(pid, cpu);
	else
		check_place(pid, &before);
	process_unpin(&pinned);
	check_place(0, &before);
	check_place(pid, &before);
	end_server(pid);
}

static void test_pinned(void)
{
	const cpu_set_t before = place_of(0);

	if (CPU_COUNT(&before) < 2) {
		harness_skip("there is one processor, and so nowhere to go");
		return;
	}
	for (int i = 0; i < 4; i++)
		check_pinned(i & 1, i & 2);
}

/* What cannot be done is undone as far as it was. */
static void test_cannot(void)
{
	const cpu_set_t before = place_of(0);
	const int nowhere[2] = { first_in(&before), CPU_SETSIZE - 1 };
	pid_t pid = start_server();
	struct failure failure;
	struct saved_affinity pinned;

	CHECK_INT(process_pin(&pinned, pid, nowhere, &failure), FAILURE_USAGE);
	process_unpin(&pinned);
	check_place(0, &before);
	check_place(pid, &before);
	/* A server that nobody knows cannot be pinned; nor has the client been moved then. */
	CHECK_INT(process_pin(&pinned, 0, (const int[]){ -1, 0 }, &failure), FAILURE_SYSTEM);
	process_unpin(&pinned);
	check_place(0, &before);
	end_server(pid);
}

static const struct test tests[] = {
	{ "there and back", test_pinned },
	{ "nowhere", test_cannot },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("pin", tests);
}
