/* One table of faults through every endpoint: what the caller sees is the exit code that says what
 * happened, in time, and whether the call may have been executed; others are served, and the server
 * is left as it was.  How often it was executed is failures_test's. */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare/lab/trials.h"
#include "compare/failures/faults.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CASE_TIME    (240 * SECOND) /* after which one fault at one endpoint counts as hanging */
#define LONG_TIME    (20 * SECOND)  /* of a caller who is to see something before that */
#define TRIES        5              /* at what could not be staged: on a busy machine it is late */
#define WIDTH        4              /* of a column of the table of faults */
#define ROOM         4096           /* bytes of what is wrong with it */

/* ---- faults that the comparison does not show ---- */

/* The server goes on afterwards; by udp with this call, too, for a minute: nobody can see that its
 * caller has gone.  So there it has only to serve. */
static int happen_frozen_in_call(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);

	if (code == 0)
		code = fault_signal_in_call(testbed, SIGSTOP, 5 * SECOND, failure);
	if (testbed->server.pid)
		kill(testbed->server.pid, SIGCONT);
	if (code == 0 && testbed->outcome->after < SECOND) /* of five: the machine is busy */
		code = failure_set(failure, FAILURE_SYSTEM, "it was frozen too late");
	if (code || testbed->endpoint.transport != ENDPOINT_UDP ||
	    testbed->endpoint.protocol == ENDPOINT_TIRPC)
		return code;
	testbed_count(testbed);
	server_kill(&testbed->server);
	return testbed->outcome->executed == 0
		       ? 0
		       : failure_set(failure, FAILURE_SYSTEM, "another is not served");
}

/* It is frozen when the caller comes. */
static int happen_frozen_before(struct testbed *testbed, struct failure *failure)
{
	int code;

	if (testbed_is_pipe(testbed))
		return fault_bad_server(testbed, FAKE_FREEZE, failure);
	code = testbed_open(testbed, failure);
	if (code)
		return code;
	server_halt(testbed->server.pid, SIGSTOP);
	testbed_call(testbed, 1);
	kill(testbed->server.pid, SIGCONT);
	return 0;
}

/* The reply to a call that timed out arrives in front of the next one's. */
static int happen_reply_late(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);
	pid_t server = code ? 0 : testbed_server(testbed);

	if (code == 0)
		code = testbed_meet(testbed, failure);
	if (code)
		return code;
	server_halt(server, SIGSTOP);
	testbed->caller.timeout = 300 * MILLISECOND;
	testbed_call(testbed, 1);
	kill(server, SIGCONT);
	if (testbed->outcome->kind != OUTCOME_TIMEOUT)
		return failure_set(failure, FAILURE_SYSTEM, "no time-out");
	poll(NULL, 0, 50);
	testbed->caller.timeout = LONG_TIME;
	testbed_call(testbed, 2);
	return 0;
}

/* A call whose caller cannot be seen is executed for a minute before it is cancelled, and keeps its
 * file open and a processor busy so long; so the client by udp makes many short calls instead. */
static pid_t start_victim(const struct testbed *testbed)
{
	bool udp = testbed->endpoint.transport == ENDPOINT_UDP;
	pid_t server = testbed->server.pid, victim;
	char via[ENDPOINT_MAX_TEXT];
	long cpu = observe_cpu(server);

	endpoint_format(&testbed->endpoint, via);
	victim = udp ? call_adding(via, 0, LONG_TIME)
		     : call_digesting(via, TESTBED_HUGE, LONG_TIME);
	if (udp)
		AWAIT(observe_cpu(server) > cpu);
	else
		AWAIT((server || (server = observe_child(victim))) &&
		      (observe_open_files(server, TESTBED_HUGE) || observe_state(victim) == 'Z'));
	return victim;
}

static bool has_ended(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) == child;
}

/* The server of a pipe has nobody left but us, who are told of its end. */
static int happen_client_killed(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);
	pid_t victim, server;
	bool ended = true;

	if (code)
		return code;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	victim = start_victim(testbed);
	server = observe_child(victim);
	kill(victim, SIGKILL);
	if (call_wait(victim) != 128 + SIGKILL)
		return failure_set(failure, FAILURE_SYSTEM, "it ended before it was killed");
	if (testbed_is_pipe(testbed))
		AWAIT((ended = has_ended(server)));
	if (!ended)
		return failure_set(failure, FAILURE_SYSTEM, "a pipe's server outlives its caller");
	testbed_call(testbed, 1);
	return 0;
}

