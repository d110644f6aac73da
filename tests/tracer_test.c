/* Counting system calls: all of them, between the marks alone, and nobody is held afterwards. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fork.h"
#include "measure/tracer.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"

/* Two processes, and pipes: to begin, from client to server and back. */
struct pair {
	int go[2], there[2], back[2];
	struct tracer tracer;
};

static bool never(void)
{
	return false;
}

static bool at_once(void)
{
	return true;
}

static void say_go(void *context)
{
	struct pair *pair = context;

	CHECK_INT(write(pair->go[1], "", 1), 1);
}

static bool take(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static void give(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(1);
}

/* ---- what the two do ---- */

static void *look_often(void *times)
{
	for (int i = 0; i < *(int *)times; i++)
		getppid();
	return NULL;
}

/* Answers each byte with one, and has a new thread look for its parent five times before. */
static void serve(const struct pair *pair)
{
	int times = 5;
	pthread_t thread;

	while (take(pair->there[0])) {
		pthread_create(&thread, NULL, look_often, &times);
		pthread_join(thread, NULL);
		give(pair->back[1]);
	}
}

/* Three exchanges, of which one is counted. */
static void call_marked(const struct pair *pair)
{
	for (int i = 0; i < 3; i++) {
		if (i > 0)
			tracer_mark();
		give(pair->there[1]);
		take(pair->back[0]);
	}
}

static void mark_once(const struct pair *pair)
{
	(void)pair;
	tracer_mark();
}

static void wait_for_ever(const struct pair *pair)
{
	tracer_mark();
	give(pair->back[1]);
	pause();
}

static pid_t start(const struct pair *pair, void (*run)(const struct pair *pair), int begin)
{
	pid_t child = fork_tied();

	if (child)
		return child;
	close(pair->go[1]);
	if (begin >= 0 && !take(begin))
		_exit(1);
	run(pair);
	_exit(0);
}

static void pair_open(struct pair *pair, void (*client)(const struct pair *pair))
{
	*pair = (struct pair){ .tracer = { .stopped = never, .ready = say_go } };
	CHECK_INT(pipe(pair->go), 0);
	CHECK_INT(pipe(pair->there), 0);
	CHECK_INT(pipe(pair->back), 0);
	pair->tracer.context = pair;
	pair->tracer.server = start(pair, serve, -1);
	pair->tracer.client = start(pair, client, pair->go[0]);
}

static void pair_close(struct pair *pair)
{
	kill(pair->tracer.client, SIGKILL);
	kill(pair->tracer.server, SIGKILL);
	call_wait(pair->tracer.client);
	call_wait(pair->tracer.server);
	close(pair->go[0]);
	close(pair->go[1]);
	close(pair->there[0]);
	close(pair->there[1]);
	close(pair->back[0]);
	close(pair->back[1]);
}

/* ---- what is seen of them afterwards ---- */

/* What /proc says of a process behind this word; "" when there is no such process. */
static void status_of(pid_t pid, const char *word, char value[64])
{
	char path[32], line[128];
	FILE *file;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, word, strlen(word)) == 0)
			sscanf(line + strlen(word), ": %63s", value);
	if (file)
		fclose(file);
}

/* Nobody traces it, nor holds it. */
static void check_free(pid_t pid)
{
	char value[64];

	status_of(pid, "TracerPid", value);
	CHECK_STR(value, "0");
	status_of(pid, "State", value);
	CU_ASSERT_STRING_NOT_EQUAL(value, "t");
}

/* ---- the tests ---- */

static bool may_trace(int r)
{
	if (r == -EPERM)
		harness_skip("tracing is not permitted here");
	return r != -EPERM;
}

