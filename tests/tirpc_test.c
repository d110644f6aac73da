/* The baseline: libtirpc's own server and client, against ours and against each other. */
#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "client/procedures.h"
#include "client/json.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WAIT         HARNESS_PATIENCE /* seconds for a datagram, or for a process to end */
#define TIMEOUT      (WAIT * INT64_C(1000000000)) /* nanoseconds that a call may take */
#define SHORT        INT64_C(300000000)           /* likewise, when nobody answers */
#define MANY_FILES   300
#define MANY_VALUES  4096 /* 32 KiB of them */

static void check(bool ok, int line, const char *text)
{
	CU_assertImplementation(ok, (unsigned int)line, text, __FILE__, "", CU_FALSE);
}

/* ---- the two servers, on the same root ---- */

struct servers {
	struct daemon stock, ours;
	char root[64], sockets[64];         /* directories of this test */
	char stock_path[96], ours_path[96]; /* endpoints */
};

static void make_file(const char *directory, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) < 0)
		abort();
}

static void make_root(struct servers *servers)
{
	char path[128], name[64];

	snprintf(servers->root, sizeof(servers->root), "/tmp/sidecall-root-XXXXXX");
	if (!harness_directory(servers->root))
		abort();
	make_file(servers->root, "hello", "Hello, world.\n");
	snprintf(path, sizeof(path), "%s/link", servers->root);
	if (symlink("hello", path) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/many", servers->root);
	mkdir(path, 0700);
	for (int i = 0; i < MANY_FILES; i++) {
		snprintf(name, sizeof(name), "a-name-that-fills-a-page-%03d", i);
		make_file(path, name, "");
	}
}

static void make_sockets(struct servers *servers)
{
	snprintf(servers->sockets, sizeof(servers->sockets), "/tmp/sidecall-sock-XXXXXX");
	if (!harness_directory(servers->sockets))
		abort();
	snprintf(servers->stock_path, sizeof(servers->stock_path), "tirpc+unix:%s/stock",
		 servers->sockets);
	snprintf(servers->ours_path, sizeof(servers->ours_path), "rpc+unix:%s/ours",
		 servers->sockets);
}

static bool start_stock(struct servers *servers)
{
	const char *const options[] = { "--stock",
					"--listen",
					"tirpc+tcp://127.0.0.1:0",
					"--listen",
					"tirpc+udp://127.0.0.1:0",
					"--listen",
					servers->stock_path,
					NULL };

	return daemon_start(&servers->stock, servers->root, options);
}

static bool start_ours(struct servers *servers)
{
	const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0",
					"--listen", "rpc+udp://127.0.0.1:0",
					"--listen", "raw+udp://127.0.0.1:0",
					"--listen", servers->ours_path,
					NULL };

	return daemon_start(&servers->ours, servers->root, options);
}

static bool servers_start(struct servers *servers)
{
	memset(servers, 0, sizeof(*servers));
	make_root(servers);
	make_sockets(servers);
	return start_stock(servers) && start_ours(servers);
}

/* Both end well and leave nothing behind. */
static void servers_stop(struct servers *servers)
{
	CHECK_INT(daemon_stop(&servers->stock), 0);
	CHECK_INT(daemon_stop(&servers->ours), 0);
	CHECK_INT(rmdir(servers->sockets), 0);
	remove_tree(servers->root);
}

/* ---- every client with every server ---- */

/* The server's address, as a caller who speaks `protocol` names it. */
static void address_of(const struct daemon *daemon, const char *server, const char *transport,
		       enum endpoint_protocol protocol, struct endpoint *endpoint)
{
	char prefix[32];
	const char *text;

	snprintf(prefix, sizeof(prefix), "%s+%s:", server, transport);
	text = daemon_endpoint(daemon, prefix);
	if (!text || endpoint_parse(endpoint, text))
		abort();
	endpoint->protocol = protocol;
}

struct trial {
	struct endpoint endpoint;
	char name[64];
};

#define CELLS 12

