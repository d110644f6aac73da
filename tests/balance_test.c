/* Sessions that go from worker to worker, and on how many workers they are. */
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/clnt.h"
#include "common/container.h"
#include "common/xdr.h"
#include "server/runtime/svc_internal.h"
#include "server/runtime/transports/all.h"
#include "server/runtime/worker.h"
#include "tests/kit/harness.h"

#define PROGRAM 0x20001234
#define WORKERS 3
#define CLIENTS 6
#define CALLS   200 /* of each */
#define PEERS   100
#define BUSY    (-(INT64_C(1) << 50)) /* what a worker has worked: less than it has by any look */

/* The procedures: each answers at which worker it was executed. */
enum {
	WHERE = 1, /* only that */
	MOVE,      /* and its session goes to the next worker */
	BUSIED,    /* and its worker looks as if it were busy all the time */
	RETIRE,    /* and its worker is in use no longer */
	WAIT       /* by a thread of a pool, until it may end; it answers 0 */
};

static atomic_bool may_end;

static struct sessions *worker_of(const struct svc_req *request)
{
	return container_of(sidecall_svc_call(request), struct sessions, execution);
}

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	struct sessions *worker = worker_of(request);
	u_int index = request->rq_proc == WAIT ? 0 : worker->index;

	if (request->rq_proc == WAIT) {
		AWAIT(atomic_load(&may_end));
	} else if (request->rq_proc == MOVE) {
		worker->balance.relief = worker->next_worker;
		worker->balance.to_move = 1;
	} else if (request->rq_proc == BUSIED) {
		worker->balance.worked = BUSY;
		worker->balance.idle = -1; /* so a processor may be */
	} else if (request->rq_proc == RETIRE) {
		worker->balance.in_use = false;
	}
	svc_sendreply(transport, (xdrproc_t)xdr_u_int, (char *)&index);
}

static const struct sidecall_svc_procedure procedures[] = {
	{ WAIT, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, 0 },
};
static const struct sidecall_svc_program programs[] = {
	{ PROGRAM, 1, dispatch, NULL, procedures, 1, SIDECALL_REPEAT_FREELY },
	{ 0 },
};

/* ---- a server whose workers can be looked at ---- */

struct server {
	struct served served;
	struct limits limits;
	struct workers *workers;
	pthread_t thread;
	char endpoint[64];
	in_port_t port; /* in network order */
};

static void *serve(void *context)
{
	struct server *server = context;

	CHECK_INT(workers_serve(server->workers), 0);
	workers_drain(server->workers);
	return NULL;
}

static void find_endpoint(struct server *server)
{
	int fd = server->workers->list[0].listeners.first->watch.fd;
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	server->port = address.sin_port;
	snprintf(server->endpoint, sizeof(server->endpoint), "rpc+tcp://127.0.0.1:%d",
		 ntohs(address.sin_port));
}