static int happen_cut_off_reply(struct testbed *testbed, struct failure *failure)
{
	return fault_bad_server(testbed, FAKE_HALF_AND_END, failure);
}

/* A second server is refused, told whose the address is, and the first one goes on. */
static int happen_second_server(struct testbed *testbed, struct failure *failure)
{
	char via[ENDPOINT_MAX_TEXT], owner[16];
	const char *argv[] = { program_path("sidecalld"),
			       "--no-rpcbind",
			       "--root",
			       testbed->root,
			       "--listen",
			       via,
			       testbed->endpoint.protocol == ENDPOINT_TIRPC ? "--stock" : NULL,
			       NULL };
	int code = testbed_open(testbed, failure);
	struct outcome outcome;

	if (code)
		return code;
	endpoint_format(&testbed->endpoint, via);
	outcome = process_run(argv, NULL);
	testbed->outcome->code = outcome.status;
	snprintf(testbed->outcome->said, sizeof(testbed->outcome->said), "%s", outcome.error);
	snprintf(owner, sizeof(owner), " %d ", (int)testbed->server.pid);
	if (outcome.length ||
	    (endpoint_has_path(&testbed->endpoint) && !strstr(outcome.error, owner)))
		testbed->outcome->code = OUTCOME_UNKNOWN;
	outcome_release(&outcome);
	return 0;
}

/* ---- the table ---- */

/*
 * The exit code that the victim sees, and what is said of its call: that it may have been executed
 * (?), that it was not (-), that it was (+).  75 comes at the deadline, any other code before it.
 * Where the victim is the server's, it is another caller who sees 0; but of a pipe it is the bad
 * client himself who sees his end.  Blank: not to be had.
 *
 * By udp a death is seen when the call is sent again (libtirpc does that after 15 seconds), and
 * what is no reply is passed over; a reply that lacks its end says that there was one.  A server
 * that is frozen cannot be met on fifo and shm, while a socket's kernel takes connection and call.
 *
 * The baseline is not asked about bad clients, one of which can hold up or end it; nor by udp about
 * datagrams that are not its reply, which it takes for the time-out (docs/tirpc.md).
 */
/* clang-format off */
static const struct row {
	const char *name;
	const char *key; /* of the comparison's fault, or NULL */
	int (*happen)(struct testbed *testbed, struct failure *failure);
	const char *outcomes; /* WIDTH characters a column */
} rows[] = {
/*                                                           rpc and raw             tirpc       */
/*                                                           tcp udp unix    fifo    tcp udp unix */
/*                                                                       pipe    shm              */
{ "server killed in a call", "killed", NULL,                "69? 69? 69? 69? 69? 69? 69? 75? 69? " },
{ "server frozen", "frozen", NULL,                          "75? 75? 75? 75? 75? 75? 75? 75? 75? " },
{ "server frozen before", NULL, happen_frozen_before,       "75? 75? 75? 75? 75- 75- 75? 75? 75? " },
{ "server frozen in a call", NULL, happen_frozen_in_call,   "75? 75? 75? 75? 75? 75? 75? 75? 75? " },
{ "reply too late", NULL, happen_reply_late,                "0   0   0   0   0   0   0       0   " },
{ "client killed in a call", NULL, happen_client_killed,    "0   0   0   0   0   0               " },
{ "half a call", "half_call", NULL,                         "0   0   0   end 0   0               " },
{ "garbage from a client", "garbage_call", NULL,            "0   0   0   end 0   0               " },
{ "half a reply, and silence", "half_reply", NULL,          "75? 65+ 75? 75? 75? 75? 75? 65+ 75? " },
{ "half a reply, and the end", NULL, happen_cut_off_reply,  "69? 65+ 69? 69? 69? 69? 69? 65+ 69? " },
{ "garbage from a server", "garbage_reply", NULL,           "76? 75? 76? 76? 76? 76? 75?     75? " },
{ "second server", NULL, happen_second_server,              "69  69  69      69  69  69  69  69  " },
};
/* clang-format on */

