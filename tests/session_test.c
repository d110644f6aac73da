/* Sessions whose calls are in the pool, in this process: how they make way, end and are read. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/pool/closing.h"
#include "server/runtime/stream.h"
#include "server/runtime/worker.h"
#include "tests/kit/harness.h"
#include "tests/kit/serving.h"

#define PATIENCE   (60 * 1000) /* milliseconds: no call makes way for another here */
#define WORKERS    2
#define SMALL      16384 /* bytes in a socket's buffer */
#define CALL       12    /* bytes, behind a mark of as many */
#define LONG_REPLY 8000

/* ---- a protocol whose calls wait until the test lets them go ---- */

static atomic_bool let_go, begun;

static int wait_for_test(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
			 struct buffer *reply, size_t limit)
{
	(void)limit;
	atomic_store(&begun, true);
	while (!atomic_load(&let_go) && !sidecall_svc_is_cancelled(execution))
		poll(NULL, 0, 1);
	return buffer_append(reply, call, length);
}

/* Goes on, whoever waits. */
static int go_on(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
		 struct buffer *reply, size_t limit)
{
	(void)execution, (void)limit;
	atomic_store(&begun, true);
	while (!atomic_load(&let_go))
		poll(NULL, 0, 1);
	return buffer_append(reply, call, length);
}

static int reply_at_length(struct sidecall_svc_call *execution, const uint8_t *call, size_t length,
			   struct buffer *reply, size_t limit)
{
	static const uint8_t bytes[LONG_REPLY];

	(void)execution, (void)call, (void)length, (void)limit;
	return buffer_append(reply, bytes, sizeof(bytes));
}

static struct traits always_waits(const struct served *served, const uint8_t *call, size_t length,
				  struct counted *counted)
{
	(void)served, (void)call, (void)length, (void)counted;
	return (struct traits){ SIDECALL_LONG_WAIT, SIDECALL_REPEAT_FREELY };
}

static int repeat(const uint8_t *call, size_t length, struct buffer *reply)
{
	return buffer_append(reply, call, length);
}

static int say_no(const uint8_t *call, size_t length, struct buffer *reply)
{
	(void)call, (void)length;
	return buffer_append(reply, "no", 2);
}

static const struct protocol waiting = { .name = "waiting",
					 .framing = &framing_length_prefix,
					 .answer = wait_for_test,
					 .look = always_waits,
					 .refuse = repeat };

static const struct protocol long_replies = { .name = "long replies",
					      .framing = &framing_length_prefix,
					      .answer = reply_at_length,
					      .look = always_waits,
					      .refuse = repeat };

static const struct protocol heeds = { .name = "heeds",
				       .framing = &framing_length_prefix,
				       .answer = wait_for_test,
				       .look = always_waits,
				       .refuse = say_no };

static const struct protocol goes_on = { .name = "goes on",
					 .framing = &framing_length_prefix,
					 .answer = go_on,
					 .look = always_waits,
					 .refuse = say_no };

/* ---- two workers, whose loops the test runs ---- */

struct world {
	struct serving serving;
	struct limits limits;
	struct workers *workers;
};

static void world_open(struct world *world, unsigned int connections, size_t memory)
{
	*world = (struct world){ .limits = { .message = 64 << 10,
					     .memory = memory,
					     .peers = { connections, connections, 1000, false },
					     .message_timeout = 60,
					     .stop_timeout = HARNESS_PATIENCE * 1000,
					     .patience = PATIENCE } };
	atomic_store(&let_go, false);
	atomic_store(&begun, false);
	serving_open(&world->serving, ".", 0);
	world->workers = workers_open(WORKERS, &world->serving.served, &world->limits);
	CU_ASSERT_FATAL(world->workers != NULL);
}

static void world_close(struct world *world)
{
	atomic_store(&let_go, true);
	workers_drain(world->workers);
	CHECK_INT(workers_close(world->workers), true);
	serving_close(&world->serving);
}

static struct sessions *sessions_of(struct world *world, int worker)
{
	return &world->workers->list[worker].sessions;
}

static void run(struct world *world)
{
	for (int i = 0; i < WORKERS; i++)
		CHECK_INT(loop_run(&world->workers->list[i].loop, 1), 0);
}

static int open_pair(int server_ends[2])
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		CU_FAIL_FATAL("no pair of sockets");
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &(int){ SMALL }, sizeof(int));
	server_ends[0] = server_ends[1] = ends[1];
	return ends[0];
}

static int serve(struct world *world, int worker, const struct protocol *protocol,
		 const int ends[2], uid_t user)
{
	const struct entrance entrance = { .protocol = protocol };
	const struct connection connection = { .in = ends[0], .out = ends[1] };
	const struct peer_id id = peer_of_user(user);

	return stream_open(sessions_of(world, worker), &entrance, &connection, &id);
}

static const uint8_t call[4 + CALL] = { 0, 0, 0, CALL, 1 };

