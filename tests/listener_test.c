/* Clients whom the system does not let us accept: the loop does not spin on them. */
#include "server/runtime/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/serving.h"

#define WAIT  300 /* milliseconds that the loop runs: three rests */
#define CROWD 6   /* newcomers */

/* Instead of the C library's: the next calls fail with this, so many times. */
static struct {
	int error;
	unsigned int failures, calls, accepted;
} faulty;

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	faulty.calls++;
	if (faulty.calls <= faulty.failures) {
		errno = faulty.error;
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, address, length, flags);
}

static void accepted(const struct entrance *entrance, struct sessions *owner,
		     const struct connection *connection)
{
	(void)entrance;
	(void)owner;
	faulty.accepted++;
	close(connection->in);
}

struct scene {
	struct loop loop;
	struct sessions sessions;
	struct listeners listeners;
	struct limits limits;
	struct serving serving;
	struct peers peers;
	int client;
};

/* A client waits to be accepted. */
static void scene_open(struct scene *scene)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	struct endpoint endpoint = { .protocol = ENDPOINT_RAW, .transport = ENDPOINT_TCP };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*scene = (struct scene){ .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	CHECK_INT(loop_init(&scene->loop), 0);
	CHECK_INT(peers_init(&scene->peers, 1), 0);
	sessions_init(&scene->sessions, &scene->loop, &scene->serving.served, NULL, &scene->limits,
		      &scene->peers, NULL);
	listeners_init(&scene->listeners, &scene->sessions);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, length), 0);
	CHECK_INT(listen(fd, 8), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	CHECK_INT(listeners_add_socket(&scene->listeners, fd, &endpoint, CUSTODY_OURS, NULL, NULL,
				       accepted),
		  0);
	CHECK_INT(connect(scene->client, (struct sockaddr *)&address, length), 0);
}

static void scene_close(struct scene *scene)
{
	close(scene->client);
	listeners_close(&scene->listeners);
	sessions_release(&scene->sessions);
	peers_release(&scene->peers);
	loop_release(&scene->loop);
}

static void check_rests(int error, unsigned int failures, unsigned int most_calls)
{
	struct scene scene;

	faulty.error = error;
	faulty.failures = failures;
	faulty.calls = faulty.accepted = 0;
	scene_open(&scene);
	CHECK_INT(loop_run(&scene.loop, WAIT), 0);
	if (failures < most_calls) /* who comes in when the machine lets us look again */
		AWAIT(faulty.accepted || loop_run(&scene.loop, WAIT) < 0);
	CHECK_THAT(faulty.calls <= most_calls, "%u calls in %d ms", faulty.calls, WAIT);
	CHECK_INT(faulty.accepted, failures < most_calls);
	scene_close(&scene);
}

/* It is tried again later, and the client who had to wait comes in. */
static void test_no_memory(void)
{
	check_rests(ENOBUFS, 1000000, 5);
	check_rests(ENOMEM, 1000000, 5);
	check_rests(ENOMEM, 1, 5);
}

/* Each time it is tried twice: with the spare descriptor, too. */
static void test_no_descriptor(void)
{
	check_rests(EMFILE, 1000000, 10);
}

/* How many of those who wait come in by one turn, when others' turns took so much too long. */
static unsigned int let_in(int64_t overtime)
{
	struct scene scene;
	struct listener *listener;
	int clients[CROWD];
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	faulty.failures = faulty.calls = faulty.accepted = 0;
	scene_open(&scene);
	listener = scene.listeners.first;
	CHECK_INT(getsockname(listener->watch.fd, (struct sockaddr *)&address, &length), 0);
	for (int i = 0; i < CROWD; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CHECK_INT(connect(clients[i], (struct sockaddr *)&address, length), 0);
	}
	scene.loop.overtime += overtime;
	scene.loop.turn_end = loop_nanoseconds();
	listener->party.take_turn(&listener->party);
	for (int i = 0; i < CROWD; i++)
		close(clients[i]);
	scene_close(&scene);
	return faulty.accepted;
}

/* Where calls are dear the queue of newcomers is not left to fill up. */
static void test_overtime(void)
{
	unsigned int most = 0;

	CHECK_INT(let_in(0), 1);
	for (int i = 0; i < 20 && most < 2; i++) /* we may be kept waiting in one */
		most = let_in(INT64_C(1000000000));
	CHECK_THAT(most > 1, "%u came in", most);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the system has no memory", test_no_memory },
		{ "there is no descriptor", test_no_descriptor },
		{ "newcomers beside dear calls", test_overtime },
		{ 0 },
	};

	return harness_run("listener", tests);
}