static void make_cells(const struct servers *servers, struct trial cells[CELLS])
{
	static const char *const transports[] = { "tcp", "udp", "unix" };
	static const enum endpoint_protocol clients[] = { ENDPOINT_RPC, ENDPOINT_TIRPC };

	for (int i = 0; i < CELLS; i++) {
		bool stock = i / 6;
		const char *transport = transports[i % 3];
		enum endpoint_protocol client = clients[i / 3 % 2];

		address_of(stock ? &servers->stock : &servers->ours, stock ? "tirpc" : "rpc",
			   transport, client, &cells[i].endpoint);
		snprintf(cells[i].name, sizeof(cells[i].name), "%s client, %s server, %s",
			 endpoint_protocol_name(client), stock ? "stock" : "our", transport);
	}
}

static const struct row {
	const char *procedure;
	const char *operands[3];
	const char *says; /* what is in the answer */
} rows[] = {
	{ "null", { 0 }, "" },
	{ "add", { "9007199254740993", "1" }, "9007199254740994" },
	{ "subtract", { "-9223372036854775808", "1" }, "OVERFLOW" },
	{ "multiply", { "-6", "7" }, "-42" },
	{ "divide", { "84", "2" }, "42" },
	{ "divide", { "84", "0" }, "DIVIDE_BY_ZERO" },
	{ "evaluate", { "2*(3+4)^2" }, "98" },
	{ "evaluate", { "2*(3+" }, "\"position\":5" },
	{ "evaluate", { "ln(0)" }, "DOMAIN" },
	{ "summarize", { "1", "2" }, "\"sum\":3" },
	{ "stat", { "hello" }, "\"size\":14" },
	{ "stat", { "nothing" }, "NOENT" },
	{ "stat", { "../root" }, "OUTSIDE" },
	{ "readlink", { "link" }, "\"hello\"" },
	{ "readlink", { "hello" }, "INVAL" },
	{ "digest", { "hello" }, "sha256" },
	{ "digest", { "many" }, "ISDIR" },
	{ "space", { "." }, "bytes_total" },
	{ "list", { "nothing" }, "NOENT" },
};

/* One call's answer as text, to be freed.  What changes meanwhile is left out. */
static char *answer(struct client *client, const char *name, void *arguments, const char *where)
{
	const struct procedure *procedure = procedure_find(name);
	union procedure_result result = { 0 };
	struct failure failure = { 0 };
	int code = procedure_call(procedure, client, arguments, &result, &failure);
	json_t *json = code ? json_pack("{s:i,s:s}", "failed", code, "why", failure.why)
			    : json_result(procedure->result, &result);
	char *text, why[512];

	snprintf(why, sizeof(why), "%s: %s fails with %d: %s", where, name, code, failure.why);
	check(code == 0, __LINE__, why);
	json_object_del(json, "bytes_free");
	json_object_del(json, "bytes_available");
	json_object_del(json, "files_free");
	json_object_del(json, "accessed");
	text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(json);
	procedure_release(procedure, NULL, &result);
	return text;
}

static void check_answer(const char *where, const char *what, const char *got, const char *says,
			 char **first)
{
	char why[700];

	snprintf(why, sizeof(why), "%s: %s answers %.250s, not %.250s", where, what, got,
		 *first ? *first : says);
	check(strstr(got, says) && (!*first || strcmp(got, *first) == 0), __LINE__, why);
	if (!*first)
		*first = strdup(got);
}

static void try_rows(struct client *client, const char *where, char *firsts[])
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct procedure *procedure = procedure_find(rows[i].procedure);
		union procedure_arguments arguments = { 0 };
		struct failure failure;
		int count = 0;
		char *got;

		while (count < 3 && rows[i].operands[count])
			count++;
		CHECK_INT(procedure->arguments->parse(count, (char **)rows[i].operands, &arguments,
						      &failure),
			  0);
		got = answer(client, rows[i].procedure, &arguments, where);
		check_answer(where, rows[i].procedure, got, rows[i].says, &firsts[i]);
		free(got);
		procedure_release(procedure, &arguments, NULL);
	}
}

