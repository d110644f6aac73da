/* Sessions of a whole server: where they go, and what ends them. */
#include <dirent.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/wire.h"
#include "common/rendezvous.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/worker.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"
#include "tests/kit/serving.h"

#define CALLS     3
#define CLIENTS   20
#define FEWEST    5 /* of them at each worker */
#define LEFTOVERS 200
#define HUGE      ((off_t)1 << 40)

/* ---- what is no call, behind calls ---- */

static void make_reply_that_looks_like_a_call(struct buffer *bytes, bool rpc)
{
	fileinfo_list_args arguments = { (char *)"", 0, 4096 };
	size_t start = bytes->length + FRAMING_HEADER;

	call_make(bytes, rpc, true, CALLS, "list", &arguments);
	if (rpc)
		bytes->data[start + 7] = REPLY; /* RFC 5531, section 9: the message's type */
	else
		bytes->data[start + 4] |= 0x80; /* the direction */
}

/* Calls that the pool makes, and a message that would go there, too, if it were one. */
static void check_reply_as_call(const char *prefix)
{
	fileinfo_list_args arguments = { (char *)"", 0, 4096 };
	struct buffer bytes = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	uint8_t reply[4096];
	unsigned int answered = 0;
	struct wire wire;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, NULL));
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	for (uint32_t i = 0; i < CALLS; i++)
		call_make(&bytes, endpoint.protocol == ENDPOINT_RPC, true, i, "list", &arguments);
	make_reply_that_looks_like_a_call(&bytes, endpoint.protocol == ENDPOINT_RPC);
	CU_ASSERT_FATAL(wire_connect(&wire, &endpoint));
	wire_send_bare(&wire, bytes.data, bytes.length);
	shutdown(wire.out, SHUT_WR);
	while (wire_receive(&wire, reply, sizeof(reply)) > 0)
		answered++;
	CHECK_THAT(answered == CALLS, "%s: %u of %d calls are answered", prefix, answered, CALLS);
	wire_close(&wire);
	buffer_release(&bytes);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_reply_as_call(void)
{
	for (int i = 0; i < 5; i++) { /* it is a race, where it is lost */
		check_reply_as_call("raw+tcp");
		check_reply_as_call("rpc+tcp");
		check_reply_as_call("raw+unix");
		check_reply_as_call("rpc+unix");
	}
}

/* ---- clients that come one by one ---- */

/* What an epoll watches: so many, of which the lowest, by which it wakes, is its alone. */
struct watched {
	int lowest, count;
};

/* What is watched by the epoll that is behind a descriptor of the process (proc(5)); none when it
 * is no epoll. */
static struct watched look_at_epoll(pid_t pid, const char *fd)
{
	struct watched watched = { 0 };
	char path[320], line[256];
	FILE *file;
	int target;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)pid, fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "tfd: %d", &target) != 1)
			continue;
		if (!watched.count++ || target < watched.lowest)
			watched.lowest = target;
	}
	if (file)
		fclose(file);
	return watched;
}

/* Adds what a worker watches, unless it is known by another descriptor. */
static void add_worker(struct watched workers[2], int *count, struct watched worker)
{
	for (int i = 0; i < *count; i++)
		if (workers[i].lowest == worker.lowest)
			return;
	CU_ASSERT_FATAL(*count < 2);
	workers[(*count)++] = worker;
	if (*count == 2 && workers[0].lowest > worker.lowest) {
		workers[1] = workers[0];
		workers[0] = worker;
	}
}

static void look_at_workers(pid_t pid, struct watched workers[2])
{
	char path[64];
	struct dirent *entry;
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		struct watched watched = look_at_epoll(pid, entry->d_name);

		if (watched.count)
			add_worker(workers, &count, watched);
	}
	if (directory)
		closedir(directory);
	CHECK_INT(count, 2);
}

static void check_spread(const char *prefix)
{
	static const char *const options[] = { "--workers", "2", NULL };
	struct wire wires[CLIENTS];
	struct endpoint endpoint;
	struct daemon daemon;
	struct watched before[2], after[2];

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	endpoint = call_endpoint(daemon_endpoint(&daemon, prefix));
	look_at_workers(daemon.pid, before);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		const calc_operands operands = { i, 1 };
		struct buffer call = { 0 };
		uint8_t reply[256];

		CU_ASSERT_FATAL(wire_connect(&wires[i], &endpoint));
		call_make(&call, endpoint.protocol == ENDPOINT_RPC, false, i, "add", &operands);
		wire_send(&wires[i], call.data, call.length);
		CU_ASSERT(wire_receive(&wires[i], reply, sizeof(reply)) > 0);
		buffer_release(&call);
	}
	look_at_workers(daemon.pid, after);
	for (int i = 0; i < 2; i++) {
		int own = after[i].count - before[i].count;

		CHECK_THAT(own >= FEWEST, "%s: a worker has %d of %d clients", prefix, own,
			   CLIENTS);
	}
	for (int i = 0; i < CLIENTS; i++)
		wire_close(&wires[i]);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_spread(void)
{
	check_spread("raw+unix");
	check_spread("rpc+unix");
	check_spread("raw+shm");
}

