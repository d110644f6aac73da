/* Servers in somebody's process, by svc.h alone: several of them, many after each other, on sockets
 * that are there already, and in a loop that is the program's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/runtime/clnt.h"
#include "common/xdr.h"
#include "server/runtime/svc.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PROGRAM      0x20001234
#define CALL         44 /* bytes of a call without arguments, with its record mark */
#define REPLY        28 /* and of its reply */
#define PATIENCE     (HARNESS_PATIENCE * 1000) /* milliseconds */

static long nanoseconds;           /* that procedures take */
static struct sidecall_svc *other; /* that procedures call, or NULL */

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	const struct timespec time = { .tv_nsec = nanoseconds };

	(void)request;
	if (nanoseconds)
		nanosleep(&time, NULL);
	if (other)
		CHECK_INT(sidecall_svc_listen_fd(other, -1), -EBADF);
	svc_sendreply(transport, xdr_nothing, NULL);
}

static const struct sidecall_svc_program programs[] = {
	{ .program = PROGRAM, .version = 1, .dispatch = dispatch },
	{ 0 },
};

/* ---- clients ---- */

/* Connected to the first address of the server, which is one of tcp. */
static int connect_to(struct sidecall_svc *svc)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *text = sidecall_svc_address(svc, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		CU_FAIL_FATAL("cannot connect");
	return fd;
}

/* Calls procedure 0; with `marked` behind a record mark. */
static void send_call(int fd, bool marked)
{
	const uint32_t call[CALL / 4] = {
		htonl(0x80000000 | (CALL - 4)), htonl(7), 0, htonl(2), htonl(PROGRAM), htonl(1)
	};
	size_t skipped = marked ? 0 : 4;

	CHECK_INT(write(fd, (const char *)call + skipped, CALL - skipped), CALL - skipped);
}

/* What there is to read within patience: bytes; 0 for the end; -1. */
static ssize_t receive(int fd, void *bytes, size_t length)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, PATIENCE) == 1 ? read(fd, bytes, length) : -1;
}

/* ---- a loop of the program's own ---- */

/* Serves until the client's descriptor can be read, or it has stopped.  How often it was called. */
static unsigned int drive(struct sidecall_svc *svc, int client)
{
	struct pollfd wait[] = { { .fd = sidecall_svc_fd(svc), .events = POLLIN },
				 { .fd = client, .events = POLLIN } };
	unsigned int passes = 0;

	while (!wait[1].revents && poll(wait, 2, PATIENCE) > 0) {
		if (!wait[0].revents)
			continue;
		passes++;
		if (sidecall_svc_dispatch(svc) != 1)
			break;
	}
	return passes;
}

static struct sidecall_svc *create(const struct sidecall_svc_options *options)
{
	struct sidecall_svc *svc = sidecall_svc_create(programs, NULL, options);

	CU_ASSERT_PTR_NOT_NULL_FATAL(svc);
	return svc;
}

static struct sidecall_svc *create_on_tcp(const struct sidecall_svc_options *options)
{
	struct sidecall_svc *svc = create(options);
	char why[SIDECALL_SVC_WHY];

	CU_ASSERT_PTR_NULL_FATAL(sidecall_svc_listen(svc, "rpc+tcp://127.0.0.1:0", why));
	return svc;
}

static void test_own_loop(void)
{
	int threads = observe_files("/proc/self/task"), client;
	struct sidecall_svc *svc = create_on_tcp(NULL);
	char reply[64];

	client = connect_to(svc);

	CHECK_INT(sidecall_svc_fd(svc), sidecall_svc_fd(svc));
	for (int i = 0; i < 3; i++) {
		send_call(client, true);
		drive(svc, client);
		CHECK_INT(receive(client, reply, sizeof(reply)), REPLY);
	}
	CHECK_INT(observe_files("/proc/self/task"), threads); /* it needs none */
	close(client);
	CHECK_INT(sidecall_svc_destroy(svc), true); /* without a stop */
}

static int64_t milliseconds(const struct timespec *time)
{
	return time->tv_sec * INT64_C(1000) + time->tv_nsec / 1000000;
}

