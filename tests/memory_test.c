/* Memory that is not given back: the same call, very often, and what both ends hold then. */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/client.h"
#include "client/json.h"
#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CALLS     100000 /* of each procedure, in all its rows and by both protocols */
#define WARM_UP   5000
#define IN_FLIGHT 64
#define TRIES     3 /* what grows for another reason does not go on growing */

#define CLIENT_CALLS        500
#define CLIENT_WARM_UP      20
#define CONNECTIONS         20
#define CONNECTIONS_WARM_UP 10 /* malloc() keeps seven blocks of a size at hand */

/* A call that leaks keeps at least what malloc() gives for a byte. */
#define LEAK 24

#define ACCEPT_STATUS 20 /* where it is in an accepted reply without a verifier (RFC 5531, 9) */
#define RAW_STATUS    6  /* where it is in a raw reply */

struct fixture {
	struct daemon daemon;
	const char *via; /* rpc+unix or raw+unix */
	bool rpc;
};

/* A call; with `cut` its last bytes are missing, so that its arguments do not decode. */
static const struct row {
	const char *procedure;
	const char *operands[4];
	size_t cut;
} rows[] = {
	{ "null", { NULL }, 0 },
	{ "add", { "84", "2" }, 0 },
	{ "subtract", { "84", "2" }, 0 },
	{ "multiply", { "84", "2" }, 0 },
	{ "divide", { "84", "0" }, 0 },
	{ "evaluate", { "min(2^0.5, 3)" }, 0 },
	{ "evaluate", { "2*(3" }, 0 },
	{ "evaluate", { "1" }, 1 },
	{ "summarize", { "1", "2", "3" }, 0 },
	{ "summarize", { "1", "2", "3" }, 4 },
	{ "accumulate", { "a register of many bytes", "1" }, 0 },
	{ "accumulate", { "a register of many bytes", "1" }, 4 },
	{ "stat", { "file" }, 0 },
	{ "stat", { "nothing" }, 0 },
	{ "list", { "." }, 0 },
	{ "list", { "nothing" }, 0 },
	{ "list", { "a directory of many bytes" }, 4 },
	{ "readlink", { "link" }, 0 },
	{ "readlink", { "file" }, 0 },
	{ "digest", { "file" }, 0 },
	{ "digest", { "." }, 0 },
	{ "space", { "." }, 0 },
};

/* ---- what is there to be called ---- */

static void make_root(const struct daemon *daemon)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/link", daemon->root);
	CHECK_INT(symlink("file", path), 0);
	snprintf(path, sizeof(path), "%s/file", daemon->root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(write(fd, "bytes\n", 6), 6);
	close(fd);
}

static bool open_fixture(struct fixture *fixture, bool rpc)
{
	fixture->rpc = rpc;
	if (!daemon_start_everywhere(&fixture->daemon, NULL, NULL)) {
		CU_FAIL("there is no server");
		return false;
	}
	fixture->via = daemon_endpoint(&fixture->daemon, rpc ? "rpc+unix" : "raw+unix");
	make_root(&fixture->daemon);
	return true;
}

static void parse(const struct row *row, union procedure_arguments *arguments)
{
	const struct procedure *procedure = procedure_find(row->procedure);
	struct failure failure;
	int count = 0;

	while (count < 4 && row->operands[count])
		count++;
	memset(arguments, 0, sizeof(*arguments));
	CHECK_INT(procedure->arguments->parse(count, (char **)(uintptr_t)row->operands, arguments,
					      &failure),
		  0);
}

/* ---- the server ---- */

/* What the reply says of the call itself. */
static int status_of(bool rpc, const struct message *reply)
{
	size_t at = rpc ? ACCEPT_STATUS : RAW_STATUS;
	uint32_t word = 0;
	uint16_t half = 0;

	if (reply->length < at + (rpc ? sizeof(word) : sizeof(half)))
		return -1;
	memcpy(rpc ? (void *)&word : (void *)&half, reply->bytes + at,
	       rpc ? sizeof(word) : sizeof(half));
	return rpc ? (int)be32toh(word) : be16toh(half);
}

/* Makes one call many times, as many of them in flight as there may be.  How many were answered
 * with that status. */
static int flood(struct channel *channel, const struct buffer *call, int count, bool rpc,
		 int expected)
{
	int64_t deadline = clock_now() + 60 * SECOND;
	int sent = 0, received = 0, right = 0;
	struct message reply;

	while (received < count) {
		while (sent < count && sent - received < IN_FLIGHT &&
		       channel_send(channel, call->data, call->length, deadline) == 0)
			sent++;
		if (channel_receive(channel, &reply, deadline) <= 0)
			break;
		received++;
		right += status_of(rpc, &reply) == expected;
	}
	return right;
}

static int calls_of(const struct row *row)
{
	int alike = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		alike += strcmp(rows[i].procedure, row->procedure) == 0;
	return CALLS / 2 / alike;
}

