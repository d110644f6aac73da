/* A server takes the place of another at the sockets of a service manager, under load. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "client/procedures.h"
#include "common/fork.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "tests/kit/activator.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/rpcbind.h"

#define TIMEOUT  (HARNESS_PATIENCE * SECOND)
#define UPGRADES 2
#define PAUSE    1 /* millisecond between two calls of a client: others have the processor, too */

static void start(struct activator *activator, struct daemon *daemon)
{
	CU_ASSERT_FATAL(activator_start(activator, daemon, NULL));
}

/* ---- clients that come and go ---- */

static bool add(struct client *client, int64_t a, const char *via)
{
	union procedure_arguments arguments = { .operands = { a, 1 } };
	union procedure_result result;
	struct failure failure;

	if (procedure_call(procedure_find("add"), client, &arguments, &result, &failure)) {
		fprintf(stderr, "%s: %s\n", via, failure.why);
		return false;
	}
	return result.number.calc_result_u.value == a + 1;
}

/* Calls until told to stop: by one connection, as long as it lasts, or each by its own.  Its status
 * is 0 when all were answered right. */
static pid_t start_client(const char *via, bool keeps, const int stop[2], atomic_uint *calls)
{
	const struct endpoint endpoint = call_endpoint(via);
	struct pollfd told = { .fd = stop[0], .events = POLLIN };
	pid_t pid = fork_tied();
	struct client client;

	if (pid != 0)
		return pid;
	close(stop[1]);
	client_init(&client, &endpoint, TIMEOUT);
	client.repeats = CLIENT_REPEATS; /* as sidecall's calls are */
	for (int i = 0; poll(&told, 1, PAUSE) == 0; i++) {
		if (!add(&client, i, via))
			_exit(1);
		atomic_fetch_add(calls, 1);
		if (!keeps)
			client_disconnect(&client);
	}
	client_release(&client);
	_exit(0);
}

/* Each of them has called since: so none meets more than one change. */
static void await_calls(atomic_uint calls[EVERYWHERE])
{
	for (int i = 0; i < EVERYWHERE; i++) {
		unsigned int before = atomic_load(&calls[i]);

		AWAIT(atomic_load(&calls[i]) > before + 1);
	}
}

/* With the old one still there: both serve the same sockets for a while. */
static void upgrade(struct activator *activator, struct daemon *daemon)
{
	struct daemon old = *daemon;

	start(activator, daemon);
	CHECK_INT(daemon_stop(&old), 0);
}

/* As systemd restarts a service: for a moment nobody is there, and the sockets are. */
static void restart(struct activator *activator, struct daemon *daemon)
{
	CHECK_INT(daemon_stop(daemon), 0);
	start(activator, daemon);
}

static void check_load(bool keeps)
{
	struct activator activator;
	struct daemon daemon;
	atomic_uint *calls = mmap(NULL, EVERYWHERE * sizeof(*calls), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t clients[EVERYWHERE];
	int stop[2];

	activator_open(&activator);
	activator_add_everywhere(&activator);
	start(&activator, &daemon);
	CU_ASSERT_FATAL(pipe2(stop, O_CLOEXEC) == 0);
	for (int i = 0; i < EVERYWHERE; i++)
		clients[i] = start_client(daemon.endpoints[i], keeps, stop, &calls[i]);
	for (int i = 0; i < UPGRADES; i++) {
		await_calls(calls);
		upgrade(&activator, &daemon);
		await_calls(calls);
		restart(&activator, &daemon);
	}
	close(stop[1]); /* they are told */
	for (int i = 0; i < EVERYWHERE; i++)
		CHECK_THAT(call_wait(clients[i]) == 0, "%s", everywhere[i]);
	close(stop[0]);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
	munmap(calls, EVERYWHERE * sizeof(*calls));
}

static void test_comers(void)
{
	check_load(false);
}

static void test_stayers(void)
{
	check_load(true);
}

/* ---- rpcbind ---- */

static unsigned int count_entries(void)
{
	rpcblist_ptr list = NULL;
	unsigned int count = 0;

	CHECK_INT(
		rpcbind_call(RPCBPROC_DUMP, xdr_nothing, NULL, (xdrproc_t)xdr_rpcblist_ptr, &list),
		RPC_SUCCESS);
	for (rpcblist_ptr l = list; l; l = l->rpcb_next)
		count += l->rpcb_map.r_prog == CALC_PROG || l->rpcb_map.r_prog == FILEINFO_PROG;
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return count;
}

/* Who asks rpcbind while nobody is there is told where the next server will be.  What is not kept
 * for it is forgotten. */
static void test_registered(void)
{
	static const char *const besides[] = { "--listen", "rpc+unix", NULL };
	struct activator activator;
	struct daemon daemon;

	if (!rpcbind_start())
		return;
	activator_open(&activator);
	activator.registers = true;
	activator_add_host(&activator, SOCK_STREAM, "rpc");
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, besides));
	CHECK_INT(count_entries(), 6); /* three versions of two programs, at two addresses */
	CHECK_INT(daemon_stop(&daemon), 0);
	CHECK_INT(count_entries(), 3);
	start(&activator, &daemon);
	CHECK_THAT(!daemon_says(&daemon, "rpcbind", 0), "%s", daemon.said);
	CHECK_INT(count_entries(), 3);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
	rpcbind_stop();
}

int main(void)
{
	static const struct test tests[] = {
		{ "clients that come, while servers change", test_comers },
		{ "clients that stay, while servers change", test_stayers },
		{ "rpcbind, while servers change", test_registered },
		{ 0 },
	};

	if (!program_use_built())
		return 1;
	signal(SIGPIPE, SIG_IGN);
	rpcbind_enter();
	return harness_run("upgrade", tests);
}
