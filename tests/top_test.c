/* sidecall top: what a server does now, and what it is when the server is another one. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/counts.h"
#include "tests/kit/activator.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/scripted_server.h"

#define ANOTHER "(another than before)"

static void add_at(const char *text, int times)
{
	const struct endpoint endpoint = call_endpoint(text);

	for (int i = 0; i < times; i++)
		CHECK_INT(call_add(&endpoint, HARNESS_PATIENCE * SECOND, 84, 2), 86);
}

/* What is called while it looks is what it shows. */
static void test_top(void)
{
	const char *const options[] = { "--listen", "rpc+unix", "--listen", "raw+unix", NULL };
	const char *argv[] = { NULL, "top", "-n", "1", NULL };
	struct outcome outcome;
	struct daemon daemon;
	struct pollfd shown = { .events = POLLIN };
	double rate = 0;
	int in, out, error;
	const char *row;
	pid_t pid;

	if (!daemon_start(&daemon, NULL, options))
		return;
	add_at(daemon_endpoint(&daemon, "raw+unix"), 10); /* before it looks */
	argv[0] = program_path("sidecall");
	pid = process_start(argv, &in, &out, &error);
	shown.fd = out;
	do
		add_at(daemon_endpoint(&daemon, "rpc+unix"), 20);
	while (poll(&shown, 1, 20) == 0);
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	row = strstr(outcome.out, "CALC_PROG.1");
	CHECK_THAT(row && sscanf(row, "CALC_PROG.1 CALC_ADD rpc+unix %lf", &rate) == 1 && rate > 0,
		   "%s", outcome.out);
	CHECK_THAT(!strstr(outcome.out, "raw+unix"), "only what is called now: %s", outcome.out);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- over a restart ---- */

/* What it has said by now, or within so many milliseconds. */
static void read_more(int out, char *said, size_t size, int milliseconds)
{
	struct pollfd waiting = { .fd = out, .events = POLLIN };
	size_t length = strlen(said);
	ssize_t n;

	if (length + 1 == size || poll(&waiting, 1, milliseconds) < 1)
		return;
	n = read(out, said + length, size - 1 - length);
	said[length + (n > 0 ? (size_t)n : 0)] = '\0';
}

/* Calls until it has said this. */
static void call_until(const char *endpoint, int out, char *said, size_t size, const char *words)
{
	bool says;

	AWAIT((add_at(endpoint, 5), read_more(out, said, size, 20),
	       (says = strstr(said, words) != NULL)));
	CHECK_THAT(says, "%s is not in %s", words, said);
}

/* No rate is one that nobody can have. */
static void check_rates(const char *said)
{
	double calls, refused, failed;

	for (const char *row = said; (row = strstr(row, " rpc+unix ")); row++) {
		CHECK_INT(sscanf(row, " rpc+unix %lf %lf %lf", &calls, &refused, &failed), 3);
		CHECK_THAT(calls > 0 && calls < 1e6 && refused == 0 && failed == 0, "%s", said);
	}
}

static void test_restart(void)
{
	const char *argv[] = { NULL, "--timeout", "60", "top", NULL };
	static char said[1 << 16];
	struct activator activator;
	struct outcome outcome;
	struct daemon daemon;
	char endpoint[256], *another;
	int in, out, error;
	pid_t pid;

	activator_open(&activator);
	activator_add_path(&activator, SOCK_STREAM, "rpc.sock", "sidecalld.socket");
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, NULL));
	snprintf(endpoint, sizeof(endpoint), "%s", daemon.endpoints[0]);
	add_at(endpoint, 500);
	argv[0] = program_path("sidecall");
	pid = process_start(argv, &in, &out, &error);
	call_until(endpoint, out, said, sizeof(said), "CALC_PROG.1 ");
	CHECK_THAT(!strstr(said, ANOTHER), "%s", said);
	CHECK_INT(daemon_stop(&daemon), 0);
	CU_ASSERT_FATAL(activator_start(&activator, &daemon, NULL));
	call_until(endpoint, out, said, sizeof(said), ANOTHER);
	another = strstr(said, ANOTHER);
	if (another)
		call_until(endpoint, out, another, sizeof(said) - (size_t)(another - said),
			   "CALC_PROG.1 ");
	check_rates(said);
	kill(pid, SIGKILL);
	close(in);
	outcome = process_end(pid, out, error);
	CHECK_STR(outcome.error, "");
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
	activator_close(&activator);
}

/* ---- a server that says what a test likes ---- */

struct told {
	u_int pid;
	quad_t started;
	u_quad_t uptime, calls, events;
};

struct liar {
	struct told told[2]; /* at the first look, and later */
	int looks, listener;
	pthread_t thread;
};

static void answer_server(const struct scripted_server *peer, const struct told *told)
{
	status_server server = { .name = (char *)"a\n\033[2Jb",
				 .release = (char *)"1\n2",
				 .pid = told->pid,
				 .started = told->started,
				 .uptime = told->uptime };

	scripted_server_answer(peer, (xdrproc_t)xdr_status_server, &server);
}