/* ---- a client that has closed its side ---- */

static void test_half_closed(void)
{
	static const char *const options[] = { "--message-timeout", "1", NULL };
	static const char *const path = "huge";
	struct buffer call = { 0 };
	struct endpoint endpoint;
	struct daemon daemon;
	struct wire wire;
	char huge[128];
	int fd;

	CU_ASSERT_FATAL(daemon_start_everywhere(&daemon, NULL, options));
	snprintf(huge, sizeof(huge), "%s/huge", daemon.root);
	fd = open(huge, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(ftruncate(fd, HUGE), 0);
	close(fd);
	endpoint = call_endpoint(daemon_endpoint(&daemon, "rpc+tcp"));
	CU_ASSERT_FATAL(wire_connect(&wire, &endpoint));
	call_make(&call, true, false, 1, "digest", &path);
	wire_send(&wire, call.data, call.length);
	shutdown(wire.out, SHUT_WR);
	CHECK_THAT(daemon_says(&daemon, "its calls in progress are cancelled",
			       HARNESS_PATIENCE * 1000),
		   "the log says nothing of it");
	AWAIT(observe_open_files(daemon.pid, "huge") == 0);
	CHECK_INT(observe_open_files(daemon.pid, "huge"), 0);
	wire_close(&wire);
	buffer_release(&call);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- what dead clients left in a FIFO's directory ---- */

/* In the place of the C library's: the look into the directory of that name takes as long as the
 * test likes, as it does where there are very many files. */
static struct {
	char name[64];
	sem_t go_on;
	int looks;
} slow;

DIR *opendir(const char *name)
{
	int fd;

	if (slow.name[0] && strcmp(name, slow.name) == 0) {
		__atomic_add_fetch(&slow.looks, 1, __ATOMIC_SEQ_CST);
		sem_wait(&slow.go_on);
	}
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopendir(fd);
}

static void leave_pairs(const struct endpoint *endpoint)
{
	static const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct rendezvous_pair pair;

	for (uint64_t i = 0; i < LEFTOVERS; i++) {
		rendezvous_pair(endpoint, i, &pair);
		CU_ASSERT_FATAL(mkfifo(pair.calls, 0600) == 0 && mkfifo(pair.replies, 0600) == 0);
		utimensat(AT_FDCWD, pair.calls, old, 0);
	}
}

/* Serves until the client, another process, has ended.  Its exit status. */
static int serve_until_ended(struct loop *loop, pid_t client)
{
	int status = -1;

	AWAIT(waitpid(client, &status, WNOHANG) == client || loop_run(loop, 5) < 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The loop goes on while somebody looks for what was left; and what was left goes. */
static void test_sweep(void)
{
	const struct limits limits = { .message = FRAMING_MAX_MESSAGE,
				       .memory = SIZE_MAX / 2,
				       .peers = { 1000, 1000, 1000, false },
				       .message_timeout = HARNESS_PATIENCE,
				       .stop_timeout = 1000,
				       .patience = 1000,
				       .sweep_period = 0 };
	char directory[] = "/tmp/sidecall-test-XXXXXX", text[64], why[SIDECALL_SVC_WHY];
	struct endpoint endpoint;
	struct serving serving;
	struct workers *workers;
	struct worker *worker;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(text, sizeof(text), "raw+fifo:%s", directory);
	endpoint = call_endpoint(text);
	sem_init(&slow.go_on, 0, 0);
	slow.looks = 0;
	serving_open(&serving, directory, 0);
	workers = workers_open(1, &serving.served, &limits);
	CU_ASSERT_PTR_NOT_NULL_FATAL(workers);
	worker = &workers->list[0];
	CU_ASSERT_PTR_NULL(transports_listen(&worker->listeners, &endpoint, why));
	leave_pairs(&endpoint);
	snprintf(slow.name, sizeof(slow.name), "%s", directory);
	for (int i = 0; i < 3; i++)
		CHECK_INT(serve_until_ended(&worker->loop, call_adding(text, 10, 10 * SECOND)), 0);
	CHECK_INT(__atomic_load_n(&slow.looks, __ATOMIC_SEQ_CST), 1); /* one at a time */
	slow.name[0] = '\0';
	sem_post(&slow.go_on);
	AWAIT(observe_files(directory) <= 2 || loop_run(&worker->loop, 5) < 0);
	CHECK_INT(observe_files(directory), 2); /* the FIFO and its lock */
	workers_drain(workers);
	CU_ASSERT(workers_close(workers));
	serving_close(&serving);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a reply that looks like a call", test_reply_as_call },
		{ "clients that come one by one", test_spread },
		{ "a client that has closed its side", test_half_closed },
		{ "what dead clients left", test_sweep },
		{ NULL, NULL },
	};

	return harness_run("sessions", tests);
}