static const struct place {
	enum endpoint_protocol protocol;
	enum endpoint_transport transport;
	unsigned int column;
} places[] = {
	{ ENDPOINT_RPC, ENDPOINT_TCP, 0 },    { ENDPOINT_RAW, ENDPOINT_TCP, 0 },
	{ ENDPOINT_RPC, ENDPOINT_UDP, 1 },    { ENDPOINT_RAW, ENDPOINT_UDP, 1 },
	{ ENDPOINT_RPC, ENDPOINT_UNIX, 2 },   { ENDPOINT_RAW, ENDPOINT_UNIX, 2 },
	{ ENDPOINT_RPC, ENDPOINT_PIPE, 3 },   { ENDPOINT_RAW, ENDPOINT_PIPE, 3 },
	{ ENDPOINT_RPC, ENDPOINT_FIFO, 4 },   { ENDPOINT_RAW, ENDPOINT_FIFO, 4 },
	{ ENDPOINT_RPC, ENDPOINT_SHM, 5 },    { ENDPOINT_RAW, ENDPOINT_SHM, 5 },
	{ ENDPOINT_TIRPC, ENDPOINT_TCP, 6 },  { ENDPOINT_TIRPC, ENDPOINT_UDP, 7 },
	{ ENDPOINT_TIRPC, ENDPOINT_UNIX, 8 },
};

/* What is to be seen of a fault in a place, or NULL. */
static const char *outcome_at(const struct row *row, const struct place *place)
{
	const char *outcome = row->outcomes + (size_t)WIDTH * place->column;

	return *outcome == ' ' ? NULL : outcome;
}

/* ---- one fault at one endpoint ---- */

struct fault_case {
	const struct row *row;
	const struct place *place;
	const char *directory; /* of all: each makes one of its own in there */
	char *wrong;           /* ROOM bytes that both processes share; "" when nothing is */
};

