/* What can go wrong at an endpoint: made to happen, and seen by a caller. */
#include "compare/failures/faults.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/failures.h"
#include "compare/lab/crafted_call.h"
#include "compare/lab/open_count.h"
#include "measure/process.h"
#include "client/procedures.h"
#include "client/runtime/stream.h"

#define KILLED_TIME (5 * SECOND) /* for a call whose server is to be killed in it */
#define BEGUN       0.05         /* seconds of CPU after which a call is surely being executed */
#define FLOOD       4000         /* calls, of which each has a reply of 4 KB */

/* Other servers are waited for; a pipe's is started by its caller, so it is met before anything is
 * timed. */
static int open_and_await(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);

	return code == 0 && testbed_is_pipe(testbed) ? testbed_meet(testbed, failure) : code;
}

/* ---- servers that die, freeze, or are another's ---- */

/* Signals to a server that has begun to execute a call; a thread, for the call is waited for. */
struct late_signal {
	pid_t server;
	int signal;
	double cpu;    /* that the victim had used before the call */
	int64_t until; /* it looks */
	int64_t when;  /* it signalled; 0: it did not */
};

static void *kill_when_begun(void *context)
{
	struct late_signal *late = context;

	while (process_cpu(late->server) < late->cpu + BEGUN)
		if (clock_now() > late->until || poll(NULL, 0, 1) < 0)
			return NULL;
	late->when = clock_now();
	server_halt(late->server, late->signal); /* whoever looks at it then shall see that */
	return NULL;
}

int fault_signal_in_call(struct testbed *testbed, int signal, int64_t time, struct failure *failure)
{
	const struct procedure *digest = procedure_find("digest");
	fileinfo_path path = (char *)TESTBED_HUGE;
	struct late_signal late = { .server = testbed_server(testbed),
				    .signal = signal,
				    .until = clock_now() + time };
	union procedure_result result;
	pthread_t thread;
	int code;

	late.cpu = process_cpu(late.server);
	if (late.cpu < 0 || pthread_create(&thread, NULL, kill_when_begun, &late) != 0)
		return failure_set(failure, FAILURE_SYSTEM, "the server is not to be seen");
	testbed->caller.timeout = time;
	code = procedure_call(digest, &testbed->caller, &path, &result, failure);
	pthread_join(thread, NULL);
	procedure_release(digest, NULL, &result);
	if (!late.when)
		return failure_set(failure, FAILURE_SYSTEM, "the server did not begin");
	testbed->outcome->after = clock_now() - late.when;
	call_outcome_take(testbed->outcome, code, failure, OUTCOME_WRONG, OUTCOME_DETECTED);
	return 0;
}

/* Its registers die with the server; that it opened the file to digest does not. */
static int happen_killed(struct testbed *testbed, struct failure *failure)
{
	char huge[PATH_MAX];
	int64_t begun;
	int watch, code;

	snprintf(huge, sizeof(huge), "%s/" TESTBED_HUGE, testbed->root);
	watch = open_count_begin(huge);
	if (watch < 0)
		return failure_system(failure, -watch, "cannot watch a file");
	code = testbed_open(testbed, failure);
	if (code == 0)
		code = fault_signal_in_call(testbed, SIGKILL, KILLED_TIME, failure);
	begun = open_count_take(watch);
	close(watch);
	if (code)
		return code;
	testbed->outcome->executed = begun < 0 ? OUTCOME_UNKNOWN : begun;
	call_outcome_note(testbed->outcome, "begun, and not finished; the time is since the kill");
	return 0;
}

static int happen_frozen(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);
	pid_t server;

	if (code == 0)
		code = testbed_meet(testbed, failure);
	if (code)
		return code;
	server = testbed_server(testbed);
	if (server <= 0)
		return failure_set(failure, FAILURE_SYSTEM, "the server is not to be seen");
	server_halt(server, SIGSTOP);
	testbed_call(testbed, 1);
	kill(server, SIGCONT);
	testbed_settle_and_count(testbed);
	if (testbed->outcome->executed > 0)
		call_outcome_note(testbed->outcome, "executed when the server went on");
	return 0;
}

