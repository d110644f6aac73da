/* The fifo transport from outside: clients that die at any point, greetings that are none, and
 * servers that are frozen, dead, or already there. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rendezvous.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)
#define CLIENTS      6
#define FLOOD        10000

static const char *const both[] = { "--listen", "rpc+fifo", "--listen", "raw+fifo", NULL };
static const char *const kinds[] = { "rpc+fifo", "raw+fifo" };

static struct endpoint endpoint_of(const struct daemon *daemon, const char *kind)
{
	return call_endpoint(daemon_endpoint(daemon, kind));
}

/* An honest client is served. */
static void check_served(const struct daemon *daemon)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct endpoint endpoint = endpoint_of(daemon, kinds[i]);

		CHECK_INT(call_add(&endpoint, TIMEOUT, 20, 22), 42);
	}
}

static bool has_ended(const struct daemon *daemon)
{
	siginfo_t info = { .si_pid = 0 };

	waitid(P_PID, (id_t)daemon->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == daemon->pid;
}

/* Ends the daemon, and looks into its directory before that is removed. */
static void check_stops_clean(struct daemon *daemon)
{
	struct endpoint endpoint = endpoint_of(daemon, "raw+fifo");

	kill(daemon->pid, SIGTERM);
	AWAIT(has_ended(daemon));
	CHECK_INT(observe_files(endpoint.path), 0);
	CHECK_INT(daemon_stop(daemon), 0);
}

/* ---- a client made by hand ---- */

struct stranger {
	struct endpoint endpoint;
	uint64_t number;
	struct rendezvous_pair pair;
	int server, calls, replies;
};

static void stranger_init(struct stranger *stranger, const struct daemon *daemon, uint64_t number)
{
	char path[RENDEZVOUS_MAX_FIFO];

	stranger->endpoint = endpoint_of(daemon, "raw+fifo");
	stranger->number = number;
	rendezvous_pair(&stranger->endpoint, number, &stranger->pair);
	rendezvous_fifo(&stranger->endpoint, path);
	stranger->server = open(path, O_WRONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(stranger->server >= 0);
	stranger->calls = stranger->replies = -1;
}

static void make_pair(struct stranger *stranger)
{
	CHECK_INT(mkfifo(stranger->pair.calls, 0600), 0);
	CHECK_INT(mkfifo(stranger->pair.replies, 0600), 0);
}

static void open_replies(struct stranger *stranger)
{
	make_pair(stranger);
	stranger->replies = open(stranger->pair.replies, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT(stranger->replies >= 0);
}

static void say(struct stranger *stranger, const char *text)
{
	CHECK_INT(write(stranger->server, text, strlen(text)), strlen(text));
}

static void greet(struct stranger *stranger)
{
	char greeting[RENDEZVOUS_GREETING + 1];

	rendezvous_greet(stranger->number, greeting);
	say(stranger, greeting);
}

static void make_and_greet(struct stranger *stranger)
{
	open_replies(stranger);
	greet(stranger);
}

/* Reads what comes.  The number of bytes; 0 when it was sent away. */
static ssize_t read_replies(struct stranger *stranger, void *bytes, size_t size)
{
	struct pollfd waiting = { .fd = stranger->replies, .events = POLLIN };

	return poll(&waiting, 1, HARNESS_PATIENCE * 1000) == 1
		       ? read(stranger->replies, bytes, size)
		       : -1;
}

static void be_welcome(struct stranger *stranger)
{
	char welcome[RENDEZVOUS_GREETING];

	make_and_greet(stranger);
	CHECK_INT(read_replies(stranger, welcome, sizeof(welcome)), sizeof(welcome));
	stranger->calls = open(stranger->pair.calls, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT(stranger->calls >= 0);
}

static void send_a_part(struct stranger *stranger)
{
	be_welcome(stranger);
	CHECK_INT(write(stranger->calls, "\0\0\1\0part of it", 14), 14);
}

static void send_half_a_mark(struct stranger *stranger)
{
	be_welcome(stranger);
	CHECK_INT(write(stranger->calls, "\0\0", 2), 2);
}

/* The server is at work for it when it dies. */
static void send_long_call(struct stranger *stranger)
{
	const char *path = "huge";
	struct buffer call = { 0 };

	be_welcome(stranger);
	call_make(&call, false, true, 1, "digest", &path);
	CHECK_INT(write(stranger->calls, call.data, call.length), call.length);
	buffer_release(&call);
}

/* What the kernel does for one who is killed: the descriptors go, and the names stay. */
static void die(struct stranger *stranger)
{
	close(stranger->server);
	if (stranger->calls >= 0)
		close(stranger->calls);
	if (stranger->replies >= 0)
		close(stranger->replies);
}

/* ---- clients that die ---- */

static const struct point {
	const char *name;
	void (*reach)(struct stranger *stranger);
} points[] = {
	{ "its pair is made", make_pair },    { "its replies are open", open_replies },
	{ "it has greeted", make_and_greet }, { "it is welcome", be_welcome },
	{ "half a mark", send_half_a_mark },  { "half a message", send_a_part },
	{ "a call", send_long_call },
};

static void make_huge(const struct daemon *daemon)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/huge", daemon->root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0 && ftruncate(fd, (off_t)1 << 40) == 0);
	close(fd);
}

/* At each point, eight times over; what they leave goes at the latest with the server. */
static void test_dead_at_each_point(void)
{
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	make_huge(&daemon);
	descriptors = observe_descriptors(daemon.pid);
	check_served(&daemon);
	for (size_t i = 0; i < COUNT(points); i++) {
		unsigned int failures = CU_get_number_of_failures();

		for (uint64_t n = 0; n < 8; n++) {
			struct stranger stranger;

			stranger_init(&stranger, &daemon, i << 8 | n);
			points[i].reach(&stranger);
			die(&stranger);
		}
		check_served(&daemon);
		CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
		if (CU_get_number_of_failures() > failures)
			printf("      died when: %s\n", points[i].name);
	}
	CU_ASSERT(observe_idle(daemon.pid));
	check_stops_clean(&daemon);
}

/* Six at once, killed wherever they are. */
static void kill_six(const struct daemon *daemon, int round)
{
	pid_t clients[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		clients[i] = call_adding(daemon_endpoint(daemon, kinds[i % 2]), 0, 2 * TIMEOUT);
	for (int i = 0; i < CLIENTS; i++) {
		poll(NULL, 0, round % 4);
		kill(clients[i], SIGKILL);
	}
	for (int i = 0; i < CLIENTS; i++)
		CHECK_INT(call_wait(clients[i]), 128 + SIGKILL);
}

static void test_killed_clients(void)
{
	struct daemon daemon;
	int descriptors;
	long memory;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	check_served(&daemon);
	for (int round = 0; round < 8; round++)
		kill_six(&daemon, round);
	memory = observe_memory(daemon.pid);
	for (int round = 0; round < 24; round++)
		kill_six(&daemon, round);
	check_served(&daemon);
	CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
	CU_ASSERT(observe_memory(daemon.pid) - memory < 4096); /* KiB, of 144 clients */
	CU_ASSERT(observe_idle(daemon.pid));
	check_stops_clean(&daemon);
}

/* Six at once that live, to the end of three hundred calls each. */
static void test_six_at_once(void)
{
	pid_t clients[CLIENTS];
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = call_adding(daemon_endpoint(&daemon, kinds[i % 2]), 300, 2 * TIMEOUT);
	for (int i = 0; i < CLIENTS; i++)
		CHECK_INT(call_wait(clients[i]), 0);
	check_stops_clean(&daemon);
}

/* ---- greetings that are none ---- */

/* Nothing that such a greeting names is opened; the next client is served as if nothing was. */
static void test_wrong_greetings(void)
{
	static const char *const texts[] = {
		"\n",
		"\n\n\n\n",
		"hello\n",
		"0123456789abcde\n",
		"0123456789abcdef0\n",
		"\n0123456789ABCDEF\n",
		"\n0x23456789abcdef\n",
		"\n-123456789abcdef\n",
		"../../../etc/passwd\n",
		"/etc/passwd\n",
		"raw.00000000000000\n",
		"\nffffffffffffffff\n",
		"\n00000000000000",
		"no newline, and longer than any line: 0123456789abcdef0123456789abcdef",
	};
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	check_served(&daemon);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct stranger stranger;

		stranger_init(&stranger, &daemon, 1);
		say(&stranger, texts[i]);
		die(&stranger);
		check_served(&daemon);
	}
	CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
	check_stops_clean(&daemon);
}

static void test_flood(void)
{
	struct stranger stranger;
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	check_served(&daemon);
	stranger_init(&stranger, &daemon, 0);
	for (; stranger.number < FLOOD; stranger.number++)
		greet(&stranger);
	check_served(&daemon);
	die(&stranger);
	CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
	CU_ASSERT(observe_idle(daemon.pid));
	check_stops_clean(&daemon);
}

/* ---- pairs that are no pairs of ours ---- */

static void make_regular(const char *path)
{
	close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

/* A link to a FIFO that is one. */
static void make_link(const char *path)
{
	char target[RENDEZVOUS_MAX_FIFO + 8];

	snprintf(target, sizeof(target), "%s.real", path);
	CHECK_INT(mkfifo(target, 0600), 0);
	CHECK_INT(symlink(target, path), 0);
}

static void make_fifo(const char *path)
{
	CHECK_INT(mkfifo(path, 0600), 0);
}

static void make_anothers(const char *path)
{
	make_fifo(path);
	CHECK_INT(chown(path, 65534, (gid_t)-1), 0);
}

static void make_nothing(const char *path)
{
	(void)path;
}

static const struct pair_case {
	const char *name;
	void (*calls)(const char *path), (*replies)(const char *path);
	bool is_served, as_root;
} pair_cases[] = {
	{ "as it should be", make_fifo, make_fifo, true, false },
	{ "calls are missing", make_nothing, make_fifo, false, false },
	{ "replies are missing", make_fifo, make_nothing, false, false },
	{ "calls are a file", make_regular, make_fifo, false, false },
	{ "replies are a file", make_fifo, make_regular, false, false },
	{ "calls are a link", make_link, make_fifo, false, false },
	{ "replies are a link", make_fifo, make_link, false, false },
	{ "calls are another's", make_anothers, make_fifo, false, true },
	{ "replies are another's", make_fifo, make_anothers, false, true },
};

/* Greets, lets an honest client follow, and looks what has been written by then. */
static void try_pair(const struct daemon *daemon, const struct pair_case *pair)
{
	struct stranger stranger;
	char bytes[64];

	stranger_init(&stranger, daemon, 0xabc);
	pair->calls(stranger.pair.calls);
	pair->replies(stranger.pair.replies);
	stranger.replies = open(stranger.pair.replies, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	greet(&stranger);
	check_served(daemon);
	if (stranger.replies >= 0)
		CHECK_INT(read(stranger.replies, bytes, sizeof(bytes)) == RENDEZVOUS_GREETING,
			  pair->is_served);
	die(&stranger);
	unlink(stranger.pair.calls);
	unlink(stranger.pair.replies);
	strcat(stranger.pair.calls, ".real");
	strcat(stranger.pair.replies, ".real");
	unlink(stranger.pair.calls);
	unlink(stranger.pair.replies);
}

static void test_wrong_pairs(void)
{
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	descriptors = observe_descriptors(daemon.pid);
	check_served(&daemon);
	for (size_t i = 0; i < COUNT(pair_cases); i++) {
		unsigned int failures = CU_get_number_of_failures();

		if (pair_cases[i].as_root && geteuid() != 0)
			continue;
		try_pair(&daemon, &pair_cases[i]);
		CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
		if (CU_get_number_of_failures() > failures)
			printf("      pair: %s\n", pair_cases[i].name);
	}
	check_stops_clean(&daemon);
}

/* ---- servers ---- */

/* The client is told that there is no room, and does not wait for its time-out. */
static void test_too_many(void)
{
	const char *const options[] = { "--listen", "raw+fifo", "--max-connections", "2", NULL };
	struct stranger first, second;
	struct endpoint endpoint;
	struct daemon daemon;
	int64_t sum;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	endpoint = endpoint_of(&daemon, "raw+fifo");
	stranger_init(&first, &daemon, 1);
	be_welcome(&first);
	stranger_init(&second, &daemon, 2);
	be_welcome(&second);
	CHECK_INT(call_add(&endpoint, TIMEOUT, 1, 2), -FAILURE_UNAVAILABLE);
	die(&first);
	/* Its end is seen in the turn that the next greeting is, or before. */
	AWAIT((sum = call_add(&endpoint, TIMEOUT, 1, 2)) == 3);
	CHECK_INT(sum, 3);
	die(&second);
	check_stops_clean(&daemon);
}

/* The server has no descriptor for both pipes, or for none of them: the client is told so, and does
 * not wait for its time-out. */
static void test_no_descriptor(void)
{
	struct endpoint endpoint;
	struct daemon daemon;
	int descriptors;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	endpoint = endpoint_of(&daemon, "raw+fifo");
	descriptors = observe_descriptors(daemon.pid);
	for (unsigned int room = 0; room < 2; room++) {
		observe_limit_descriptors(daemon.pid, observe_lowest_free(daemon.pid) + room);
		CHECK_INT(call_add(&endpoint, TIMEOUT, 1, 2), -FAILURE_UNAVAILABLE);
		observe_limit_descriptors(daemon.pid, 1000);
		check_served(&daemon);
		CHECK_INT(observe_descriptors_until(daemon.pid, descriptors), descriptors);
	}
	check_stops_clean(&daemon);
}

static void test_frozen_server(void)
{
	struct daemon daemon;
	int files;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	files = observe_files(endpoint_of(&daemon, "raw+fifo").path);
	process_halt(daemon.pid, SIGSTOP);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct endpoint endpoint = endpoint_of(&daemon, kinds[i]);
		int64_t began = clock_now();

		CHECK_INT(call_add(&endpoint, SECOND * 4 / 10, 1, 2), -FAILURE_TIMEOUT);
		CU_ASSERT(clock_now() - began >= SECOND * 4 / 10);
		CHECK_INT(observe_files(endpoint.path), files);
	}
	kill(daemon.pid, SIGCONT);
	check_served(&daemon);
	check_stops_clean(&daemon);
}

/* A client that meets a server which dies meanwhile is told so, before its deadline. */
static void test_killed_while_meeting(void)
{
	struct daemon daemon;
	pid_t client;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (int i = 0; i < 2; i++) /* so that one reply is lost, and one welcome */
		check_served(&daemon);
	process_halt(daemon.pid, SIGSTOP);
	client = call_adding(daemon_endpoint(&daemon, "rpc+fifo"), 1, 2 * TIMEOUT);
	AWAIT(observe_files(endpoint_of(&daemon, "rpc+fifo").path) >= 6);
	kill(daemon.pid, SIGKILL);
	CHECK_INT(call_wait(client), FAILURE_UNAVAILABLE);
	CHECK_INT(daemon_stop(&daemon), 128 + SIGKILL);
}

/* A second server at the same place is refused, and told who is there; the place of one that was
 * killed is taken. */
static void test_second_server(void)
{
	struct daemon first, second;
	struct outcome outcome;
	char where[128], owner[32];
	const char *const options[] = { "--listen", where, NULL };
	const char *const argv[] = { program_path("sidecalld"), "--no-rpcbind", "--listen", where,
				     NULL };
	struct endpoint endpoint;

	CU_ASSERT_FATAL(daemon_start(&first, NULL, both));
	endpoint = endpoint_of(&first, "raw+fifo");
	snprintf(where, sizeof(where), "raw+fifo:%s", endpoint.path);
	snprintf(owner, sizeof(owner), "process id %d", (int)first.pid);
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, FAILURE_UNAVAILABLE);
	CU_ASSERT(strstr(outcome.error, owner) != NULL);
	outcome_release(&outcome);
	check_served(&first);
	kill(first.pid, SIGKILL);
	call_wait(first.pid);
	CHECK_INT(call_add(&endpoint, TIMEOUT, 1, 2), -FAILURE_UNAVAILABLE);
	CU_ASSERT_FATAL(daemon_start(&second, NULL, options));
	CHECK_INT(call_add(&endpoint, TIMEOUT, 1, 2), 3);
	CHECK_INT(daemon_stop(&second), 0);
	first.pid = 0;
	daemon_stop(&first); /* only its directory is left */
}

/* ---- what dead clients left ---- */

/* Makes a pair as if that was so many seconds ago. */
static void make_aged_pair(const struct endpoint *endpoint, uint64_t number, time_t age)
{
	const struct timespec then = { .tv_sec = time(NULL) - age };
	const struct timespec times[2] = { then, then };
	struct rendezvous_pair pair;

	rendezvous_pair(endpoint, number, &pair);
	make_fifo(pair.calls);
	make_fifo(pair.replies);
	CHECK_INT(utimensat(AT_FDCWD, pair.calls, times, 0), 0);
	CHECK_INT(utimensat(AT_FDCWD, pair.replies, times, 0), 0);
}

static bool is_pair_there(const struct endpoint *endpoint, uint64_t number)
{
	struct rendezvous_pair pair;
	bool calls, replies;

	rendezvous_pair(endpoint, number, &pair);
	calls = access(pair.calls, F_OK) == 0;
	replies = access(pair.replies, F_OK) == 0;
	CHECK_INT(calls, replies);
	return calls;
}

/* ---- a server that is behind ---- */

struct caller {
	struct endpoint endpoint;
	_Atomic pid_t thread;
	_Atomic bool done;
};

static void *call_when_read(void *argument)
{
	struct caller *caller = argument;

	caller->thread = gettid();
	call_add(&caller->endpoint, TIMEOUT, 1, 2); /* nobody answers it */
	caller->done = true;
	return NULL;
}

static size_t take_all(int fifo, char *bytes, size_t room)
{
	ssize_t n = read(fifo, bytes, room);

	return n > 0 ? (size_t)n : 0;
}

/* So many that the pipe is full.  How many bytes. */
static size_t fill(const char *path)
{
	int writer = rendezvous_open_fifo(path, O_WRONLY);
	size_t length = 0;

	CU_ASSERT_FATAL(writer >= 0);
	while (write(writer, "x", 1) == 1)
		length++;
	close(writer);
	return length;
}

/* Nobody has read the greetings before ours, so there is no room for it: it is written when there
 * is. */
static void test_server_behind(void)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[RENDEZVOUS_MAX_FIFO], text[96];
	static char bytes[1 << 20];
	struct caller caller = { .done = false };
	size_t full, taken = 0;
	pthread_t thread;
	int fifo;

	CU_ASSERT_FATAL(harness_directory(directory) != NULL);
	snprintf(text, sizeof(text), "raw+fifo:%s", directory);
	caller.endpoint = call_endpoint(text);
	rendezvous_fifo(&caller.endpoint, path);
	CU_ASSERT_FATAL(mkfifo(path, 0600) == 0);
	fifo = rendezvous_open_fifo(path, O_RDONLY);
	full = fill(path);
	CHECK_INT(pthread_create(&thread, NULL, call_when_read, &caller), 0);
	/* Its pair is there, and it sleeps: it has found no room. */
	while (!caller.done && !(caller.thread && observe_files(directory) == 3 &&
				 observe_thread_asleep(caller.thread)))
		sched_yield();
	CU_ASSERT(!caller.done);
	while (!caller.done && taken < full + RENDEZVOUS_GREETING)
		taken += take_all(fifo, bytes, sizeof(bytes));
	CHECK_INT(taken, full + RENDEZVOUS_GREETING);
	close(fifo); /* and now there is no server any more */
	pthread_join(thread, NULL);
	CHECK_INT(observe_files(directory), 1);
	remove_tree(directory);
}

/* A server that starts removes the pairs that are ten seconds old and nobody's, of its own protocol
 * alone. */
static void test_sweep(void)
{
	enum { DEAD, FRESH, LIVING };
	struct endpoint endpoint, other;
	struct rendezvous_pair pair;
	struct daemon first, second;
	char where[128];
	const char *const options[] = { "--listen", where, NULL };
	int reader;

	CU_ASSERT_FATAL(daemon_start(&first, NULL, both));
	endpoint = endpoint_of(&first, "raw+fifo");
	other = endpoint_of(&first, "rpc+fifo");
	snprintf(where, sizeof(where), "raw+fifo:%s", endpoint.path);
	kill(first.pid, SIGKILL);
	call_wait(first.pid);
	make_aged_pair(&endpoint, DEAD, 11);
	make_aged_pair(&endpoint, FRESH, 0);
	make_aged_pair(&endpoint, LIVING, 11);
	make_aged_pair(&other, DEAD, 11);
	rendezvous_pair(&endpoint, LIVING, &pair);
	reader = rendezvous_open_fifo(pair.replies, O_RDONLY);
	CU_ASSERT_FATAL(daemon_start(&second, NULL, options));
	CHECK_INT(is_pair_there(&endpoint, DEAD), false);
	CHECK_INT(is_pair_there(&endpoint, FRESH), true);
	CHECK_INT(is_pair_there(&endpoint, LIVING), true);
	CHECK_INT(is_pair_there(&other, DEAD), true);
	CHECK_INT(daemon_stop(&second), 0);
	CHECK_INT(is_pair_there(&endpoint, FRESH), false); /* nobody can be served any more */
	close(reader);
	first.pid = 0;
	daemon_stop(&first); /* only its directory is left */
}

int main(void)
{
	static const struct test tests[] = {
		{ "six clients at once", test_six_at_once },
		{ "clients that die at each point", test_dead_at_each_point },
		{ "clients that are killed anywhere", test_killed_clients },
		{ "greetings that are none", test_wrong_greetings },
		{ "a flood of greetings", test_flood },
		{ "pairs that are none", test_wrong_pairs },
		{ "one client too many", test_too_many },
		{ "no descriptor is left", test_no_descriptor },
		{ "a frozen server", test_frozen_server },
		{ "a server that is killed meanwhile", test_killed_while_meeting },
		{ "a second server", test_second_server },
		{ "a server that is behind", test_server_behind },
		{ "what dead clients left", test_sweep },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("fifo", tests);
}