static unsigned int works_of(struct world *world, int worker)
{
	struct link *all = &sessions_of(world, worker)->all;
	unsigned int works = 0;

	for (struct link *link = all->next; link != all; link = link->next)
		works += container_of(link, struct session, in_all)->slow_calls.count;
	return works;
}

/* A client of this user, whose call is in the pool. */
static int busy_client(struct world *world, int worker, uid_t user)
{
	unsigned int before = works_of(world, worker);
	int ends[2], fd = open_pair(ends);

	CHECK_INT(serve(world, worker, &waiting, ends, user), 0);
	CHECK_INT(write(fd, call, sizeof(call)), sizeof(call));
	AWAIT((run(world), works_of(world, worker) > before));
	return fd;
}

static bool has_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/* ---- who makes way ---- */

/* All that one user has is busy: one of it makes way for another user's, whichever worker has it.
 */
static void check_busy_makes_way(int worker)
{
	enum { MOST = 4 };
	int clients[MOST], ends[2], newcomer = open_pair(ends), ended = 0;
	struct world world;

	world_open(&world, MOST, SIZE_MAX / 2);
	for (int i = 0; i < MOST; i++)
		clients[i] = busy_client(&world, worker, 1);
	CHECK_INT(serve(&world, 0, &waiting, ends, 2), 0);
	AWAIT((run(&world), has_ended(clients[0])));
	for (int i = 0; i < MOST; i++) {
		ended += has_ended(clients[i]);
		close(clients[i]);
	}
	CHECK_INT(ended, 1);
	CHECK_INT(has_ended(newcomer), false);
	CHECK_INT(world.workers->peers.connections, MOST);
	close(newcomer);
	world_close(&world);
}

static void test_busy_makes_way(void)
{
	for (int worker = 0; worker < WORKERS; worker++)
		check_busy_makes_way(worker);
}

/* What is held is held by calls, in both workers: neither asks the other for ever. */
static void test_calls_hold(void)
{
	struct world world;
	int clients[WORKERS];

	world_open(&world, 100, 1);
	for (int i = 0; i < WORKERS; i++)
		clients[i] = busy_client(&world, i, 1);
	for (int i = 0; i < 3; i++)
		run(&world);
	CHECK_INT(atomic_load(&world.workers->peers.held) > 1, true);
	for (int i = 0; i < WORKERS; i++) {
		CHECK_INT(atomic_load(&sessions_of(&world, i)->asked), false);
		CHECK_INT(has_ended(clients[i]), false);
		close(clients[i]);
	}
	world_close(&world);
}

/* ---- who is cancelled ---- */

static struct session *only_session(struct world *world)
{
	return container_of(sessions_of(world, 0)->all.next, struct session, in_all);
}

/* The length of the reply to a call that is cancelled while it is executed. */
static size_t cancelled_reply(const struct protocol *protocol)
{
	uint8_t reply[2 * sizeof(call)];
	struct world world;
	int ends[2], fd = open_pair(ends);
	ssize_t n = -1;

	world_open(&world, 100, SIZE_MAX / 2);
	CHECK_INT(serve(&world, 0, protocol, ends, 1), 0);
	CHECK_INT(write(fd, call, sizeof(call)), sizeof(call));
	AWAIT((run(&world), atomic_load(&begun)));
	slow_calls_cancel(&only_session(&world)->slow_calls);
	atomic_store(&let_go, protocol == &goes_on);
	AWAIT((run(&world), (n = read(fd, reply, sizeof(reply))) > 0));
	close(fd);
	world_close(&world);
	return (size_t)n;
}

/* Who was told that it is gets no result; who went on to his end did what he was to do, and it
 * would be wrong to say that he did not. */
static void test_cancelled(void)
{
	CHECK_INT(cancelled_reply(&heeds), 4 + 2);
	CHECK_INT(cancelled_reply(&goes_on), sizeof(call));
}

/* ---- the end of a session ---- */

static void note_closed(void *context)
{
	*(bool *)context = true;
}

/* Who passed descriptors stays until they are closed, though his session is over before. */
static void test_peer_of_closing(void)
{
	const struct peer_id id = peer_of_user(1);
	struct world world;
	struct peers *peers;
	struct peer *peer;
	bool closed = false;
	int ends[2], far;

	world_open(&world, 100, SIZE_MAX / 2);
	peers = &world.workers->peers;
	peer = peers_take(peers, &id);
	far = open_pair(ends);
	closing_start(&(struct closing_order){ .pool = world.workers->pools[POOL_HOUSEKEEPING],
					       .loop = &world.workers->list[0].loop,
					       .peers = peers,
					       .peer = peer,
					       .done = note_closed,
					       .context = &closed },
		      ends, 1);
	CHECK_INT(peer->references, 2); /* ours, and what closes */
	peers_drop(peers, peer);
	AWAIT((run(&world), closed));
	CHECK_INT(has_ended(far), true);
	close(far);
	world_close(&world);
}

/* A server that was started on a connection has it twice.  The client goes while its call is in the
 * pool: that is noticed, and once. */