static int happen_restarted(struct testbed *testbed, struct failure *failure)
{
	int code = open_and_await(testbed, failure);

	if (code == 0)
		testbed_call(testbed, 1);
	if (code == 0 && testbed->outcome->kind != OUTCOME_ANSWERED)
		code = failure_set(failure, FAILURE_SYSTEM, "the first call: %s",
				   testbed->outcome->said);
	if (code == 0)
		code = testbed_restart(testbed, failure);
	if (code)
		return code;
	testbed_call(testbed, 1);
	if (testbed_is_pipe(testbed)) {
		testbed->outcome->executed = 0; /* there was nobody to do it */
		call_outcome_note(testbed->outcome,
				  "a pipe's server is its caller's child and does not come "
				  "back");
	} else {
		testbed_count(testbed);
	}
	return 0;
}

static int happen_absent(struct testbed *testbed, struct failure *failure)
{
	int code = testbed_open(testbed, failure);

	if (code)
		return code;
	if (testbed_is_pipe(testbed))
		setenv("SIDECALLD", "./no-such-program", 1);
	else
		server_stop(&testbed->server);
	testbed_call(testbed, 1);
	testbed->outcome->executed = 0;
	return 0;
}

/* ---- bad clients: another one watches ---- */

/* A pipe's server has one client, so it is the bad one who sees what becomes of him. */
static void watch_guest(struct testbed *testbed, const struct wire *wire)
{
	struct call_outcome *outcome = testbed->outcome;
	int64_t since = clock_now();
	bool ended = wire_hangs_up(wire, 3000 * atoi(TESTBED_MESSAGE_TIMEOUT));

	outcome->after = clock_now() - since;
	outcome->kind = ended ? OUTCOME_CLOSED : OUTCOME_HUNG;
	outcome->bad_client = true;
	call_outcome_note(outcome,
			  "what the bad client sees himself: a pipe's server has no other");
}

static int with_guest(struct testbed *testbed, void (*misbehave)(struct wire *wire),
		      struct failure *failure)
{
	struct wire wire;
	int code = testbed_open(testbed, failure);

	if (code)
		return code;
	if (!wire_connect(&wire, &testbed->endpoint))
		return failure_set(failure, FAILURE_SYSTEM, "the bad client cannot connect");
	misbehave(&wire);
	if (testbed_is_pipe(testbed))
		watch_guest(testbed, &wire);
	else
		testbed_call(testbed, 1);
	wire_close(&wire);
	if (!testbed_is_pipe(testbed))
		testbed_settle_and_count(testbed);
	return 0;
}

static void flood_server(struct wire *wire)
{
	fileinfo_path path = (char *)TESTBED_LONG;
	const struct crafted_call call = crafted_readlink(&path);
	struct buffer bytes = { 0 };

	if (crafted_encode(&call, wire->endpoint.protocol, 1, &bytes) == 0)
		wire_flood(wire, bytes.data, bytes.length, FLOOD);
	buffer_release(&bytes);
}

static int happen_half_call(struct testbed *testbed, struct failure *failure)
{
	return with_guest(testbed, fake_half_call, failure);
}

static int happen_garbage_call(struct testbed *testbed, struct failure *failure)
{
	return with_guest(testbed, wire_send_garbage, failure);
}