/* The server must not hold more after all these calls than before, at least once. */
static void check_server(const struct fixture *fixture, const struct row *row)
{
	/* GARBAGE_ARGS of RPC, and BAD_REQUEST of raw messages. */
	int expected = !row->cut ? 0 : fixture->rpc ? 4 : 3, calls = calls_of(row);
	struct endpoint endpoint = call_endpoint(fixture->via);
	union procedure_arguments arguments;
	struct channel *channel = NULL;
	struct buffer call = { 0 };
	long grown = LONG_MAX;
	struct failure failure;

	parse(row, &arguments);
	call_make(&call, fixture->rpc, false, 7, row->procedure, &arguments);
	call.length -= row->cut;
	CHECK_INT(channel_open(&channel, &endpoint, clock_now() + 10 * SECOND, &failure), 0);
	channel->corked = true;
	CHECK_INT(flood(channel, &call, WARM_UP, fixture->rpc, expected), WARM_UP);
	for (int i = 0; i < TRIES && grown >= (long)calls * LEAK / 2; i++) {
		long before = 1024 * observe_memory(fixture->daemon.pid);

		CHECK_INT(flood(channel, &call, calls, fixture->rpc, expected), calls);
		grown = 1024 * observe_memory(fixture->daemon.pid) - before;
	}
	CHECK_THAT(grown < (long)calls * LEAK / 2, "%s %s%s: %d calls, %ld bytes more",
		   row->procedure, row->operands[0] ? row->operands[0] : "",
		   row->cut ? " (cut short)" : "", calls, grown);
	channel_close(channel);
	buffer_release(&call);
	procedure_release(procedure_find(row->procedure), &arguments, NULL);
}

static void check_servers(bool rpc)
{
	struct fixture fixture;

	if (HARNESS_SLOWNESS > 1) {
		harness_skip("a sanitizer keeps what is freed; AddressSanitizer sees leaks itself");
		return;
	}
	if (!open_fixture(&fixture, rpc))
		return;
	CHECK_THAT(observe_memory(fixture.daemon.pid) > 0, "its memory cannot be seen");
	for (size_t i = 0; i < COUNT(rows); i++)
		check_server(&fixture, &rows[i]);
	CHECK_INT(daemon_stop(&fixture.daemon), 0);
}

static void test_server_rpc(void)
{
	check_servers(true);
}

static void test_server_raw(void)
{
	check_servers(false);
}

/* ---- the client ---- */

/* One call by the stub, and its result as JSON. */
static void call(struct client *client, const struct row *row)
{
	const struct procedure *procedure = procedure_find(row->procedure);
	union procedure_arguments arguments;
	union procedure_result result;
	struct failure failure;

	parse(row, &arguments);
	if (procedure_call(procedure, client, &arguments, &result, &failure) == 0)
		json_decref(json_result(procedure->result, &result));
	else
		CHECK_STR(failure.why, "nothing");
	procedure_release(procedure, &arguments, &result);
}

/* malloc() knows to the byte what this process holds. */
static void check_client(struct client *client, const struct row *row)
{
	size_t before, after;

	for (int i = 0; i < CLIENT_WARM_UP; i++)
		call(client, row);
	before = mallinfo2().uordblks;
	for (int i = 0; i < CLIENT_CALLS; i++)
		call(client, row);
	after = mallinfo2().uordblks;
	CHECK_THAT(after < before + CLIENT_CALLS * LEAK / 2, "%s %s: %d calls, %zu bytes more",
		   row->procedure, row->operands[0] ? row->operands[0] : "", CLIENT_CALLS,
		   after - before);
}

static void check_clients(bool rpc)
{
	struct fixture fixture;
	struct endpoint endpoint;
	struct client client;

	if (HARNESS_SLOWNESS > 1) {
		harness_skip("a sanitizer has a malloc() of its own, and sees leaks itself");
		return;
	}
	if (!open_fixture(&fixture, rpc))
		return;
	endpoint = call_endpoint(fixture.via);
	client_init(&client, &endpoint, 20 * SECOND);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!rows[i].cut)
			check_client(&client, &rows[i]);
	client_release(&client);
	CHECK_INT(daemon_stop(&fixture.daemon), 0);
}

static void test_client_rpc(void)
{
	check_clients(true);
}

static void test_client_raw(void)
{
	check_clients(false);
}

/* ---- connections that do not come about ---- */

/* A directory with a named pipe that somebody reads, and a socket that somebody listens on, who
 * never says anything. */
struct silence {
	char directory[64], via[6][128];
	int fifo, listener, closed;
	struct sockaddr_in address;
};