/* The register is new to its server, or what was added to it before would show. */
static void try_accumulate(struct client *client, const char *where, int number)
{
	char name[16], *got, *first = NULL;
	calc_accumulation arguments = { name, 42 };

	snprintf(name, sizeof(name), "register-%d", number);
	got = answer(client, "accumulate", &arguments, where);
	check_answer(where, "accumulate", got, "\"value\":42", &first);
	free(first);
	free(got);
}

static void test_answers(void)
{
	char *firsts[COUNT(rows)] = { 0 };
	struct trial cells[CELLS];
	struct servers servers;

	if (servers_start(&servers)) {
		make_cells(&servers, cells);
		for (int i = 0; i < CELLS; i++) {
			struct client client;

			client_init(&client, &cells[i].endpoint, TIMEOUT);
			try_rows(&client, cells[i].name, firsts);
			try_accumulate(&client, cells[i].name, i);
			client_release(&client);
		}
	}
	servers_stop(&servers);
	for (size_t i = 0; i < COUNT(rows); i++)
		free(firsts[i]);
}

/* ---- long messages ---- */

static void try_summary(const struct trial *cell, char **first)
{
	quad_t numbers[MANY_VALUES];
	calc_values values = { MANY_VALUES, numbers };
	struct client client;
	char *got;

	for (int i = 0; i < MANY_VALUES; i++)
		numbers[i] = i;
	client_init(&client, &cell->endpoint, TIMEOUT);
	got = answer(&client, "summarize", &values, cell->name);
	check_answer(cell->name, "summarize", got, "\"sum\":8386560", first);
	free(got);
	client_release(&client);
}

static uint64_t last_cookie(const fileinfo_page *page)
{
	return page->entries.entries_len
		       ? page->entries.entries_val[page->entries.entries_len - 1].cookie
		       : 0;
}

/* The names in many/ in the order of their pages, one a line, to be freed; and how many pages. */
static char *list(struct client *client, u_int max_bytes, int *pages)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)"many", 0, max_bytes };
	struct failure failure;
	char *names = NULL;
	size_t length;
	FILE *out = open_memstream(&names, &length);
	bool end = false;

	for (*pages = 0; !end && *pages < MANY_FILES; ++*pages) {
		union procedure_result result;
		fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
		int code = procedure_call(procedure, client, &arguments, &result, &failure);

		end = code || result.list.status != FILEINFO_OK || page->end;
		if (code)
			fprintf(out, "%s", failure.why);
		for (u_int i = 0; !code && i < page->entries.entries_len; i++)
			fprintf(out, "%s\n", page->entries.entries_val[i].name);
		if (!code)
			arguments.cookie = last_cookie(page);
		procedure_release(procedure, NULL, &result);
	}
	fclose(out);
	return names;
}

static void try_list(const struct trial *cell, u_int max_bytes, int least_pages, char **first)
{
	struct client client;
	char *names, why[160];
	int pages;

	client_init(&client, &cell->endpoint, TIMEOUT);
	names = list(&client, max_bytes, &pages);
	check_answer(cell->name, "list", names, "a-name-that-fills-a-page-299", first);
	snprintf(why, sizeof(why), "%s: %d pages of %u bytes", cell->name, pages, max_bytes);
	check(pages >= least_pages, __LINE__, why);
	free(names);
	client_release(&client);
}

/* 32 KiB of arguments on streams; a directory in small pages and in the largest that go through:
 * libtirpc's datagrams have 8,800 bytes, its fragments on a Unix socket 9,000. */
static void test_long_messages(void)
{
	char *summary = NULL, *names = NULL;
	struct trial cells[CELLS];
	struct servers servers;

	if (servers_start(&servers)) {
		make_cells(&servers, cells);
		for (int i = 0; i < CELLS; i++) {
			bool datagrams = cells[i].endpoint.transport == ENDPOINT_UDP;
			bool theirs = cells[i].endpoint.protocol == ENDPOINT_TIRPC;

			if (!datagrams)
				try_summary(&cells[i], &summary);
			try_list(&cells[i], 4096, 5, &names);
			if (!datagrams)
				try_list(&cells[i], 1 << 18, 1, &names);
			else if (!theirs) /* the stock server's own limit makes pages of it */
				try_list(&cells[i], 1 << 18, i / 6 ? 4 : 1, &names);
		}
	}
	servers_stop(&servers);
	free(summary);
	free(names);
}