static void answer_calls(const struct scripted_server *peer, const struct told *told)
{
	u_int program = 7, version = 1, procedure = 2;
	status_calls row = { .prog = &program,
			     .vers = &version,
			     .proc = &procedure,
			     .protocol = (char *)"rpc",
			     .transport = (char *)"unix",
			     .outcomes = { .success = told->calls },
			     .durations = { [3] = told->calls } };
	status_page page = { .rows = { 1, &row } };

	scripted_server_answer(peer, (xdrproc_t)xdr_status_page, &page);
}

static void answer_events(const struct scripted_server *peer, const struct told *told)
{
	status_event event = { .name = (char *)"busy",
			       .count = told->events,
			       .peer = (char *)"c\n\033d" };
	status_events events = { 1, &event };

	scripted_server_answer(peer, (xdrproc_t)xdr_status_events, &events);
}

static void *lie(void *argument)
{
	struct liar *liar = argument;
	struct scripted_server peer = { .rpc = true, .fd = accept(liar->listener, NULL, NULL) };
	const struct told *told;
	uint32_t procedure;

	while (scripted_server_receive(&peer)) {
		memcpy(&procedure, peer.call.data + 20, sizeof(procedure));
		liar->looks += ntohl(procedure) == STATUS_SERVER;
		told = &liar->told[liar->looks > 1];
		if (ntohl(procedure) == STATUS_SERVER)
			answer_server(&peer, told);
		else if (ntohl(procedure) == STATUS_CALLS)
			answer_calls(&peer, told);
		else
			answer_events(&peer, told);
	}
	close(peer.fd);
	buffer_release(&peer.call);
	return NULL;
}

/* What `sidecall COMMAND` says of it. */
static struct outcome run_at_liar(struct liar *liar, const char *const words[2])
{
	char directory[] = "/tmp/sidecall-test-XXXXXX", via[64];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *argv[] = { program_path("sidecall"), "--via", via, words[0], words[1], NULL };
	struct outcome outcome;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/liar", directory);
	snprintf(via, sizeof(via), "rpc+unix:%s/liar", directory);
	liar->looks = 0;
	liar->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(liar->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(liar->listener, 1), 0);
	CU_ASSERT_FATAL(pthread_create(&liar->thread, NULL, lie, liar) == 0);
	outcome = process_run(argv, NULL);
	pthread_join(liar->thread, NULL);
	close(liar->listener);
	remove_tree(directory);
	CHECK_INT(outcome.status, 0);
	return outcome;
}

/* A server is another one by its process, by when it started, and when it is younger than before.
 */
static void test_another(void)
{
	static const struct {
		struct told later;
		const char *says[3]; /* or not, with "!" in front */
	} cases[] = {
		{ { 1, 100, 9 * SECOND, 1001000, 17 },
		  { "!" ANOTHER, "look: busy 10\n", "rpc+unix  " } },
		{ { 2, 100, 9 * SECOND, 90, 3 },
		  { ANOTHER, "since it started: busy 3\n", "rpc+unix          10 " } },
		{ { 1, 101, 9 * SECOND, 90, 3 },
		  { ANOTHER, "since it started: busy 3\n", "rpc+unix          10 " } },
		{ { 1, 100, SECOND / 2, 90, 3 },
		  { ANOTHER, "since it started: busy 3\n", "rpc+unix         180 " } },
		/* It began anew while it was asked: nothing can be said of it yet. */
		{ { 1, 100, 9 * SECOND, 90, 3 }, { "!" ANOTHER, "!busy", "!rpc+unix" } },
	};
	const char *const words[2] = { "top", "-n1" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct liar liar = { .told = { { 1, 100, SECOND, 1000, 7 }, cases[i].later } };
		struct outcome outcome = run_at_liar(&liar, words);

		for (int j = 0; j < 3; j++) {
			const char *text = cases[i].says[j];
			bool not = *text == '!', says = strstr(outcome.out, text + not );

			CHECK_THAT(says != not, "case %zu, %s: %s", i, text, outcome.out);
		}
		outcome_release(&outcome);
	}
}

/* What a server says is in lines of ours, and in no other, also in a pipe. */
static void test_forged(void)
{
	const char *const words[][2] = { { "top", "-n1" }, { "status", NULL } };
	static const unsigned int lines[] = { 5, 8 };

	for (size_t i = 0; i < 2; i++) {
		struct liar liar = { .told = { { 1, 100, SECOND, 1000, 7 },
					       { 1, 100, 2 * SECOND, 2000, 8 } } };
		struct outcome outcome = run_at_liar(&liar, words[i]);
		unsigned int count = 0;

		for (const char *c = outcome.out; *c; c++)
			count += *c == '\n';
		CHECK_INT(strncmp(outcome.out, "a\\n\\033[2Jb", 11), 0);
		CHECK_THAT(!strchr(outcome.out, '\033') && count == lines[i], "%u lines: %s", count,
			   outcome.out);
		outcome_release(&outcome);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is called now", test_top },
		{ "over a restart", test_restart },
		{ "another server", test_another },
		{ "a server that would forge lines", test_forged },
		{ 0 },
	};

	return harness_run("top", tests);
}