static void silence_make(struct silence *silence)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(silence->address);
	char path[128];

	strcpy(silence->directory, "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_FATAL(harness_directory(silence->directory) != NULL);
	snprintf(path, sizeof(path), "%s/raw.fifo", silence->directory);
	CHECK_INT(mkfifo(path, 0600), 0);
	silence->fifo = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/raw.shm", silence->directory);
	silence->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(silence->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(silence->listener, 1000), 0);
	/* A port that nobody else gets, and where nobody listens. */
	silence->address = (struct sockaddr_in){ .sin_family = AF_INET };
	silence->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	silence->closed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(silence->closed, (struct sockaddr *)&silence->address, length), 0);
	getsockname(silence->closed, (struct sockaddr *)&silence->address, &length);

	snprintf(silence->via[0], 128, "raw+fifo:%s", silence->directory);
	snprintf(silence->via[1], 128, "raw+shm:%s/raw.shm", silence->directory);
	snprintf(silence->via[2], 128, "raw+unix:%s/nothing", silence->directory);
	snprintf(silence->via[3], 128, "raw+fifo:%s/nothing", silence->directory);
	snprintf(silence->via[4], 128, "raw+tcp://127.0.0.1:%d", ntohs(silence->address.sin_port));
	snprintf(silence->via[5], 128, "raw+unix:%s/raw.shm", silence->directory);
}

static size_t count_files(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static void silence_release(struct silence *silence)
{
	/* ".", "..", and what was made above. */
	CHECK_INT(count_files(silence->directory), 4);
	close(silence->fifo);
	close(silence->listener);
	close(silence->closed);
	remove_tree(silence->directory);
}

static void test_failed_connections(void)
{
	struct silence silence;
	int descriptors;

	silence_make(&silence);
	descriptors = observe_descriptors(getpid());
	for (size_t i = 0; i < COUNT(silence.via); i++) {
		struct endpoint endpoint = call_endpoint(silence.via[i]);

		for (int j = 0; j < 5; j++) {
			CU_ASSERT(call_add(&endpoint, SECOND / 100, 1, 2) < 0);
			CHECK_THAT(observe_descriptors(getpid()) == descriptors,
				   "%s: %d descriptors, and then %d", silence.via[i], descriptors,
				   observe_descriptors(getpid()));
		}
	}
	silence_release(&silence);
}

/* ---- and those that do ---- */

/* What a client had open and in memory goes when it ends, whatever the transport. */
static void check_connections(const char *via)
{
	struct endpoint endpoint = call_endpoint(via);
	size_t before = 0, after;

	for (int i = 0; i < CONNECTIONS_WARM_UP + CONNECTIONS; i++) {
		if (i == CONNECTIONS_WARM_UP)
			before = mallinfo2().uordblks;
		CHECK_INT(call_add(&endpoint, 20 * SECOND, 40, 2), 42);
	}
	after = mallinfo2().uordblks;
	CHECK_THAT(after < before + CONNECTIONS * LEAK / 2, "%s: %d connections, %zu bytes more",
		   via, CONNECTIONS, after - before);
}

/* The memory of shm channels that this process still has. */
static int count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, "memfd:sidecall") != NULL;
	if (file)
		fclose(file);
	return count;
}

static void test_connections(void)
{
	int descriptors = observe_descriptors(getpid());
	struct daemon daemon;

	if (!daemon_start_everywhere(&daemon, NULL, NULL)) {
		CU_FAIL("there is no server");
		return;
	}
	for (unsigned int i = 0; i < daemon.count; i++)
		check_connections(daemon.endpoints[i]);
	check_connections("rpc+pipe");
	check_connections("raw+pipe");
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(observe_descriptors(getpid()), descriptors);
	CHECK_INT(count_mappings(), 0);
}

/* libtirpc keeps what it likes of memory, but no socket. */
static void test_connections_of_libtirpc(void)
{
	int descriptors = observe_descriptors(getpid());
	struct daemon daemon;

	if (!daemon_start_stock(&daemon, NULL)) {
		CU_FAIL("there is no server");
		return;
	}
	for (unsigned int i = 0; i < daemon.count; i++)
		for (int j = 0; j < CONNECTIONS_WARM_UP; j++) {
			struct endpoint endpoint = call_endpoint(daemon.endpoints[i]);

			CHECK_INT(call_add(&endpoint, 20 * SECOND, 40, 2), 42);
		}
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(observe_descriptors(getpid()), descriptors);
}

static const struct test tests[] = {
	{ "a server's memory after many calls by rpc", test_server_rpc },
	{ "a server's memory after many calls by raw", test_server_raw },
	{ "a client's memory after many calls by rpc", test_client_rpc },
	{ "a client's memory after many calls by raw", test_client_raw },
	{ "nothing is left of connections", test_connections },
	{ "nothing is left of libtirpc's", test_connections_of_libtirpc },
	{ "nothing is left of those that fail", test_failed_connections },
	{ NULL, NULL },
};

int main(void)
{
	return program_use_built() ? harness_run("memory", tests) : EXIT_FAILURE;
}