/* `in_use` workers of all take sessions from the beginning, and maybe none looks at its load. */
static void server_open(struct server *server, int in_use, bool looks)
{
	struct sidecall_svc_options options;
	struct endpoint endpoint;
	char why[SIDECALL_SVC_WHY];

	sidecall_svc_defaults(&options);
	options.workers = WORKERS;
	options.workers_as_needed = true;
	*server = (struct server){ .served = { .programs = programs,
					       .protocols[ENDPOINT_RPC] = &protocol_rpc },
				   .limits = limits_from(&options, false) };
	server->workers = workers_open(WORKERS, &server->served, &server->limits);
	CU_ASSERT_FATAL(server->workers != NULL);
	CU_ASSERT_PTR_NULL(endpoint_parse(&endpoint, "rpc+tcp://127.0.0.1:0"));
	CU_ASSERT_PTR_NULL(
		transport_tcp.listen(&server->workers->list[0].listeners, &endpoint, why));
	workers_share(server->workers);
	for (int i = 0; i < WORKERS; i++) {
		struct balance *balance = &server->workers->list[i].sessions.balance;

		if (i < in_use)
			balance->in_use = true;
		if (!looks)
			balance->next_look = INT64_MAX;
	}
	find_endpoint(server);
	CHECK_INT(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct posted *posted)
{
	struct worker *worker = container_of(posted, struct worker, stop);

	worker->loop.stop = true;
}

static void server_close(struct server *server)
{
	struct worker *first = &server->workers->list[0];

	first->stop.run = stop;
	loop_post(&first->loop, &first->stop);
	pthread_join(server->thread, NULL);
	CHECK_INT(workers_close(server->workers), true);
}

/* ---- its clients ---- */

static CLIENT *client_of(const struct server *server)
{
	const struct timeval long_enough = { .tv_sec = HARNESS_PATIENCE };
	struct sidecall_error error;
	CLIENT *client = sidecall_clnt_create(server->endpoint, PROGRAM, 1, &long_enough, &error);

	CU_ASSERT_FATAL(client != NULL);
	return client;
}

/* Where it was executed. */
static unsigned int call(CLIENT *client, rpcproc_t procedure)
{
	const struct timeval long_enough = { .tv_sec = HARNESS_PATIENCE };
	u_int index = WORKERS;

	CHECK_INT(clnt_call(client, procedure, xdr_nothing, NULL, (xdrproc_t)xdr_u_int,
			    (char *)&index, long_enough),
		  RPC_SUCCESS);
	CU_ASSERT_FATAL(index < WORKERS);
	return index;
}

/* ---- what is decided ---- */

static void test_verdicts(void)
{
	static const struct {
		unsigned int load, full;
		int least;
		enum balance_verdict verdict;
	} cases[] = {
		{ 100, 1, -1, BALANCE_STAY }, /* it may be for a moment */
		{ 100, 2, -1, BALANCE_SPREAD }, { 100, 2, 10, BALANCE_SPREAD },
		{ 0, 0, -1, BALANCE_STAY }, /* the first */
		{ 0, 0, 0, BALANCE_RETIRE },    { 29, 0, 30, BALANCE_RETIRE },
		{ 30, 0, 30, BALANCE_STAY },    { 0, 0, 60, BALANCE_STAY },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT(balance_judge(cases[i].load, cases[i].full, cases[i].least),
			  cases[i].verdict);
}

static void test_processors(void)
{
	CHECK_INT(balance_has_processor(0, 49, 100), false);
	CHECK_INT(balance_has_processor(0, 50, 100), true);
	CHECK_INT(balance_has_processor(1000, 1049, 100), false);
	CHECK_INT(balance_has_processor(1000, 1200, 100), true); /* two of them */
	CHECK_INT(balance_has_processor(-1, 0, 100), true);
	CHECK_INT(balance_has_processor(0, -1, 100), true);
}

/* ---- newcomers ---- */

static void test_newcomers(void)
{
	struct server server;
	CLIENT *clients[CLIENTS];

	server_open(&server, 1, false);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = client_of(&server);
		CHECK_INT(call(clients[i], WHERE), 0);
	}
	for (int i = 0; i < CLIENTS; i++)
		clnt_destroy(clients[i]);
	server_close(&server);
}

/* ---- sessions that move at each call ---- */

static void *call_and_move(void *context)
{
	unsigned int *where = calloc(WORKERS, sizeof(*where));
	CLIENT *client = client_of(context);

	for (int i = 0; i < CALLS; i++)
		where[call(client, MOVE)]++;
	clnt_destroy(client);
	return where;
}

static void test_moves(void)
{
	unsigned int at[WORKERS] = { 0 };
	pthread_t threads[CLIENTS];
	struct server server;

	server_open(&server, WORKERS, false);
	for (int i = 0; i < CLIENTS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_and_move, &server), 0);
	for (int i = 0; i < CLIENTS; i++) {
		void *where;

		pthread_join(threads[i], &where);
		for (int j = 0; j < WORKERS; j++)
			at[j] += ((unsigned int *)where)[j];
		free(where);
	}
	for (int i = 0; i < WORKERS; i++)
		CHECK_THAT(at[i] > CLIENTS * CALLS / WORKERS / 2, "%u of %d calls at worker %d",
			   at[i], CLIENTS * CALLS, i);
	server_close(&server);
}

#define WORDS 11 /* of a call */

/* A call by hand (RFC 5531, sections 9 and 11). */
static void send_call(int fd, rpcproc_t procedure)
{
	const uint32_t words[WORDS] = { 0x80000000 | 40, procedure, 0, 2, PROGRAM, 1, procedure };
	uint32_t message[WORDS];

	for (int i = 0; i < WORDS; i++)
		message[i] = htonl(words[i]);
	CHECK_INT(write(fd, message, sizeof(message)), sizeof(message));
}

/* The result of the call that is answered next, which is of this procedure. */
static uint32_t receive_reply(int fd, rpcproc_t procedure)
{
	uint32_t message[8];

	CHECK_INT(recv(fd, message, sizeof(message), MSG_WAITALL), sizeof(message));
	CHECK_INT(ntohl(message[1]), procedure);
	return ntohl(message[7]);
}