/* Whoever leaves with replies under way ends libtirpc's server, which then cannot be counted in. */
static int happen_never_reads(struct testbed *testbed, struct failure *failure)
{
	siginfo_t info = { 0 };
	int code = with_guest(testbed, flood_server, failure);

	if (code == 0 && testbed->server.pid &&
	    waitid(P_PID, (id_t)testbed->server.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid)
		call_outcome_note(testbed->outcome,
				  "signal %d ended the server when the bad client left",
				  info.si_status);
	return code;
}

/* ---- bad servers ---- */

/* Connects the caller to a bad server behind ordinary pipes. */
static pid_t start_behind(struct testbed *testbed, enum fake_behaviour behaviour)
{
	struct channel *channel;
	int ends[2];
	pid_t pid = fake_start_behind(testbed->endpoint.protocol, behaviour, ends);

	if (pid <= 0)
		return pid;
	channel = stream_channel(ends[0], ends[1], channel_framing(&testbed->endpoint));
	if (channel)
		client_take(&testbed->caller, channel);
	return pid;
}

static pid_t start_bad_server(struct testbed *testbed, enum fake_behaviour behaviour)
{
	pid_t pid;

	testbed_set_address(testbed);
	client_init(&testbed->caller, &testbed->endpoint, testbed->timeout);
	if (testbed_is_pipe(testbed))
		return start_behind(testbed, behaviour);
	pid = fake_start(&testbed->endpoint, behaviour);
	client_init(&testbed->caller, &testbed->endpoint, testbed->timeout);
	return pid;
}

/* What comes back is no reply; whatever the caller makes of it, no total is right. */
int fault_bad_server(struct testbed *testbed, enum fake_behaviour behaviour,
		     struct failure *failure)
{
	pid_t pid = start_bad_server(testbed, behaviour);

	if (pid <= 0)
		return failure_set(failure, FAILURE_SYSTEM, "the bad server does not start");
	testbed_call(testbed, -1);
	if (testbed->outcome->kind == OUTCOME_REFUSED)
		testbed->outcome->kind = OUTCOME_DETECTED;
	testbed->outcome->executed = 0; /* it has no procedures */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

static int happen_half_reply(struct testbed *testbed, struct failure *failure)
{
	return fault_bad_server(testbed, FAKE_HALF, failure);
}

static int happen_garbage_reply(struct testbed *testbed, struct failure *failure)
{
	return fault_bad_server(testbed, FAKE_GARBAGE, failure);
}

static int happen_zeroes(struct testbed *testbed, struct failure *failure)
{
	return fault_bad_server(testbed, FAKE_ZEROES, failure);
}

/* ---- calls that are repeated, or are none ---- */

/* Sends the same bytes twice, and takes both replies.  The failure of the first counts. */
static int send_twice(struct testbed *testbed, const struct crafted_call *call,
		      const struct buffer *bytes, calc_result *result, struct failure *failure)
{
	struct client *caller = &testbed->caller;
	int64_t deadline = client_deadline(caller);
	struct message reply;
	int code, r = channel_send(caller->channel, bytes->data, bytes->length, deadline);

	if (r == 0)
		r = channel_send(caller->channel, bytes->data, bytes->length, deadline);
	if (r == 0)
		r = channel_receive(caller->channel, &reply, deadline);
	if (r <= 0)
		return client_transport_failure(caller, r < 0 ? -r : ECONNRESET, true, failure);
	code = crafted_decode(call, caller, &reply, result, NULL, failure);
	channel_receive(caller->channel, &reply, deadline);
	return code;
}

/* Bytes are sent by a channel of ours, to libtirpc's server as well. */
static int happen_duplicate(struct testbed *testbed, struct failure *failure)
{
	calc_accumulation accumulation = { .name = (char *)testbed->name, .amount = 1 };
	const struct crafted_call call = crafted_accumulate(&accumulation);
	struct client *caller = &testbed->caller;
	struct buffer bytes = { 0 };
	calc_result result = { 0 };
	int64_t since;
	int code = open_and_await(testbed, failure);

	if (caller->endpoint.protocol == ENDPOINT_TIRPC)
		caller->endpoint.protocol = ENDPOINT_RPC;
	if (code == 0)
		code = client_connect(caller, call.program, call.version, client_deadline(caller),
				      failure);
	if (code == 0 && crafted_encode(&call, caller->endpoint.protocol,
					channel_next_id(caller->channel), &bytes) < 0)
		code = failure_set(failure, FAILURE_SYSTEM, "out of memory");
	if (code)
		return code;
	since = clock_now();
	code = send_twice(testbed, &call, &bytes, &result, failure);
	testbed->outcome->after = clock_now() - since;
	buffer_release(&bytes);
	call_outcome_take(testbed->outcome, code, failure,
			  result.calc_result_u.value == 1 ? OUTCOME_ANSWERED : OUTCOME_WRONG,
			  OUTCOME_REFUSED);
	testbed_count(testbed);
	return 0;
}

/* Makes a call that is to be refused. */
static void call_oddly(struct testbed *testbed, const struct crafted_call *call)
{
	int64_t since = clock_now();
	struct failure failure;
	calc_result result;
	int code = crafted_exchange(call, &testbed->caller, &result, NULL, &failure);

	testbed->outcome->after = clock_now() - since;
	call_outcome_take(testbed->outcome, code, &failure, OUTCOME_ACCEPTED, OUTCOME_REFUSED);
	testbed_count(testbed);
}

static int with_odd_call(struct testbed *testbed, void (*make)(struct crafted_call *call),
			 struct failure *failure)
{
	calc_accumulation accumulation = { .name = (char *)testbed->name, .amount = 1 };
	struct crafted_call call = crafted_accumulate(&accumulation);
	int code = open_and_await(testbed, failure);

	make(&call);
	if (code == 0)
		call_oddly(testbed, &call);
	return code;
}

static int happen_version(struct testbed *testbed, struct failure *failure)
{
	return with_odd_call(testbed, crafted_unknown_version, failure);
}

static int happen_procedure(struct testbed *testbed, struct failure *failure)
{
	return with_odd_call(testbed, crafted_unknown_procedure, failure);
}

/* Another caller comes first, with a whole call of another register: a server that reads beyond a
 * datagram finds the amount there. */
static int happen_arguments(struct testbed *testbed, struct failure *failure)
{
	calc_accumulation accumulation = { .name = (char *)testbed->name, .amount = 1 };
	struct crafted_call call = crafted_accumulate(&accumulation);
	char other[CALC_MAX_REGISTER + 1];
	calc_result result;
	struct client before;
	int code = open_and_await(testbed, failure);

	if (code)
		return code;
	memset(other, 'x', sizeof(other));
	other[strlen(testbed->name)] = '\0';
	accumulation.name = other;
	client_init(&before, &testbed->endpoint, testbed->timeout);
	if (!testbed_is_pipe(testbed))
		code = crafted_exchange(&call, &before, &result, NULL, failure);
	client_release(&before);
	accumulation.name = (char *)testbed->name;
	crafted_cut_short(&call);
	if (code == 0)
		call_oddly(testbed, &call);
	if (testbed->outcome->executed > 0)
		call_outcome_note(testbed->outcome,
				  "executed with the amount of another caller's datagram");
	return code;
}

/* clang-format off */
const struct fault faults[] = {
	{ "killed", "server killed in a call",
	  "SIGKILL while it executes a digest of a huge file", happen_killed },
	{ "frozen", "server frozen",
	  "the caller is connected; SIGSTOP before the call, SIGCONT after the deadline",
	  happen_frozen },
	{ "restarted", "restarted between calls",
	  "SIGTERM, and another at the same address; the second call is watched", happen_restarted },
	{ "absent", "server absent",
	  "it has ended, and its address is called", happen_absent },
	{ "half_call", "half a call, by another",
	  "another client sends the first half and waits", happen_half_call },
	{ "garbage_call", "garbage, by another",
	  "another client sends an HTTP answer; in shared memory, an impossible index",
	  happen_garbage_call },
	{ "never_reads", "another never reads",
	  "another client asks for 16 MB of replies and reads none", happen_never_reads },
	{ "half_reply", "half a reply",
	  "the server sends all but the last bytes of its reply, and waits", happen_half_reply },
	{ "garbage_reply", "garbage as the reply",
	  "the server sends an HTTP answer; in shared memory, an impossible index",
	  happen_garbage_reply },
	{ "zeroes", "zero bytes as the reply",
	  "the server sends eight zero bytes, without any mark", happen_zeroes },
	{ "duplicate", "the same request twice",
	  "the same bytes again, as a retransmission or a retry has them", happen_duplicate },
	{ "version", "wrong version",
	  "rpc: version @n of the program; raw: version 2 of the protocol", happen_version },
	{ "procedure", "unknown procedure",
	  "number @p of the calculator, which has @c", happen_procedure },
	{ "arguments", "arguments cut short",
	  "the name of a register without the amount", happen_arguments },
	{ 0 },
};
/* clang-format on */

const struct fault *fault_find(const char *key)
{
	const struct fault *fault = faults;

	while (strcmp(fault->key, key) != 0)
		fault++;
	return fault;
}