/* Its time is over though nothing else happens, and until then the loop may sleep. */
static void test_own_loop_timers(void)
{
	struct sidecall_svc_options options;
	struct timespec begin, end;
	struct sidecall_svc *svc;
	char byte;
	int client;

	sidecall_svc_defaults(&options);
	options.message_timeout = 1;
	svc = create_on_tcp(&options);
	client = connect_to(svc);
	CHECK_INT(write(client, "\200", 2), 2);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	CHECK_THAT(drive(svc, client) < 50, "it does not turn in circles");
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK_INT(receive(client, &byte, 1), 0);
	CHECK_THAT(milliseconds(&end) - milliseconds(&begin) > 900, "not before");
	close(client);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

/* Calls that came together take longer than it serves at a time: it asks to be called again, though
 * nothing arrives, and no timer is near. */
static void test_own_loop_goes_on(void)
{
	struct sidecall_svc_options options;
	struct sidecall_svc *svc;
	char replies[4096];
	ssize_t n = 1, length = 0;
	int client, calls = 50;

	sidecall_svc_defaults(&options);
	options.message_timeout = 3600;
	options.idle_timeout = 0;
	svc = create_on_tcp(&options);
	client = connect_to(svc);
	for (int i = 0; i < calls; i++)
		send_call(client, true);
	nanoseconds = 200000;
	for (; length < calls * REPLY && n > 0; length += n) {
		drive(svc, client);
		n = recv(client, replies, sizeof(replies), MSG_DONTWAIT);
	}
	nanoseconds = 0;
	CHECK_INT(length, calls * REPLY);
	close(client);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

/* What was asked is answered; then there is nothing to do any more. */
static void test_own_loop_stop(void)
{
	struct sidecall_svc *svc = create_on_tcp(NULL);
	int client = connect_to(svc), calls = 100;
	struct pollfd wait = { .fd = sidecall_svc_fd(svc), .events = POLLIN };
	ssize_t n, length = 0;
	char replies[4096];
	int r;

	for (int i = 0; i < calls; i++)
		send_call(client, true);
	sidecall_svc_stop(svc);
	do {
		CHECK_INT(poll(&wait, 1, PATIENCE), 1);
		r = sidecall_svc_dispatch(svc);
	} while (r == 1);
	CHECK_INT(r, 0);
	while ((n = receive(client, replies, sizeof(replies))) > 0)
		length += n;
	CHECK_INT(n, 0);
	CHECK_INT(length, calls * REPLY);
	CHECK_INT(sidecall_svc_dispatch(svc), 0);
	CHECK_INT(sidecall_svc_run(svc), -EALREADY);
	close(client);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

static void test_own_loop_of_many_workers(void)
{
	struct sidecall_svc_options options;
	struct sidecall_svc *svc;

	sidecall_svc_defaults(&options);
	options.workers = 2;
	svc = create_on_tcp(&options);
	CHECK_INT(sidecall_svc_fd(svc), -EINVAL);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

/* ---- sockets that are there already ---- */

enum given { NOTHING, TCP, UDP, CONNECTION, UNIX, UNIX_DATAGRAMS, NETLINK };

static int bind_here(int type)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		CU_FAIL_FATAL("cannot bind");
	return fd;
}

static int bind_anywhere(int type)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	/* Without a name it gets one (unix(7), "autobind"). */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address.sun_family)) < 0)
		CU_FAIL_FATAL("cannot bind");
	return fd;
}