static int connect_from(const struct server *server, uint32_t host)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(host) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = server->port,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval long_enough = { .tv_sec = HARNESS_PATIENCE };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &long_enough, sizeof(long_enough));
	CHECK_INT(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static unsigned int connections_of(const struct server *server)
{
	struct peers *peers = &server->workers->peers;
	unsigned int connections;

	pthread_mutex_lock(&peers->lock);
	connections = peers->connections;
	pthread_mutex_unlock(&peers->lock);
	return connections;
}

/* So a peer may be gone at one worker before the other has let go of him. */
static void test_moves_and_ends(void)
{
	struct server server;

	server_open(&server, WORKERS, false);
	for (uint32_t i = 0; i < PEERS; i++) {
		int fd = connect_from(&server, INADDR_LOOPBACK + 1 + i);

		send_call(fd, MOVE);
		receive_reply(fd, MOVE);
		close(fd);
	}
	AWAIT(connections_of(&server) == 0);
	CHECK_INT(connections_of(&server), 0);
	server_close(&server);
}

/* Its reply comes back to the worker that it came from. */
static void test_stays(void)
{
	struct server server;
	int fd;

	server_open(&server, 1, false);
	atomic_store(&may_end, false);
	fd = connect_from(&server, INADDR_LOOPBACK);
	send_call(fd, WAIT);
	send_call(fd, MOVE);
	CHECK_INT(receive_reply(fd, MOVE), 0);
	send_call(fd, WHERE);
	CHECK_INT(receive_reply(fd, WHERE), 0);
	atomic_store(&may_end, true);
	receive_reply(fd, WAIT);
	close(fd);
	server_close(&server);
}

/* ---- under load, and without ---- */

static void test_spreads_and_retires(void)
{
	CLIENT *clients[CLIENTS];
	unsigned int at = 0;
	struct server server;

	server_open(&server, 1, true);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = client_of(&server);
	/* Whoever is called most is busy; some of them are served elsewhere then. */
	AWAIT((at = call(clients[0], BUSIED) | call(clients[1], BUSIED)) != 0);
	CU_ASSERT(at != 0);
	/* When nothing is to do, all of them come back; those who say nothing stay where they are.
	 */
	AWAIT((at = call(clients[0], WHERE) | call(clients[1], WHERE)) == 0);
	CHECK_INT(at, 0);
	for (int i = 0; i < CLIENTS; i++)
		clnt_destroy(clients[i]);
	server_close(&server);
}

/* What is not in use gets no newcomers, and its sessions go with their next call. */
static void test_retired(void)
{
	struct server server;
	CLIENT *one, *other;

	server_open(&server, 2, false);
	one = client_of(&server);
	while (call(one, WHERE) != 1)
		call(one, MOVE);
	CHECK_INT(call(one, RETIRE), 1);
	CHECK_INT(call(one, WHERE), 0);
	other = client_of(&server);
	CHECK_INT(call(other, WHERE), 0);
	clnt_destroy(one);
	clnt_destroy(other);
	server_close(&server);
}

/* ---- the server's end, while they move ---- */

static void *call_until_the_end(void *context)
{
	const struct timeval long_enough = { .tv_sec = HARNESS_PATIENCE };
	CLIENT *client = client_of(context);
	enum clnt_stat status;
	u_int index;

	do
		status = clnt_call(client, MOVE, xdr_nothing, NULL, (xdrproc_t)xdr_u_int,
				   (char *)&index, long_enough);
	while (status == RPC_SUCCESS);
	CHECK_THAT(status == RPC_CANTRECV || status == RPC_CANTSEND, "%s", clnt_sperrno(status));
	clnt_destroy(client);
	return NULL;
}

static void test_stop(void)
{
	pthread_t threads[CLIENTS];
	struct server server;

	server_open(&server, WORKERS, false);
	for (int i = 0; i < CLIENTS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_until_the_end, &server), 0);
	for (int i = 0; i < WORKERS; i++)
		AWAIT(atomic_load(&server.workers->list[i].sessions.count) > 0);
	server_close(&server);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
}

static const struct test tests[] = {
	{ "what is decided", test_verdicts },
	{ "whether a processor is idle", test_processors },
	{ "newcomers go to the first worker", test_newcomers },
	{ "sessions move between calls", test_moves },
	{ "peers end where they moved to", test_moves_and_ends },
	{ "a session with a call in the pools stays", test_stays },
	{ "sessions spread under load, and come back", test_spreads_and_retires },
	{ "a worker that is not in use", test_retired },
	{ "the server stops while they move", test_stop },
	{ 0 },
};

int main(void)
{
	return harness_run("balance", tests);
}
