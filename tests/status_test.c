/* What a server says that it has counted: to whom, and that it is so. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/counts.h"
#include "client/procedures.h"
#include "programs/sidecall/calls_table.h"
#include "tests/kit/harness.h"
#include "tests/kit/namespace.h"
#include "tests/kit/odd.h"
#include "tests/kit/other_peer.h"
#include "tests/kit/process.h"
#include "tests/kit/scripted_server.h"

#define CALL_TIME (HARNESS_PATIENCE * INT64_C(1000000000))

/* ---- calls of each kind ---- */

static void connect_to(struct client *client, const char *text)
{
	struct endpoint endpoint;

	CU_ASSERT_PTR_NULL(endpoint_parse(&endpoint, text));
	client_init(client, &endpoint, CALL_TIME);
}

static void add_so(const char *endpoint, int times, int code)
{
	union procedure_arguments arguments = { .operands = { 84, 2 } };
	union procedure_result result;
	struct failure failure;
	struct client client;

	connect_to(&client, endpoint);
	for (int i = 0; i < times; i++)
		CHECK_INT(procedure_call(procedure_find("add"), &client, &arguments, &result,
					 &failure),
			  code);
	client_release(&client);
}

static void add_at(const char *endpoint, int times)
{
	add_so(endpoint, times, 0);
}

/* Any procedure of any program, with one word for its arguments.  The failure's code. */
static int call_any(const char *endpoint, uint32_t program, uint32_t version, uint32_t number)
{
	union procedure_arguments arguments = { .any.number = number };
	union procedure_result result;
	struct procedure procedure;
	struct failure failure;
	struct client client;
	uint32_t word = 0;
	int code;

	connect_to(&client, endpoint);
	any_procedure(&procedure, "any", program, version);
	CHECK_INT(buffer_append(&arguments.any.bytes, &word, sizeof(word)), 0);
	code = procedure_call(&procedure, &client, &arguments, &result, &failure);
	procedure_release(&procedure, &arguments, &result);
	client_release(&client);
	return code;
}

static void ask(const char *endpoint, struct counts *counts)
{
	struct failure failure;
	struct client client;
	int code;

	connect_to(&client, endpoint);
	code = counts_ask(&client, counts, &failure);
	CHECK_THAT(code == 0, "%s: %s", endpoint, code ? failure.why : "");
	client_release(&client);
}

static bool is(const u_int *number, int64_t expected)
{
	return expected < 0 ? !number : number && *number == expected;
}

/* The row of a call by rpc or raw over a transport; -1: other. */
static const status_calls *find(const struct counts *counts, const char *protocol,
				const char *transport, int64_t program, int64_t version,
				int64_t procedure)
{
	for (size_t i = 0; i < counts->count; i++) {
		const status_calls *row = &counts->calls[i];

		if (is(row->prog, program) && is(row->vers, version) && is(row->proc, procedure) &&
		    strcmp(row->protocol, protocol) == 0 && strcmp(row->transport, transport) == 0)
			return row;
	}
	CHECK_THAT(false, "no row %s+%s %lld.%lld.%lld", protocol, transport, (long long)program,
		   (long long)version, (long long)procedure);
	return NULL;
}

static uint64_t times_of(const status_calls *row)
{
	uint64_t all = 0;

	for (int i = 0; i < STATUS_SPANS; i++)
		all += row->durations[i];
	return all;
}

/* ---- the daemon ---- */

#define CALC 0x2CA1C000

/* Each endpoint's calls are counted as its own, with their bytes and times. */
static void check_endpoint(const struct daemon *daemon, const struct counts *counts, int index)
{
	const char *text = daemon->endpoints[index];
	char protocol[4] = "", transport[8] = "";
	const status_calls *row;
	bool raw;

	sscanf(text, "%3[a-z]+%7[a-z]", protocol, transport);
	raw = strcmp(protocol, "raw") == 0;
	row = find(counts, protocol, transport, CALC, raw ? -1 : 1, 1);
	if (!row)
		return;
	CHECK_INT(row->outcomes.success, 5);
	CHECK_INT(counts_calls(&row->outcomes), 5);
	CHECK_INT(row->received_bytes, 5 * (raw ? 24 : 56));
	CHECK_INT(row->sent_bytes, 5 * (raw ? 18 : 36));
	CHECK_INT(times_of(row), 5);
	CHECK_THAT(row->nanoseconds > 0, "%s took no time", text);
}