/* ---- the same datagram five times ---- */

struct datagram {
	uint8_t bytes[128];
	size_t length;
};

static void put(struct datagram *datagram, const void *bytes, size_t length)
{
	memcpy(datagram->bytes + datagram->length, bytes, length);
	datagram->length += length;
}

static void put_u16(struct datagram *datagram, uint16_t value)
{
	value = htobe16(value);
	put(datagram, &value, sizeof(value));
}

static void put_u32(struct datagram *datagram, uint32_t value)
{
	value = htobe32(value);
	put(datagram, &value, sizeof(value));
}

static void put_u64(struct datagram *datagram, uint64_t value)
{
	value = htobe64(value);
	put(datagram, &value, sizeof(value));
}

/* accumulate("five", 7) */
static void make_rpc_call(struct datagram *call)
{
	const uint32_t header[] = { 0x12345678, CALL,    RPC_MSG_VERSION,
				    CALC_PROG,  CALC_V2, CALC_ACCUMULATE };

	for (size_t i = 0; i < COUNT(header); i++)
		put_u32(call, header[i]);
	for (int i = 0; i < 4; i++) /* no credential, no verifier */
		put_u32(call, 0);
	put_u32(call, 4);
	put(call, "five", 4);
	put_u64(call, 7);
}

static void make_raw_call(struct datagram *call)
{
	put_u32(call, 0x12345678);
	put_u16(call, 1);
	put_u16(call, 7);
	put_u16(call, 4);
	put(call, "five", 4);
	put_u64(call, 7);
}

/* Sends the datagram and receives one; its length, or -1. */
static ssize_t exchange(int fd, const struct datagram *call, struct datagram *reply)
{
	ssize_t length = -1;

	if (send(fd, call->bytes, call->length, 0) == (ssize_t)call->length)
		length = recv(fd, reply->bytes, sizeof(reply->bytes), 0);
	reply->length = length > 0 ? (size_t)length : 0;
	return length;
}