static void complain_unless(bool ok, char *wrong, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void complain_unless(bool ok, char *wrong, const char *format, ...)
{
	size_t length = strlen(wrong);
	va_list arguments;

	if (ok)
		return;
	va_start(arguments, format);
	vsnprintf(wrong + length, ROOM - length, format, arguments);
	va_end(arguments);
	length = strlen(wrong);
	snprintf(wrong + length, ROOM - length, "; ");
}

/* Who sees anything but the time-out has seen it in time. */
static void check_outcome(const struct call_outcome *outcome, const char *expected, char *wrong)
{
	const char *said = outcome->said;
	int code = atoi(expected);
	char fate = expected[2];
	bool maybe = strstr(said, "The call may have been executed");
	bool not = strstr(said, "not executed") || strstr(said, "not sent");
	bool was = strstr(said, "The call was executed");

	if (*expected == 'e') {
		complain_unless(outcome->kind == OUTCOME_CLOSED, wrong, "it sees no end");
		return;
	}
	complain_unless(outcome->code == code && (code || outcome->kind == OUTCOME_ANSWERED), wrong,
			"code %d, %s: %s (%s)", outcome->code, outcome_name(outcome->kind), said,
			outcome->note);
	complain_unless(code != 75 || outcome->after >= SECOND, wrong, "it took %d ms only",
			(int)(outcome->after / MILLISECOND));
	complain_unless(maybe == (fate == '?') && not == (fate == '-') && was == (fate == '+'),
			wrong, "what became of the call is said wrong: %s", said);
}

/* How many descriptors a server of this testbed has with nobody there; 0 where it is none of ours.
 */
static int count_idle_descriptors(struct testbed *testbed)
{
	struct failure failure;
	int count = 0;

	if (testbed_open(testbed, &failure) == 0 && testbed->server.pid)
		count = observe_descriptors(testbed->server.pid);
	server_stop(&testbed->server);
	testbed_close(testbed);
	return count;
}

/* A server of ours that was not killed serves another caller, gives back what those who have gone
 * had, and ends well. */
static void check_server(struct testbed *testbed, int descriptors, char *wrong)
{
	pid_t pid = testbed->server.pid;
	int count, status;

	if (!pid || testbed->endpoint.protocol == ENDPOINT_TIRPC || observe_state(pid) == 'Z')
		return;
	client_release(&testbed->caller);
	client_init(&testbed->caller, &testbed->endpoint, testbed->timeout);
	testbed->outcome->executed = OUTCOME_UNKNOWN;
	testbed_count(testbed);
	complain_unless(testbed->outcome->executed >= 0, wrong, "another is not served");
	AWAIT((count = observe_descriptors(pid)) == descriptors);
	complain_unless(count == descriptors, wrong, "%d descriptors are open, not %d", count,
			descriptors);
	complain_unless(observe_idle(pid), wrong, "it has something to do all the time");
	status = server_stop_within(&testbed->server, HARNESS_PATIENCE * SECOND);
	complain_unless(status == 0, wrong, "sidecalld ends with %#x", status);
}

/* False when it could not be staged. */
static bool try_case(const struct fault_case *its, struct testbed *testbed, const char *root)
{
	const struct row *row = its->row;
	struct failure failure;
	int descriptors, code;

	testbed->root = root;
	descriptors = count_idle_descriptors(testbed);
	call_outcome_init(testbed->outcome);
	code = (row->key ? fault_find(row->key)->happen : row->happen)(testbed, &failure);
	if (code == 0) {
		check_server(testbed, descriptors, its->wrong);
	} else {
		call_outcome_init(testbed->outcome);
		call_outcome_note(testbed->outcome, "%.150s", failure.why);
	}
	testbed_close(testbed);
	return code == 0;
}

static void run_case(const struct trial *cell)
{
	const struct fault_case *its = cell->context;
	const char *expected = outcome_at(its->row, its->place);
	bool staged = false;

	for (int i = 0; i < TRIES && !staged; i++) {
		char directory[80], root[128];
		struct failure failure;
		struct testbed testbed = { .endpoint = { .protocol = its->place->protocol,
							 .transport = its->place->transport },
					   .directory = directory,
					   .name = "sales",
					   .timeout = atoi(expected) == 75 ? SECOND : LONG_TIME,
					   .outcome = cell->outcome };

		snprintf(directory, sizeof(directory), "%s/XXXXXX", its->directory);
		staged = testbed_make_place(directory, root, &failure) == 0 &&
			 try_case(its, &testbed, root);
	}
}

/* ---- through all endpoints ---- */

static bool goes_on(void *watcher, size_t begun)
{
	(void)watcher;
	(void)begun;
	return true;
}

static void report_case(const struct fault_case *its, const struct call_outcome *outcome)
{
	char text[ROOM + 128];

	check_outcome(outcome, outcome_at(its->row, its->place), its->wrong);
	snprintf(text, sizeof(text), "%s, %s+%s: %s", its->row->name,
		 endpoint_protocol_name(its->place->protocol),
		 endpoint_transport_name(its->place->transport), its->wrong);
	CU_assertImplementation(!its->wrong[0], __LINE__, text, __FILE__, "", CU_FALSE);
}

/* All at once: most of the time is spent waiting. */
static void through_all_places(const struct row *row)
{
	char directory[] = "/tmp/sidecall-test-XXXXXX";
	char *wrong = mmap(NULL, COUNT(places) * ROOM, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct call_outcome *outcomes = trials_outcomes(COUNT(places));
	struct fault_case cases[COUNT(places)];
	struct trial cells[COUNT(places)];
	size_t count = 0;

	CU_ASSERT_FATAL(wrong != MAP_FAILED && outcomes && harness_directory(directory));
	for (size_t i = 0; i < COUNT(places); i++) {
		if (!outcome_at(row, &places[i]))
			continue;
		cases[count] = (struct fault_case){ row, &places[i], directory,
						    wrong + count * ROOM };
		cells[count] = (struct trial){ .run = run_case,
					       .context = &cases[count],
					       .outcome = &outcomes[count] };
		count++;
	}
	CHECK_INT(trials_run(cells, count, count, CASE_TIME, goes_on, NULL), 0);
	for (size_t i = 0; i < count; i++)
		report_case(&cases[i], &outcomes[i]);
	remove_tree(directory);
	trials_release(outcomes, COUNT(places));
	munmap(wrong, COUNT(places) * ROOM);
}

/* CUnit calls without an argument, but in the order of the table. */
static void test_next(void)
{
	static const struct row *next = rows;

	through_all_places(next++);
}

int main(void)
{
	struct test tests[COUNT(rows) + 1] = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (!program_use_built()) /* the server of a pipe is started in another directory */
		return EXIT_FAILURE;
	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct test){ rows[i].name, test_next };
	return harness_run("fault", tests);
}