static void test_counts(void)
{
	struct pair pair;
	int r;

	pair_open(&pair, call_marked);
	r = tracer_run(&pair.tracer);
	if (may_trace(r)) {
		CHECK_INT(r, 0);
		CHECK_INT(pair.tracer.client_calls.of[SYS_write], 1);
		CHECK_INT(pair.tracer.client_calls.of[SYS_read], 1);
		CHECK_INT(pair.tracer.client_calls.of[SYS_getppid], 0);
		CHECK_INT(pair.tracer.client_calls.of[SYS_getpid], 0);
		CHECK_INT(pair.tracer.server_calls.of[SYS_write], 1);
		CHECK_INT(pair.tracer.server_calls.of[SYS_read], 1);
		CHECK_INT(pair.tracer.server_calls.of[SYS_getppid], 5);
		check_free(pair.tracer.server);
		CHECK_INT(call_wait(pair.tracer.client), 0);
	}
	pair_close(&pair);
}

static void test_stopped(void)
{
	struct pair pair;
	int r;

	pair_open(&pair, wait_for_ever);
	pair.tracer.stopped = at_once;
	r = tracer_run(&pair.tracer);
	if (may_trace(r)) {
		CHECK_INT(r, -EINTR);
		check_free(pair.tracer.client);
		check_free(pair.tracer.server);
		/* And it goes on from where it was. */
		CU_ASSERT_TRUE(take(pair.back[0]));
	}
	pair_close(&pair);
}

static void test_client_ends(void)
{
	struct pair pair;
	int r;

	pair_open(&pair, mark_once);
	r = tracer_run(&pair.tracer);
	if (may_trace(r)) {
		CHECK_INT(r, -ECHILD);
		CU_ASSERT_TRUE(observe_is_there(pair.tracer.client));
		CHECK_INT(call_wait(pair.tracer.client), 0);
		check_free(pair.tracer.server);
	}
	pair_close(&pair);
}

/* The server is killed while it is traced, all its threads with it. */
static void kill_server(const struct pair *pair)
{
	tracer_mark();
	kill(pair->tracer.server, SIGKILL);
	pause();
}

static void test_server_dies(void)
{
	struct pair pair;
	int r;

	pair_open(&pair, kill_server);
	r = tracer_run(&pair.tracer);
	if (may_trace(r)) {
		CHECK_INT(r, -ECHILD);
		CHECK_INT(call_wait(pair.tracer.server), 128 + SIGKILL);
		check_free(pair.tracer.client);
	}
	pair_close(&pair);
}

/* The tracer dies between the marks: a process beside the two, which this one survives. */
static void test_tracer_dies(void)
{
	struct pair pair;
	pid_t tracer;
	int status;

	pair_open(&pair, wait_for_ever);
	tracer = fork();
	if (tracer == 0) {
		tracer_run(&pair.tracer);
		give(pair.back[1]);
		_exit(1);
	}
	CU_ASSERT_TRUE(take(pair.back[0]));
	kill(tracer, SIGKILL);
	status = call_wait(tracer);
	if (may_trace(status == 1 ? -EPERM : 0)) {
		CHECK_INT(status, 128 + SIGKILL);
		check_free(pair.tracer.client);
		check_free(pair.tracer.server);
		give(pair.there[1]);
		CU_ASSERT_TRUE(take(pair.back[0]));
	}
	pair_close(&pair);
}

/* Has ptrace() fail in this process from now on, as in a container. */
static bool forbid_tracing(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(rules) / sizeof(rules[0]), rules };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static void test_not_permitted(void)
{
	struct pair pair;
	pid_t tracer;

	pair_open(&pair, call_marked);
	tracer = fork();
	if (tracer == 0)
		_exit(!forbid_tracing() ? 2 : tracer_run(&pair.tracer) == -EPERM ? 0 : 1);
	CHECK_INT(call_wait(tracer), 0);
	check_free(pair.tracer.client);
	pair_close(&pair);
}

static const struct test tests[] = {
	{ "what both do between the marks", test_counts },
	{ "the user ends it", test_stopped },
	{ "the client ends before its second mark", test_client_ends },
	{ "the server dies", test_server_dies },
	{ "the tracer dies", test_tracer_dies },
	{ "tracing is not permitted", test_not_permitted },
	{ 0 },
};

int main(void)
{
	return harness_run("tracer", tests);
}