/* A descriptor to be served, and in `client` one of who calls there, or -1. */
static int make_given(enum given given, int *client)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int fd = -1, pair[2];

	*client = -1;
	switch (given) {
	case NOTHING:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case NETLINK:
		return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	case UNIX_DATAGRAMS:
		return bind_anywhere(SOCK_DGRAM);
	case CONNECTION:
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
		*client = pair[1];
		return pair[0];
	case UDP:
		fd = bind_here(SOCK_DGRAM);
		break;
	case TCP:
		fd = bind_here(SOCK_STREAM);
		break;
	case UNIX:
		fd = bind_anywhere(SOCK_STREAM);
		break;
	}
	if (given != UDP)
		listen(fd, 8);
	getsockname(fd, (struct sockaddr *)&address, &length);
	*client = socket(address.ss_family,
			 (given == UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (connect(*client, (struct sockaddr *)&address, length) < 0)
		CU_FAIL_FATAL("cannot connect");
	return fd;
}

static void try_given(enum given given, int expected, const char *address)
{
	struct sidecall_svc *svc = create(NULL);
	int before, client, fd = make_given(given, &client);
	int flags = fcntl(fd, F_GETFL);
	size_t mark = given == UDP ? 4 : 0;
	char reply[64];
	const char *told;

	CHECK_INT(sidecall_svc_listen_fd(svc, fd), expected);
	told = sidecall_svc_address(svc, 0);
	if (address)
		CHECK_THAT(told && strncmp(told, address, strlen(address)) == 0, "%s", told);
	else
		CU_ASSERT_PTR_NULL(told);
	if (expected == 0) {
		send_call(client, given != UDP);
		drive(svc, client);
		CHECK_INT(receive(client, reply, sizeof(reply)), REPLY - mark);
		close(client);
	} else {
		CHECK_INT(fcntl(fd, F_GETFL), flags); /* it is as it was, and there */
		close(fd);
	}
	before = observe_descriptors(getpid());
	CHECK_INT(sidecall_svc_destroy(svc), true);
	CHECK_THAT(observe_descriptors(getpid()) < before, "all are closed");
	if (expected == 0)
		CHECK_INT(fcntl(fd, F_GETFD), -1);
}

static void test_given(void)
{
	static const struct {
		enum given given;
		int expected;
		const char *address;
	} cases[] = {
		{ TCP, 0, "rpc+tcp://127.0.0.1:" },
		{ UDP, 0, "rpc+udp://127.0.0.1:" },
		{ CONNECTION, 0, NULL },
		{ UNIX, 0, "rpc+unix:" },
		{ NOTHING, -ENOTSOCK, NULL },
		{ NETLINK, -EPROTOTYPE, NULL },
		{ UNIX_DATAGRAMS, -EPROTOTYPE, NULL },
	};
	struct sidecall_svc *svc = create(NULL);

	for (size_t i = 0; i < COUNT(cases); i++)
		try_given(cases[i].given, cases[i].expected, cases[i].address);
	CHECK_INT(sidecall_svc_listen_fd(svc, -1), -EBADF);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

/* ---- two servers ---- */

struct log {
	pthread_mutex_t lock;
	char text[4096];
};

static void keep(void *context, const char *line)
{
	struct log *log = context;
	size_t length;

	pthread_mutex_lock(&log->lock);
	length = strlen(log->text);
	snprintf(log->text + length, sizeof(log->text) - length, "%s\n", line);
	pthread_mutex_unlock(&log->lock);
}

static bool log_says(struct log *log, const char *text)
{
	bool says;

	pthread_mutex_lock(&log->lock);
	says = strstr(log->text, text) != NULL;
	pthread_mutex_unlock(&log->lock);
	return says;
}

static void *run(void *svc)
{
	sidecall_svc_run(svc);
	return NULL;
}

/* Sends what is too long for any. */
static void offend(struct sidecall_svc *svc)
{
	const uint32_t mark = htonl(0x80000000 | 1 << 30);
	int client = connect_to(svc);
	char byte;

	CHECK_INT(write(client, &mark, 4), 4);
	CHECK_INT(receive(client, &byte, 1), 0);
	close(client);
}

static void check_says(struct log *log, const char *said)
{
	bool says;

	AWAIT((says = log_says(log, said)));
	CHECK_THAT(says, "\"%s\" says %s", log->text, said);
}

static struct sidecall_svc *create_logging(size_t max_message, struct log *log)
{
	struct sidecall_svc_options options;

	sidecall_svc_defaults(&options);
	options.max_message = max_message;
	options.log = keep;
	options.log_context = log;
	return create_on_tcp(&options);
}

/* Each in a thread of its own, at the same time. */
static void test_two_servers(void)
{
	static const char *const said[] = { "4096 bytes", "8192 bytes" };
	struct log logs[2] = { { PTHREAD_MUTEX_INITIALIZER, "" },
			       { PTHREAD_MUTEX_INITIALIZER, "" } };
	struct sidecall_svc *servers[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		servers[i] = create_logging(4096 << i, &logs[i]);
		pthread_create(&threads[i], NULL, run, servers[i]);
	}
	/* More often than of one kind is logged in a while: that is the first one's affair. */
	for (int i = 0; i < 20; i++)
		offend(servers[0]);
	offend(servers[1]);
	for (int i = 0; i < 2; i++)
		check_says(&logs[i], said[i]);
	for (int i = 0; i < 2; i++) {
		sidecall_svc_stop(servers[i]);
		pthread_join(threads[i], NULL);
		CHECK_INT(sidecall_svc_destroy(servers[i]), true);
		CHECK_THAT(!log_says(&logs[i], said[!i]), "\"%s\" is not the other's",
			   logs[i].text);
	}
	check_says(&logs[0], "event=too-long peer=127.0.0.1: 10 more such lines were left out\n");
}

/* What is logged behind a procedure that called another server. */
static void test_server_in_procedure(void)
{
	struct log ours = { PTHREAD_MUTEX_INITIALIZER, "" },
		   others = { PTHREAD_MUTEX_INITIALIZER, "" };
	const uint32_t mark = htonl(0x80000000 | 1 << 30);
	struct sidecall_svc *svc = create_logging(4096, &ours);
	struct pollfd wait = { .fd = sidecall_svc_fd(svc), .events = POLLIN };
	int client = connect_to(svc);

	other = create_logging(8192, &others);
	send_call(client, true);
	CHECK_INT(write(client, &mark, 4), 4);
	while (!log_says(&ours, "4096 bytes") && poll(&wait, 1, PATIENCE) == 1)
		sidecall_svc_dispatch(svc);
	check_says(&ours, "4096 bytes");
	CHECK_STR(others.text, "");
	CHECK_INT(sidecall_svc_destroy(other), true);
	CHECK_INT(sidecall_svc_destroy(svc), true);
	other = NULL;
	close(client);
}

/* ---- many, one after the other ---- */

static void live_once(const char *directory)
{
	static const char *const endpoints[] = { "rpc+tcp://127.0.0.1:0", "rpc+udp://127.0.0.1:0",
						 "rpc+unix:%s/socket", "rpc+shm:%s/shm",
						 "rpc+fifo:%s" };
	struct sidecall_svc *svc = create(NULL);
	char why[SIDECALL_SVC_WHY], reply[64];
	int client;

	for (size_t i = 0; i < COUNT(endpoints); i++) {
		char endpoint[96];
		const char *wrong;

		snprintf(endpoint, sizeof(endpoint), endpoints[i], directory);
		wrong = sidecall_svc_listen(svc, endpoint, why);
		CHECK_THAT(!wrong, "%s: %s", endpoint, wrong);
	}
	client = connect_to(svc);
	send_call(client, true);
	drive(svc, client);
	CHECK_INT(receive(client, reply, sizeof(reply)), REPLY);
	close(client);
	CHECK_INT(sidecall_svc_destroy(svc), true);
}

static void test_many_lives(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX";
	unsigned int lives = 1000, first = 100;
	int descriptors = 0;
	long memory = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	for (unsigned int i = 0; i < lives; i++) {
		if (i == first) {
			descriptors = observe_descriptors(getpid());
			memory = observe_memory(getpid());
		}
		live_once(directory);
	}
	CHECK_INT(observe_descriptors(getpid()), descriptors);
	memory = observe_memory(getpid()) - memory;
	/* 900 times a single page would be more. */
	CHECK_THAT(memory < 2048 * HARNESS_SLOWNESS, "%ld KiB more", memory);
	CHECK_INT(observe_files(directory), 0);
	remove_tree(directory);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a loop of the program's own", test_own_loop },
		{ "its timers", test_own_loop_timers },
		{ "what it leaves for later", test_own_loop_goes_on },
		{ "its end", test_own_loop_stop },
		{ "it is for one worker", test_own_loop_of_many_workers },
		{ "sockets that are there already", test_given },
		{ "two servers", test_two_servers },
		{ "a server in a procedure of another one", test_server_in_procedure },
		{ "a thousand lives", test_many_lives },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("embedded", tests);
}