static void test_every_endpoint(void)
{
	struct daemon daemon;
	struct counts counts;

	if (!daemon_start_everywhere(&daemon, NULL, NULL))
		return;
	for (unsigned int i = 0; i < daemon.count; i++)
		add_at(daemon.endpoints[i], 5);
	ask(daemon_endpoint(&daemon, "rpc+unix"), &counts);
	for (unsigned int i = 0; i < daemon.count; i++)
		check_endpoint(&daemon, &counts, (int)i);
	CHECK_STR(counts.server.name, "sidecalld");
	CHECK_INT(counts.server.pid, daemon.pid);
	CHECK_INT(counts.server.connections.limit, 4096);
	CHECK_INT(counts.server.memory.limit, 32 << 20);
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Who may be asked: by each endpoint of this machine that speaks rpc. */
static void test_asked_everywhere(void)
{
	struct daemon daemon;
	struct counts counts;

	if (!daemon_start_everywhere(&daemon, NULL, NULL))
		return;
	for (unsigned int i = 0; i < daemon.count; i++)
		if (strncmp(daemon.endpoints[i], "rpc", 3) == 0) {
			ask(daemon.endpoints[i], &counts);
			CHECK_INT(counts.server.pid, daemon.pid);
			counts_release(&counts);
		}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Each kind of refusal has its own count, and numbers that are made up have no row. */
static void test_refusals(void)
{
	const char *const options[] = { "--listen", "rpc+unix", "--workers", "1", NULL };
	const char *rpc;
	const status_calls *row;
	struct daemon daemon;
	struct counts counts;

	if (!daemon_start(&daemon, NULL, options))
		return;
	rpc = daemon_endpoint(&daemon, "rpc+unix");
	for (uint32_t i = 0; i < 20; i++) {
		CHECK_INT(call_any(rpc, CALC, 2, 100 + i), FAILURE_PROTOCOL);
		CHECK_INT(call_any(rpc, CALC, 100 + i, 1), FAILURE_PROTOCOL);
		CHECK_INT(call_any(rpc, 0x30000000 + i, 1, 1), FAILURE_PROTOCOL);
		call_any(rpc, CALC, 2, 1); /* one word is no pair of operands */
	}
	ask(rpc, &counts);
	row = find(&counts, "rpc", "unix", CALC, 2, -1);
	CHECK_INT(row ? row->outcomes.proc_unavail : 0, 20);
	row = find(&counts, "rpc", "unix", CALC, -1, -1);
	CHECK_INT(row ? row->outcomes.prog_mismatch : 0, 20);
	row = find(&counts, "rpc", "unix", -1, -1, -1);
	CHECK_INT(row ? row->outcomes.prog_unavail : 0, 20);
	row = find(&counts, "rpc", "unix", CALC, 2, 1);
	CHECK_INT(row ? row->outcomes.garbage_args : 0, 20);
	CHECK_INT(counts.count, 5); /* and what was asked for the status */
	CHECK_INT(counts.server.sessions.sessions_len, 1);
	CHECK_INT(counts.server.sessions.sessions_val[0].opened, 81);
	CHECK_INT(counts.server.sessions.sessions_val[0].open, 1);
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void check_refused(const struct counts *counts, const char *protocol, int64_t program,
			  int64_t version, int64_t procedure, uint64_t times)
{
	const status_calls *row = find(counts, protocol, "tcp", program, version, procedure);

	CHECK_INT(row ? row->outcomes.auth_error : 0, times);
}

/* What --require refuses is counted where it belongs, and numbers that are made up have no row. */
static void test_required(void)
{
	const char *const options[] = { "--listen",  "rpc+tcp://127.0.0.1:0",
					"--listen",  "raw+tcp://127.0.0.1:0",
					"--workers", "1",
					"--require", "CALC_PROG.*=local,0x2CA1C000.100=local",
					NULL };
	const char *rpc, *raw;
	struct daemon daemon;
	struct counts counts;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	rpc = daemon_endpoint(&daemon, "rpc+tcp");
	raw = daemon_endpoint(&daemon, "raw+tcp");
	for (uint32_t i = 0; i < 20; i++) {
		CHECK_INT(call_any(rpc, CALC, 2, 1), FAILURE_PERMISSION);
		CHECK_INT(call_any(rpc, CALC, 2, 200 + i), FAILURE_PERMISSION);
		CHECK_INT(call_any(rpc, CALC, 200 + i, 1), FAILURE_PERMISSION);
		CHECK_INT(call_any(rpc, CALC, 2, 100), FAILURE_PERMISSION);
	}
	add_so(raw, 20, FAILURE_PERMISSION);
	ask(rpc, &counts);
	check_refused(&counts, "rpc", CALC, 2, 1, 20);
	check_refused(&counts, "rpc", CALC, 2, -1, 20);
	check_refused(&counts, "rpc", -1, -1, -1, 20);
	check_refused(&counts, "rpc", CALC, 2, 100, 20);
	check_refused(&counts, "raw", CALC, -1, 1, 20);
	CHECK_INT(counts.count, 6); /* and what was asked for the status */
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

#define MADE_UP 600 /* more than there is room for */

/* A credential of a flavor that nobody knows is refused before anybody looks for the program. */
static void call_made_up(int fd, uint32_t program, uint32_t version, uint32_t procedure)
{
	uint32_t call[] = { 0x80000028, 7, 0, 2, program, version, procedure, 99, 0, 0, 0 };

	for (size_t i = 0; i < sizeof(call) / sizeof(call[0]); i++)
		call[i] = htonl(call[i]);
	CHECK_INT(send(fd, call, sizeof(call), MSG_NOSIGNAL), sizeof(call));
	CHECK_INT(recv(fd, call, 24, MSG_WAITALL), 24);
	CHECK_INT(ntohl(call[3]), MSG_DENIED);
}

/* The numbers that stand for "other" help nobody who makes his up to rows. */
static void test_made_up(void)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--workers", "1",
					NULL };
	const status_calls *row;
	struct endpoint endpoint;
	struct daemon daemon;
	struct counts counts;
	int fd;

	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	CU_ASSERT_PTR_NULL(endpoint_parse(&endpoint, daemon.endpoints[0]));
	fd = other_peer_connect(&endpoint, OTHER_PEER_HOST);
	for (uint32_t i = 0; i < MADE_UP; i++)
		call_made_up(fd, 0x30000000 + i, i % 3 ? UINT32_MAX : 1, i % 2 ? UINT32_MAX : 1);
	close(fd);
	add_at(daemon.endpoints[0], 5);
	ask(daemon.endpoints[0], &counts);
	row = find(&counts, "rpc", "tcp", -1, -1, -1);
	CHECK_INT(row ? row->outcomes.auth_error : 0, MADE_UP);
	row = find(&counts, "rpc", "tcp", CALC, 1, 1);
	CHECK_INT(row ? row->outcomes.success : 0, 5);
	CHECK_INT(counts.count, 3); /* and what was asked for the status */
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* What a client causes is counted by its name in the log, with who it was. */
static void test_events(void)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", NULL };
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct daemon daemon;
	struct counts counts;
	char byte;
	int fd;

	if (!daemon_start(&daemon, NULL, options))
		return;
	address.sin_port = htons((uint16_t)atoi(strrchr(daemon.endpoints[0], ':') + 1));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 3; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
		CHECK_INT(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
		CHECK_INT(read(fd, &byte, 1), 0);
		close(fd);
	}
	CU_ASSERT(daemon_says(&daemon, "<4>sidecalld: event=too-long peer=127.0.0.1: rpc: ",
			      CALL_TIME / 1000000));
	ask(daemon.endpoints[0], &counts);
	CHECK_INT(counts.events.status_events_len, 1);
	if (counts.events.status_events_len) {
		const status_event *event = &counts.events.status_events_val[0];

		CHECK_STR(event->name, "too-long");
		CHECK_INT(event->count, 3);
		CHECK_STR(event->peer, "127.0.0.1");
		CU_ASSERT(event->last > 0);
	}
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* A call that comes again by datagram is answered, and not counted as one. */
static void test_remembered(void)
{
	static const char accumulate[] = "00000007 00000000 00000002 2ca1c000 00000002 00000007"
					 "00000000 00000000 00000000 00000000"
					 "00000001 61000000 00000000 00000001";
	const char *const options[] = { "--listen", "rpc+udp://127.0.0.1:0", NULL };
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	const status_calls *row;
	struct daemon daemon;
	struct counts counts;
	uint8_t call[128], reply[128];
	size_t length = bytes_from_hex(call, accumulate);

	if (!daemon_start(&daemon, NULL, options))
		return;
	address.sin_port = htons(
		(uint16_t)atoi(strrchr(daemon_endpoint(&daemon, "rpc+udp"), ':') + 1));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(send(fd, call, length, 0), length);
		CHECK_INT(recv(fd, reply, sizeof(reply), 0), 36);
	}
	close(fd);
	ask(daemon_endpoint(&daemon, "rpc+udp"), &counts);
	row = find(&counts, "rpc", "udp", CALC, 2, 7);
	CHECK_INT(row ? row->outcomes.success : 0, 1);
	CHECK_INT(row ? row->remembered : 0, 2);
	counts_release(&counts);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- who may ask ---- */

#define FAR "10.9.8.7" /* of this machine, but not loopback: it stands for another one's */

static int ask_from(const char *endpoint, const char *host)
{
	char text[96];

	snprintf(text, sizeof(text), "%.7s://%s%s", endpoint, host, strrchr(endpoint, ':'));
	return call_any(text, STATUS_PROG, STATUS_V1, STATUS_CALLS);
}

#define LINES 10 /* of the log, of an event of a peer at once */

/* Who sends datagrams, in whomever's name, uses up no lines of who connects. */
static void test_strangers(void)
{
	const char *const options[] = { "--listen", "rpc+tcp://0.0.0.0:0", "--listen",
					"rpc+udp://0.0.0.0:0", NULL };
	const char *tcp, *udp, *why = namespace_enter_with(FAR);
	struct daemon daemon;

	if (why) {
		harness_skip(why);
		return;
	}
	if (!daemon_start(&daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	tcp = daemon_endpoint(&daemon, "rpc+tcp");
	udp = daemon_endpoint(&daemon, "rpc+udp");
	for (int i = 0; i < LINES; i++)
		CHECK_INT(ask_from(udp, FAR), FAILURE_PERMISSION);
	CHECK_INT(ask_from(tcp, FAR), FAILURE_PERMISSION);
	for (int i = 0; i < LINES + 1; i++)
		CHECK_THAT(daemon_says(&daemon, "from another machine", CALL_TIME / 1000000),
			   "line %d", i);
	CHECK_INT(ask_from(tcp, "127.0.0.1"), 0);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Who asks a server on libtirpc's own runtime is told on which one it would count. */
static void check_advice(const char *endpoint)
{
	const char *argv[] = { program_path("sidecall"), "--via", endpoint, "status", NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_INT(outcome.status, FAILURE_PROTOCOL);
	CHECK_THAT(strstr(outcome.error, "start it by sidecall run -- PROGRAM") != NULL, "%s",
		   outcome.error);
	outcome_release(&outcome);
}

/* libtirpc's own runtime counts nothing. */
static void test_stock(void)
{
	struct daemon daemon;

	if (!daemon_start_stock(&daemon, NULL))
		return;
	check_advice(daemon_endpoint(&daemon, "tirpc+tcp") + strlen("ti"));
	CHECK_INT(call_any(daemon_endpoint(&daemon, "tirpc+unix"), STATUS_PROG, STATUS_V1,
			   STATUS_CALLS),
		  FAILURE_PROTOCOL);
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- a server that knows libtirpc alone ---- */

static void test_run(void)
{
	struct odd odd = { .how = OURS, .way = TCP };
	char endpoint[64];
	struct counts counts;
	const status_calls *row;
	int fd;

	if (OURS == RUN && !odd_can_preload())
		return;
	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		for (uint32_t i = 0; i < 3; i++) {
			odd_ask(&odd, fd, COUNT, i);
			CHECK_THAT(odd_receive_reply(TCP, fd) > 0, "a reply");
		}
		close(fd);
		snprintf(endpoint, sizeof(endpoint), "rpc+tcp://127.0.0.1:%u", odd.port);
		ask(endpoint, &counts);
		row = find(&counts, "rpc", "tcp", ODD_PROGRAM, 1, COUNT);
		CHECK_INT(row ? row->outcomes.success : 0, 3);
		CHECK_INT(counts.server.pid, odd.server);
		counts_release(&counts);
	}
	odd_stop(&odd);
}

/* What its surroundings say is no line of its log. */
static void test_run_controls(void)
{
	struct odd odd = { .how = LINKED, .way = TCP };

	setenv("SIDECALL_RUN_MAX_MEMORY", "1\n<2>odd: \033[2J", 1);
	if (odd_start(&odd, odd_no_words))
		CHECK_THAT(strstr(odd_errors(&odd), ", not \"1?<2>odd: ?[2J\": it is not heeded\n"),
			   "%s", odd_errors(&odd));
	unsetenv("SIDECALL_RUN_MAX_MEMORY");
	odd_stop(&odd);
}

/* What was left out of its log is said when it ends by exit(3). */
static void test_run_left_out(void)
{
	static const char garbage[] = "GET / HTTP/1.1\r\n\r\n";
	struct odd odd = { .how = OURS, .way = TCP };
	int fd;

	if (OURS == RUN && !odd_can_preload())
		return;
	if (odd_start(&odd, odd_no_words)) {
		for (int i = 0; i < 20; i++) {
			fd = odd_connect(&odd);
			odd_send_all(fd, garbage, sizeof(garbage) - 1);
			CHECK_INT(odd_receive_reply(TCP, fd), 0);
			close(fd);
		}
		fd = odd_connect(&odd);
		odd_ask(&odd, fd, DO, REPLY_AND_EXIT);
		CHECK_INT(odd_wait(&odd), 0);
		close(fd);
		CHECK_THAT(strstr(odd_errors(&odd), "event=too-long peer=127.0.0.1: 10 more such "
						    "lines were left out\n"),
			   "%s", odd_errors(&odd));
	}
	odd_stop(&odd);
}

/* A reply to a number that is made up says nothing for it when it is sent again. */
static void test_run_made_up(void)
{
	struct odd odd = { .how = OURS, .way = UDP };
	struct odd_call call;
	const status_calls *row;
	struct counts counts;
	char endpoint[64];
	int fd;

	if (OURS == RUN && !odd_can_preload())
		return;
	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		for (uint32_t i = 0; i < 40; i++) {
			if (i % 2 == 0)
				odd_begin_call(&call, 1, 1000 + i, &odd_nobody);
			CHECK_THAT(odd_send_call(UDP, fd, &call), "a call");
			CHECK_THAT(odd_receive_reply(UDP, fd) > 0, "a reply");
		}
		close(fd);
		snprintf(endpoint, sizeof(endpoint), "rpc+udp://127.0.0.1:%u", odd.port);
		ask(endpoint, &counts);
		row = find(&counts, "rpc", "udp", ODD_PROGRAM, 1, -1);
		CHECK_INT(row ? row->outcomes.proc_unavail : 0, 20);
		CHECK_INT(row ? row->remembered : 0, 20);
		CHECK_INT(counts.count, 2); /* and what was asked for the status */
		counts_release(&counts);
	}
	odd_stop(&odd);
}

/* Reads what it says until that, of which the rest of the line is returned. */
static const char *read_until(int fd, const char *text)
{
	static char said[8192];
	size_t length = 0;
	char *found = NULL;

	while (length < sizeof(said) - 1 && read(fd, said + length, 1) == 1) {
		said[++length] = '\0';
		if (!found)
			found = strstr(said, text);
		if (found && said[length - 1] == '\n')
			return found + strlen(text);
	}
	CHECK_THAT(false, "%s is not in %s", text, said);
	return NULL;
}

#define SIXTY       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG_NAME   "odd\n" SIXTY "xxxxxxxxxx"
#define SHOWN_NAME  "odd?" SIXTY
#define METRICS_SAY "<5>" SHOWN_NAME ": metrics http://127.0.0.1:"

/* A program whose name is longer than is shown, and more than one line. */
static void name_program(char directory[64], char program[160])
{
	char *real = realpath(program_path("tests/preload/odd"), NULL);

	snprintf(directory, 64, "/tmp/sidecall-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(program, 160, "%.60s/%s", directory, LONG_NAME);
	CU_ASSERT_FATAL(real && symlink(real, program) == 0);
	free(real);
}

/* Metrics, with the contract's names. */
static void test_run_metrics(void)
{
	const char *argv[] = {
		NULL, "run", "--metrics", "127.0.0.1:0", "--idl", "tests/preload/odd.x", "--", NULL,
		"-t", "tcp", "-p",        "/nowhere",    NULL
	};
	struct odd odd = { .how = RUN, .way = TCP };
	static const char request[] = "GET /metrics HTTP/1.1\r\n\r\n";
	static char reply[1 << 18];
	char sidecall[512], directory[64], program[160];
	int in, out, error, fd, length = 0;
	ssize_t n;
	struct outcome outcome;
	struct counts counts;
	char endpoint[64];
	const char *rest;
	pid_t pid;

	if (!odd_can_preload())
		return;
	snprintf(sidecall, sizeof(sidecall), "%s", program_path("sidecall"));
	name_program(directory, program);
	argv[0] = sidecall;
	argv[7] = program;
	pid = process_start(argv, &in, &out, &error);
	odd.out = out;
	CU_ASSERT_FATAL(odd_read_place(&odd));
	fd = odd_connect(&odd);
	odd_ask(&odd, fd, COUNT, 1);
	CHECK_THAT(odd_receive_reply(TCP, fd) > 0, "a reply");
	close(fd);
	snprintf(endpoint, sizeof(endpoint), "rpc+tcp://127.0.0.1:%u", odd.port);
	ask(endpoint, &counts);
	CHECK_STR(counts.server.name, SHOWN_NAME);
	counts_release(&counts);
	rest = read_until(error, METRICS_SAY);
	fd = odd_connect_to(&odd, (uint16_t)(rest ? atoi(rest) : 0));
	CHECK_INT(write(fd, request, strlen(request)), strlen(request));
	while (length < (int)sizeof(reply) - 1 &&
	       (n = read(fd, reply + length, sizeof(reply) - 1 - (size_t)length)) > 0)
		length += (int)n;
	close(fd);
	CHECK_THAT(strstr(reply,
			  "sidecall_calls_total{rpc_system_name=\"onc_rpc\","
			  "rpc_method=\"ODD_PROG/ODD_COUNT\",onc_rpc_program_name=\"ODD_PROG\","
			  "onc_rpc_version=\"1\",onc_rpc_procedure_name=\"ODD_COUNT\","
			  "onc_rpc_procedure_number=\"1\",network_transport=\"tcp\","
			  "rpc_status_code=\"SUCCESS\"} 1\n"),
		   "%s", reply);
	CHECK_THAT(strstr(reply, "rpc_method=\"STATUS_PROG/STATUS_SERVER\""), "%s", reply);
	CHECK_THAT(strstr(reply, "program=\"" SHOWN_NAME "\""), "%s", reply);
	close(in);
	kill(pid, SIGKILL);
	outcome = process_end(pid, out, error);
	outcome_release(&outcome);
	remove_tree(directory);
}

/* ---- a server that lies ---- */

/* Pages without a row, each of which says that there is another one. */
static void serve_endless(struct scripted_server *peer)
{
	unsigned int *calls = peer->context;
	status_server server = { .name = (char *)"", .release = (char *)"" };

	if (scripted_server_receive(peer))
		scripted_server_answer(peer, (xdrproc_t)xdr_status_server, &server);
	while (*calls < 100 && scripted_server_receive(peer)) {
		status_page page = { .next = ++*calls };

		scripted_server_answer(peer, (xdrproc_t)xdr_status_page, &page);
	}
}

static void test_endless(void)
{
	struct scripted_server peer;
	unsigned int calls = 0;
	struct failure failure;
	struct client client;
	struct counts counts;

	scripted_server_start(&peer, &client, ENDPOINT_RPC, CALL_TIME, serve_endless, &calls);
	CHECK_INT(counts_ask(&client, &counts, &failure), FAILURE_DATA);
	counts_release(&counts);
	scripted_server_stop(&peer, &client);
	CHECK_INT(calls, 1);
}

static void test_words(void)
{
	char text[CALLS_NAME];

	calls_word("shares\033[2J\n\xc3\xa9", text);
	CHECK_STR(text, "shares?[2J???");
	calls_endpoint("rpc", "tcp\r", text);
	CHECK_STR(text, "rpc+tcp?");
}

/* ---- the command ---- */

static void test_command(void)
{
	static const char *const lines[] = { "sidecalld, Sidecall ",
					     "connections 1 of 4096, memory ",
					     "sessions rpc+unix 1 (2 so far)",
					     "CALC_PROG.1",
					     "CALC_ADD",
					     "rpc+unix" };
	const char *const options[] = { "--listen", "rpc+unix", NULL };
	const char *argv[] = { NULL, "status", NULL };
	struct outcome outcome;
	struct daemon daemon;

	if (!daemon_start(&daemon, NULL, options))
		return;
	add_at(daemon.endpoints[0], 1);
	argv[0] = program_path("sidecall");
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_STR(outcome.error, "");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK_THAT(strstr(outcome.out, lines[i]), "%s has %s", outcome.out, lines[i]);
	outcome_release(&outcome);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_percentile(void)
{
	u_quad_t spans[STATUS_SPANS] = { 0 };

	CHECK_INT(counts_percentile(spans, 0.5), 0);
	spans[3] = 100; /* 1024 to 2048 ns */
	CHECK_INT(counts_percentile(spans, 0.5), 1536);
	CHECK_INT(counts_percentile(spans, 1), 2048);
	spans[0] = 900;
	CHECK_INT(counts_percentile(spans, 0.9), 256);
	CHECK_INT(counts_percentile(spans, 0.95), 1536);
}

static const struct test tests[] = {
	{ "calls are counted by endpoint, with bytes and times", test_every_endpoint },
	{ "each endpoint that speaks rpc tells it", test_asked_everywhere },
	{ "each kind of refusal is counted, and no made-up number", test_refusals },
	{ "what a rule refuses is counted where it belongs", test_required },
	{ "numbers that stand for others fill no table", test_made_up },
	{ "what a client causes is counted, by its name in the log", test_events },
	{ "a reply that is remembered is no call", test_remembered },
	{ "libtirpc's own runtime counts nothing", test_stock },
	{ "a server that knows libtirpc alone is counted, too", test_run },
	{ "and has no control bytes in its log", test_run_controls },
	{ "and says of its log what it left out", test_run_left_out },
	{ "and what its callers make up has one row", test_run_made_up },
	{ "and has metrics, with names", test_run_metrics },
	{ "pages of calls that do not end", test_endless },
	{ "words that would harm a terminal", test_words },
	{ "sidecall status shows it", test_command },
	{ "percentiles", test_percentile },
	/* Last, for the network is another one afterwards. */
	{ "who calls from another machine is refused", test_strangers },
	{ 0 },
};

int main(void)
{
	return harness_run("status", tests);
}