static void test_connection_twice(void)
{
	struct world world;
	int ends[2], fd = open_pair(ends);

	world_open(&world, 100, SIZE_MAX / 2);
	ends[1] = dup(ends[0]);
	CHECK_INT(serve(&world, 0, &waiting, ends, 1), 0);
	CHECK_INT(write(fd, call, sizeof(call)), sizeof(call));
	AWAIT((run(&world), works_of(&world, 0) == 1));
	close(fd);
	AWAIT((run(&world), sessions_of(&world, 0)->count == 0));
	CHECK_INT(sessions_of(&world, 0)->count, 0);
	world_close(&world);
}

/* ---- what is read ---- */

/* As many calls as the socket takes, many in one write.  Some may be cut off: where the next write
 * goes on. */
static void send_calls(int fd, size_t *sent)
{
	static uint8_t calls[1000 * sizeof(call)];
	size_t start = *sent % sizeof(call);
	ssize_t n;

	for (size_t i = 0; i < sizeof(calls); i += sizeof(call))
		memcpy(calls + i, call, sizeof(call));
	n = write(fd, calls + start, sizeof(calls) - start);
	*sent += n > 0 ? (size_t)n : 0;
}

static size_t receive(int fd)
{
	static char bytes[1 << 20];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	return n > 0 ? (size_t)n : 0;
}

struct asker {
	struct world world;
	int fd;
	size_t sent, received; /* bytes */
	size_t most;           /* that were ever held */
};

static void ask_and_read(struct asker *asker)
{
	size_t held;

	send_calls(asker->fd, &asker->sent);
	for (int i = 0; i < 3; i++)
		run(&asker->world);
	asker->received += receive(asker->fd);
	held = atomic_load(&asker->world.workers->peers.held);
	if (held > asker->most)
		asker->most = held;
}

/* Whoever takes replies late, and asks all the time, is not read from meanwhile: what is kept of
 * his is what a turn reads. */
static void test_asks_faster_than_it_reads(void)
{
	enum { REPLIES = 200 };
	struct asker asker = { 0 };
	int ends[2];

	asker.fd = open_pair(ends);
	world_open(&asker.world, 100, SIZE_MAX / 2);
	CHECK_INT(serve(&asker.world, 0, &long_replies, ends, 1), 0);
	AWAIT((ask_and_read(&asker), asker.received >= REPLIES * LONG_REPLY));
	CHECK_INT(asker.received >= REPLIES * LONG_REPLY, true);
	CHECK_THAT(asker.most < 400 << 10, "%zu bytes are held", asker.most);
	close(asker.fd);
	world_close(&asker.world);
}

/* ---- clients that are handed over ---- */

/* Neither to a worker that has ended, nor to one that never began. */
static void test_least(void)
{
	struct world world;
	int fd;

	world_open(&world, 100, SIZE_MAX / 2);
	fd = busy_client(&world, 0, 1);
	CHECK_INT(balance_least(sessions_of(&world, 0)) == sessions_of(&world, 1), true);
	sessions_finish(sessions_of(&world, 1));
	CHECK_INT(balance_least(sessions_of(&world, 0)) == sessions_of(&world, 0), true);
	close(fd);
	world_close(&world);
}

static void accepted(const struct entrance *entrance, struct sessions *owner,
		     const struct connection *connection)
{
	const struct peer_id id = peer_of_user(2);

	stream_open(owner, entrance, connection, &id);
}

/* A client on his way to a worker that has ended by then is answered all the same. */
static void test_late_newcomer(void)
{
	struct listener listener = { .entrance.protocol = &waiting };
	struct connection connection;
	uint8_t reply[2 * sizeof(call)];
	struct world world;
	int ends[2], busy, fd = open_pair(ends);

	world_open(&world, 100, SIZE_MAX / 2);
	listener.owner = &world.workers->list[0].listeners;
	busy = busy_client(&world, 0, 1);
	CHECK_INT(write(fd, call, sizeof(call)), sizeof(call));
	connection = (struct connection){ .in = ends[0], .out = ends[1] };
	listener_hand_over(&listener, accepted, &connection);
	CHECK_INT(sessions_of(&world, 1)->count, 1);
	world_close(&world);
	CHECK_INT(read(fd, reply, sizeof(reply)), sizeof(call));
	CHECK_BYTES(reply, call, sizeof(call));
	CHECK_INT(has_ended(fd), true);
	close(fd);
	close(busy);
}

int main(void)
{
	static const struct test tests[] = {
		{ "one whose calls are in the pool makes way", test_busy_makes_way },
		{ "calls hold too much", test_calls_hold },
		{ "one that is cancelled", test_cancelled },
		{ "whose descriptors are being closed", test_peer_of_closing },
		{ "one connection as two descriptors", test_connection_twice },
		{ "who asks faster than he reads", test_asks_faster_than_it_reads },
		{ "the worker with fewest sessions", test_least },
		{ "a client on his way to a worker that ends", test_late_newcomer },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("session", tests);
}