/* A socket connected to 127.0.0.1 and the endpoint's port, whose reads end in time. */
static int connect_socket(const struct endpoint *endpoint, int type)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((uint16_t)endpoint->port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval limit = { .tv_sec = WAIT };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* The total is what a reply ends with, in both protocols. */
static uint64_t total_of(const struct datagram *reply)
{
	uint64_t total = 0;

	if (reply->length >= sizeof(total))
		memcpy(&total, reply->bytes + reply->length - sizeof(total), sizeof(total));
	return be64toh(total);
}

static void send_five_times(const struct endpoint *endpoint, void (*make)(struct datagram *),
			    bool once)
{
	int fd = connect_socket(endpoint, SOCK_DGRAM);
	struct datagram call = { .length = 0 }, first, reply;

	make(&call);
	for (uint64_t i = 1; i <= 5; i++) {
		CU_ASSERT_FATAL(exchange(fd, &call, &reply) > 0);
		CHECK_INT(total_of(&reply), once ? 7 : 7 * i);
		if (i == 1)
			first = reply;
		CHECK_INT(reply.length, first.length);
		if (once)
			CHECK_BYTES(reply.bytes, first.bytes, first.length);
	}
	close(fd);
}

/* What the service has, asked in a new call. */
static void check_register(const struct endpoint *endpoint, const char *expected)
{
	calc_accumulation nothing = { (char *)"five", 0 };
	struct client client;
	char *got;

	client_init(&client, endpoint, TIMEOUT);
	got = answer(&client, "accumulate", &nothing, "the register");
	CHECK_STR(got, expected);
	free(got);
	client_release(&client);
}

/* Our daemon executes it once, in both protocols; each has its own daemon, for a register is
 * shared.  The stock server executes it every time. */
static void test_same_datagram(void)
{
	static const struct {
		enum endpoint_protocol protocol;
		bool stock;
		void (*make)(struct datagram *call);
		const char *left;
	} cases[] = {
		{ ENDPOINT_RPC, false, make_rpc_call, "{\"status\":\"OK\",\"value\":7}" },
		{ ENDPOINT_RAW, false, make_raw_call, "{\"status\":\"OK\",\"value\":7}" },
		{ ENDPOINT_TIRPC, true, make_rpc_call, "{\"status\":\"OK\",\"value\":35}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct servers servers;
		struct endpoint endpoint;

		if (servers_start(&servers)) {
			address_of(cases[i].stock ? &servers.stock : &servers.ours,
				   endpoint_protocol_name(cases[i].protocol), "udp",
				   cases[i].protocol, &endpoint);
			send_five_times(&endpoint, cases[i].make, !cases[i].stock);
			check_register(&endpoint, cases[i].left);
		}
		servers_stop(&servers);
	}
}

/* ---- how calls fail ---- */

static int call_null(const struct endpoint *endpoint, int64_t timeout)
{
	union procedure_result result;
	struct failure failure;
	struct client client;
	int code;

	client_init(&client, endpoint, timeout);
	code = procedure_call(procedure_find("null"), &client, NULL, &result, &failure);
	client_release(&client);
	return code;
}

/* A server that is frozen, then dead. */
static void test_failures(void)
{
	struct endpoint tcp, udp, path;
	struct servers servers;

	CU_ASSERT_FATAL(servers_start(&servers));
	address_of(&servers.stock, "tirpc", "tcp", ENDPOINT_TIRPC, &tcp);
	address_of(&servers.stock, "tirpc", "udp", ENDPOINT_TIRPC, &udp);
	address_of(&servers.stock, "tirpc", "unix", ENDPOINT_TIRPC, &path);
	CHECK_INT(call_null(&tcp, TIMEOUT), 0);
	kill(servers.stock.pid, SIGSTOP);
	CHECK_INT(call_null(&tcp, SHORT), FAILURE_TIMEOUT);
	CHECK_INT(call_null(&udp, SHORT), FAILURE_TIMEOUT);
	CHECK_INT(call_null(&path, SHORT), FAILURE_TIMEOUT);
	kill(servers.stock.pid, SIGKILL);
	CHECK_INT(daemon_stop(&servers.stock), 128 + SIGKILL);
	CHECK_INT(call_null(&tcp, TIMEOUT), FAILURE_UNAVAILABLE);
	CHECK_INT(call_null(&udp, TIMEOUT), FAILURE_UNAVAILABLE);
	CHECK_INT(call_null(&path, TIMEOUT), FAILURE_UNAVAILABLE);
	/* Its socket stayed behind, and the next server takes its place. */
	CU_ASSERT_FATAL(start_stock(&servers));
	CHECK_INT(call_null(&path, TIMEOUT), 0);
	servers_stop(&servers);
}

/* ---- the programs ---- */

static int run(const char *program, const char *const words[4], const char **said)
{
	const char *argv[6] = { program_path(program) };
	struct outcome outcome;
	int status;

	for (int i = 0; i < 4; i++)
		argv[i + 1] = words[i];
	outcome = process_run(argv, NULL);
	status = outcome.status;
	if (said)
		*said = strstr(outcome.out, *said) || strstr(outcome.error, *said) ? *said : NULL;
	outcome_release(&outcome);
	return status;
}

static void test_options(void)
{
	static const struct {
		const char *words[4];
		const char *says;
	} wrong[] = {
		{ { "--stock", "--listen", "rpc+tcp" }, "--stock serves tirpc only" },
		{ { "--stock", "--listen", "raw+unix:/x" }, "--stock serves tirpc only" },
		{ { "--listen", "tirpc+tcp" }, "tirpc is served with --stock" },
		{ { "--stock", "--stdio", "rpc" }, "exclude each other" },
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *says = wrong[i].says;

		CHECK_INT(run("sidecalld", wrong[i].words, &says), EX_USAGE);
		CHECK_STR(says, wrong[i].says);
	}
}

static bool stops_at_once(void)
{
	static const char *const options[] = { "--stock", "--listen", "tirpc+unix", NULL };
	struct daemon daemon;
	int64_t start;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	start = clock_now();
	CHECK_INT(daemon_stop(&daemon), 0);
	return clock_now() - start < INT64_C(2000000000);
}

/* Without --listen it serves all it has; a second one on the same path is told who is there. */
static void test_defaults(void)
{
	const char *const options[] = { "--stock", NULL };
	const char *const second[4] = { "--stock", "--no-rpcbind", "--listen", "tirpc+unix" };
	const char *const ping[4] = { "--via", "tirpc+unix", "ping" };
	const char *const compare[4] = { "compare", "tirpc+unix" };
	const char *says = "process id",
		   *reply = "reply from tirpc+unix: ", *sizes = "    ? +     ?";
	struct daemon daemon;
	bool at_once;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, options));
	CU_ASSERT_PTR_NOT_NULL(daemon_endpoint(&daemon, "tirpc+tcp://127.0.0.1:"));
	CU_ASSERT_PTR_NOT_NULL(daemon_endpoint(&daemon, "tirpc+udp://127.0.0.1:"));
	CU_ASSERT_PTR_NOT_NULL(daemon_endpoint(&daemon, "tirpc+unix:"));
	CHECK_INT(run("sidecalld", second, &says), EX_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(says);
	CHECK_INT(run("sidecall", ping, &reply), 0);
	CU_ASSERT_PTR_NOT_NULL(reply);
	CHECK_INT(run("sidecall", compare, &sizes), 0);
	CU_ASSERT_PTR_NOT_NULL(sizes);
	CHECK_INT(daemon_stop(&daemon), 0);
	/* svc_run() has come back; what ends a server that is held up takes two seconds, always. */
	AWAIT((at_once = stops_at_once()));
	CU_ASSERT(at_once);
}

/* ---- the end ---- */

/* svc_run() waits up to 35 seconds for the rest of a record mark; SIGTERM does not. */
static void test_stop_when_held_up(void)
{
	struct servers servers;
	struct endpoint endpoint;
	int fd = -1;

	if (servers_start(&servers)) {
		address_of(&servers.stock, "tirpc", "tcp", ENDPOINT_TIRPC, &endpoint);
		fd = connect_socket(&endpoint, SOCK_STREAM);
		CHECK_INT(send(fd, "\200", 1, 0), 1);
		CHECK_INT(call_null(&endpoint, SHORT), FAILURE_TIMEOUT);
	}
	servers_stop(&servers);
	close(fd);
}

/* Whether the process ends within the time; it is left to be waited for. */
static bool ends(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	for (int i = 0; i < WAIT * 100 && !info.si_pid; i++) {
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
		if (!info.si_pid)
			poll(NULL, 0, 10);
	}
	return info.si_pid == pid;
}

/* A client that is gone before its reply kills the stock server: SIGPIPE is as it was given. */
static void test_sigpipe(void)
{
	struct datagram call = { .length = 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct servers servers;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(servers_start(&servers));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/stock", servers.sockets);
	put_u32(&call, 0x80000000 | 56);
	make_rpc_call(&call);
	kill(servers.stock.pid, SIGSTOP);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(send(fd, call.bytes, call.length, 0), call.length);
	close(fd);
	kill(servers.stock.pid, SIGCONT);
	CU_ASSERT(ends(servers.stock.pid));
	CHECK_INT(daemon_stop(&servers.stock), 128 + SIGPIPE);
	CU_ASSERT_FATAL(start_stock(&servers));
	servers_stop(&servers);
}

int main(void)
{
	static const struct test tests[] = {
		{ "every client with every server", test_answers },
		{ "long messages", test_long_messages },
		{ "the same datagram five times", test_same_datagram },
		{ "failures have their exit codes", test_failures },
		{ "options that exclude each other", test_options },
		{ "what is served without --listen", test_defaults },
		{ "SIGTERM while a client holds it up", test_stop_when_held_up },
		{ "SIGPIPE is left alone", test_sigpipe },
		{ 0 },
	};

	return harness_run("tirpc", tests);
}
