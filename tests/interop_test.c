/* libtirpc's own client against our daemon, our client against libtirpc's own server, and the
 * system's rpcinfo. */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/procedures.h"
#include "client/runtime/transports/all.h"
#include "client/json.h"
#include "client/runtime/rpc.h"
#include "common/fork.h"
#include "common/xdr.h"
#include "tests/kit/arguments.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT        (HARNESS_PATIENCE * INT64_C(1000000000)) /* nanoseconds */
#define MANY           3000       /* entries of a directory, for a large reply */
#define SMALL          128        /* bytes of libtirpc's buffers, so of its fragments */
#define UNKNOWN        0x2CA1C001 /* a program that nobody has */
#define RPCINFO        "/usr/sbin/rpcinfo"
#define SECONDS(count) ((struct timeval){ .tv_sec = (count) })

/* What rpcgen makes of idl/: it declares the dispatchers nowhere. */
void calc_prog_1(struct svc_req *request, SVCXPRT *transport);
void calc_prog_2(struct svc_req *request, SVCXPRT *transport);

/* ---- the calls: through either client to either server ---- */

static quad_t values_4096[4096];

struct call {
	const char *procedure;
	union procedure_arguments arguments;
	const char *expected; /* in the result as JSON */
};

/* clang-format off */
static const struct call calc_calls[] = {
	{ "null", { .path = NULL }, "{\"status\":\"OK\"}" },
	{ "add", NUMBERS(INT64_MAX, INT64_MIN), "\"value\":-1}" },
	{ "add", NUMBERS(INT64_MAX, 1), "\"OVERFLOW\"" },
	{ "subtract", NUMBERS(-1, INT64_MAX), "\"value\":-9223372036854775808}" },
	{ "multiply", NUMBERS(6, -7), "\"value\":-42}" },
	{ "divide", NUMBERS(84, 2), "\"value\":42}" },
	{ "divide", NUMBERS(1, 0), "\"DIVIDE_BY_ZERO\"" },
	{ "evaluate", EXPRESSION("1/3"), "\"value\":0.33333333333333331}" },
	{ "evaluate", EXPRESSION("1+x"), "\"position\":2}" },
	{ "evaluate", EXPRESSION(""), "\"position\":0}" },
	{ "summarize", VALUES(4096, values_4096), "\"count\":4096,\"sum\":8390656," },
	{ "summarize", VALUES(0, NULL), "\"DOMAIN\"" },
	{ 0 },
};

/* These need the service behind the procedures, which libtirpc's server does not know of. */
static const struct call daemon_calls[] = {
	{ "accumulate", REGISTER("a", 0), "\"value\":0}" },
	{ "stat", PATH("abc"), "\"type\":\"regular\",\"mode\":\"0640\",\"links\":1," },
	{ "stat", PATH("nothing"), "\"NOENT\"" },
	{ "list", { .list = { (char *)"abc", 0, 4096 } }, "\"NOTDIR\"" },
	{ "readlink", PATH("link"), "\"target\":\"abc\"" },
	{ "readlink", PATH("abc"), "\"INVAL\"" },
	{ "digest", PATH("link"),
	  "\"size\":3,\"sha256\":"
	  "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"" },
	{ "space", PATH("."), "\"bytes_total\":" },
	{ "space", PATH(".."), "\"OUTSIDE\"" },
	{ 0 },
};
/* clang-format on */

static void check_result(const struct call *call, const struct procedure *procedure,
			 const union procedure_result *result, const char *where)
{
	json_t *object = json_result(procedure->result, result);
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));

	CHECK_THAT(text && strstr(text, call->expected), "%s: %s: %.300s, not %.300s", where,
		   call->procedure, text, call->expected);
	free(text);
	json_decref(object);
}

/* ---- libtirpc's client ---- */

static struct daemon sidecalld;

static void make_file(const char *name, const char *content)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", sidecalld.root, name);
	file = fopen(path, "w");
	if (!file || fputs(content, file) < 0 || fclose(file) != 0)
		CU_FAIL_FATAL("cannot make a file");
	chmod(path, 0640);
}

static void start_daemon(void)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--listen",
					       "rpc+unix", NULL };
	char path[128];

	if (!daemon_start(&sidecalld, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
	make_file("abc", "abc");
	snprintf(path, sizeof(path), "%s/link", sidecalld.root);
	CHECK_INT(symlink("abc", path), 0);
	snprintf(path, sizeof(path), "%s/many", sidecalld.root);
	CHECK_INT(mkdir(path, 0700), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "many/%040d", i);
		make_file(path, "");
	}
}

static void stop_daemon(void)
{
	CHECK_INT(daemon_stop(&sidecalld), 0);
}

/* The daemon's address on a transport.  Its length. */
static socklen_t address_of(const char *transport, struct sockaddr_storage *address)
{
	const char *text = daemon_endpoint(&sidecalld, transport);
	struct sockaddr_un *un = (struct sockaddr_un *)address;
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct endpoint endpoint;

	if (!text || endpoint_parse(&endpoint, text))
		CU_FAIL_FATAL("the daemon has no such endpoint");
	memset(address, 0, sizeof(*address));
	if (endpoint.transport == ENDPOINT_UNIX) {
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, endpoint.path, sizeof(un->sun_path));
		return sizeof(*un);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)endpoint.port);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

static int connect_to(struct sockaddr_storage *address, socklen_t length)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)address, length) < 0)
		CU_FAIL_FATAL("cannot connect");
	return fd;
}

/* libtirpc's client on a connection of its own. */
static CLIENT *open_stock(const char *transport, rpcprog_t program, rpcvers_t version, u_int size)
{
	struct sockaddr_storage address;
	struct netbuf peer = { .buf = &address };
	struct timeval timeout = SECONDS(HARNESS_PATIENCE);
	CLIENT *client;

	peer.len = peer.maxlen = address_of(transport, &address);
	client = clnt_vc_create(connect_to(&address, peer.len), &peer, program, version, size,
				size);
	if (!client)
		CU_FAIL_FATAL("no client");
	clnt_control(client, CLSET_FD_CLOSE, NULL);
	clnt_control(client, CLSET_TIMEOUT, (char *)&timeout);
	return client;
}

static AUTH *no_auth(void)
{
	return authnone_create();
}

static AUTH *sys_auth(void)
{
	return authunix_create_default();
}

/* Each of libtirpc's ways to call, one row. */
static const struct way {
	const char *name, *transport;
	AUTH *(*auth)(void);
	u_int size; /* of its buffers; 0 is its default */
} ways[] = {
	{ "tcp, AUTH_NONE", "rpc+tcp", no_auth, 0 },
	{ "tcp, AUTH_SYS", "rpc+tcp", sys_auth, 0 },
	{ "tcp, small fragments", "rpc+tcp", no_auth, SMALL },
	{ "tcp, AUTH_SYS, small fragments", "rpc+tcp", sys_auth, SMALL },
	{ "unix, AUTH_NONE", "rpc+unix", no_auth, 0 },
	{ "unix, AUTH_SYS", "rpc+unix", sys_auth, 0 },
	{ "unix, small fragments", "rpc+unix", no_auth, SMALL },
};

static CLIENT *open_way(const struct way *way, rpcprog_t program, rpcvers_t version)
{
	CLIENT *client = open_stock(way->transport, program, version, way->size);

	client->cl_auth = way->auth();
	return client;
}

static void close_way(CLIENT *client)
{
	auth_destroy(client->cl_auth);
	clnt_destroy(client);
}

static void call_stock(CLIENT *client, const struct call *call, const struct procedure *procedure,
		       const char *where)
{
	union procedure_arguments arguments = call->arguments;
	union procedure_result result = { 0 };
	enum clnt_stat status = procedure->rpc(&arguments, &result, client);

	CHECK_THAT(status == RPC_SUCCESS, "%s: %s: %s", where, call->procedure,
		   clnt_sperrno(status));
	if (status == RPC_SUCCESS)
		check_result(call, procedure, &result, where);
	procedure_release(procedure, NULL, &result);
}

static void call_all_stock(const struct way *way, rpcprog_t program, rpcvers_t version,
			   const struct call *calls)
{
	CLIENT *client = open_way(way, program, version);

	for (const struct call *c = calls; c->procedure; c++) {
		const struct procedure *procedure = procedure_find(c->procedure);

		if (procedure->program == program && procedure->version == version)
			call_stock(client, c, procedure, way->name);
	}
	close_way(client);
}

static void test_stock_client(void)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		call_all_stock(&ways[i], CALC_PROG, CALC_V1, calc_calls);
		call_all_stock(&ways[i], CALC_PROG, CALC_V2, calc_calls);
		call_all_stock(&ways[i], CALC_PROG, CALC_V2, daemon_calls);
		call_all_stock(&ways[i], FILEINFO_PROG, FILEINFO_V1, daemon_calls);
	}
}

/* What our own client calls by version 1, which version 2 has too. */
static void test_stock_client_version_2(void)
{
	static const struct {
		enum clnt_stat (*stub)(calc_operands *, calc_result *, CLIENT *);
		quad_t expected;
	} stubs[] = {
		{ calc_add_2, 17 + 5 },
		{ calc_subtract_2, 17 - 5 },
		{ calc_multiply_2, 17 * 5 },
		{ calc_divide_2, 17 / 5 },
	};
	CLIENT *client = open_way(&ways[0], CALC_PROG, CALC_V2);

	for (size_t i = 0; i < COUNT(stubs); i++) {
		calc_operands operands = { 17, 5 };
		calc_result result = { 0 };

		CHECK_INT(stubs[i].stub(&operands, &result, client), RPC_SUCCESS);
		CHECK_INT(result.status, CALC_OK);
		CHECK_INT(result.calc_result_u.value, stubs[i].expected);
	}
	close_way(client);
}

/* A reply of a quarter of a megabyte. */
static void test_stock_client_large_page(void)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		CLIENT *client = open_way(&ways[i], FILEINFO_PROG, FILEINFO_V1);
		fileinfo_list_args arguments = { (char *)"many", 0, 1 << 20 };
		fileinfo_list_result result = { 0 };

		CHECK_INT(fileinfo_list_1(&arguments, &result, client), RPC_SUCCESS);
		CHECK_INT(result.status, FILEINFO_OK);
		CHECK_INT(result.fileinfo_list_result_u.page.entries.entries_len, MANY);
		CHECK_INT(result.fileinfo_list_result_u.page.end, TRUE);
		CU_ASSERT(xdr_sizeof((xdrproc_t)xdr_fileinfo_list_result, &result) > 250000);
		clnt_freeres(client, (xdrproc_t)xdr_fileinfo_list_result, &result);
		close_way(client);
	}
}

/* ---- refusals: the same words from either server to either client ---- */

static const struct refusal {
	rpcprog_t program;
	rpcvers_t version;
	rpcproc_t procedure;
	enum clnt_stat expected;
	rpcvers_t low, high; /* of RPC_PROGVERSMISMATCH */
} refusals[] = {
	{ CALC_PROG, 0, 0, RPC_PROGVERSMISMATCH, 1, 2 },
	{ CALC_PROG, 9, 1, RPC_PROGVERSMISMATCH, 1, 2 },
	{ CALC_PROG, UINT32_MAX, 1, RPC_PROGVERSMISMATCH, 1, 2 },
	{ FILEINFO_PROG, 2, 1, RPC_PROGVERSMISMATCH, 1, 1 },
	{ UNKNOWN, 1, 0, RPC_PROGUNAVAIL, 0, 0 },
	{ CALC_PROG, 1, 5, RPC_PROCUNAVAIL, 0, 0 },
	{ CALC_PROG, 2, 99, RPC_PROCUNAVAIL, 0, 0 },
	{ FILEINFO_PROG, 1, UINT32_MAX, RPC_PROCUNAVAIL, 0, 0 },
	{ CALC_PROG, 1, CALC_ADD, RPC_CANTDECODEARGS, 0, 0 }, /* without its arguments */
};

/* Calls without arguments, and then the null procedure: the connection must have survived. */
static void check_refusal(const struct refusal *refusal, CLIENT *client, const char *where)
{
	enum clnt_stat status = clnt_call(client, refusal->procedure, xdr_nothing, NULL,
					  xdr_nothing, NULL, SECONDS(HARNESS_PATIENCE));
	struct rpc_err error;

	clnt_geterr(client, &error);
	CHECK_THAT(status == refusal->expected && error.re_status == status,
		   "%s: program %#x version %u procedure %u: %s", where,
		   (unsigned int)refusal->program, (unsigned int)refusal->version,
		   (unsigned int)refusal->procedure, clnt_sperrno(status));
	if (status == RPC_PROGVERSMISMATCH) {
		CHECK_INT(error.re_vers.low, refusal->low);
		CHECK_INT(error.re_vers.high, refusal->high);
	}
	status = clnt_call(client, NULLPROC, xdr_nothing, NULL, xdr_nothing, NULL,
			   SECONDS(HARNESS_PATIENCE));
	if (refusal->expected == RPC_PROGVERSMISMATCH || refusal->expected == RPC_PROGUNAVAIL)
		CHECK_INT(status, refusal->expected);
	else
		CHECK_INT(status, RPC_SUCCESS);
}

static void test_stock_client_refused(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		CLIENT *client = open_way(&ways[i % COUNT(ways)], refusals[i].program,
					  refusals[i].version);

		check_refusal(&refusals[i], client, ways[i % COUNT(ways)].name);
		close_way(client);
	}
}

/* ---- libtirpc's server ---- */

/* The child that runs it, and where. */
struct stock {
	pid_t pid;
	struct endpoint endpoint;
	char directory[64]; /* of a Unix socket */
};

/* FILEINFO_LIST without a directory: a page of MANY entries, for a reply in many fragments. */
static void list_without_files(struct svc_req *request, SVCXPRT *transport)
{
	fileinfo_list_result result = { .status = FILEINFO_OK };
	fileinfo_page *page = &result.fileinfo_list_result_u.page;
	static char name[] = "an entry of libtirpc's server";

	if (request->rq_proc == NULLPROC) {
		svc_sendreply(transport, xdr_nothing, NULL);
		return;
	}
	page->end = TRUE;
	page->entries.entries_len = MANY;
	page->entries.entries_val = calloc(MANY, sizeof(fileinfo_entry));
	for (u_int i = 0; i < MANY; i++) {
		page->entries.entries_val[i].name = name;
		page->entries.entries_val[i].cookie = i;
		page->entries.entries_val[i].stat.status = FILEINFO_NOENT;
	}
	if (request->rq_proc == FILEINFO_LIST)
		svc_sendreply(transport, (xdrproc_t)xdr_fileinfo_list_result, (char *)&result);
	else
		svcerr_noproc(transport);
	free(page->entries.entries_val);
}

/* In the child: libtirpc's transport, rpcgen's dispatchers, svc_run().  Without a netconfig nothing
 * is registered with rpcbind. */
static void serve_stock(int listener, u_int size)
{
	SVCXPRT *transport = svc_vc_create(listener, size, size);

	if (transport && svc_reg(transport, CALC_PROG, CALC_V1, calc_prog_1, NULL) &&
	    svc_reg(transport, CALC_PROG, CALC_V2, calc_prog_2, NULL) &&
	    svc_reg(transport, FILEINFO_PROG, FILEINFO_V1, list_without_files, NULL))
		svc_run();
}

/* A listening socket, already before there is a server, so that nobody has to wait for one. */
static int listen_on(struct stock *stock, const char *transport)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	bool is_unix = strcmp(transport, "rpc+unix") == 0;
	struct sockaddr *address = is_unix ? (struct sockaddr *)&un : (struct sockaddr *)&in;
	socklen_t length = is_unix ? sizeof(un) : sizeof(in);
	int fd = socket(address->sa_family, SOCK_STREAM, 0);

	endpoint_parse(&stock->endpoint, transport);
	snprintf(stock->directory, sizeof(stock->directory), "/tmp/sidecall-stock-XXXXXX");
	if (!harness_directory(stock->directory))
		CU_FAIL_FATAL("no directory");
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", stock->directory);
	if (bind(fd, address, length) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, address, &length) < 0)
		CU_FAIL_FATAL("cannot listen");
	endpoint_set_address(&stock->endpoint, address, length);
	return fd;
}

static void stock_start(struct stock *stock, const char *transport, u_int size)
{
	int fd = listen_on(stock, transport);

	stock->pid = fork_tied();
	if (stock->pid == 0) {
		serve_stock(fd, size);
		_exit(EXIT_FAILURE);
	}
	close(fd);
}

/* It must still have been running. */
static void stock_stop(struct stock *stock)
{
	int status;

	kill(stock->pid, SIGTERM);
	waitpid(stock->pid, &status, 0);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	remove_tree(stock->directory);
}

static const struct {
	const char *name, *transport;
	u_int size;
} stocks[] = {
	{ "stock server, tcp", "rpc+tcp", 0 },
	{ "stock server, tcp, small fragments", "rpc+tcp", SMALL },
	{ "stock server, unix", "rpc+unix", 0 },
	{ "stock server, unix, small fragments", "rpc+unix", SMALL },
};

static void call_ours(struct client *client, const struct call *call, const char *where)
{
	const struct procedure *procedure = procedure_find(call->procedure);
	union procedure_arguments arguments = call->arguments;
	union procedure_result result;
	struct failure failure;
	int code = procedure_call(procedure, client, &arguments, &result, &failure);

	CHECK_THAT(code == 0, "%s: %s: code %d, %s", where, call->procedure, code,
		   code ? failure.why : "");
	if (code == 0)
		check_result(call, procedure, &result, where);
	procedure_release(procedure, NULL, &result);
}

static void list_ours(struct client *client, const char *where)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)".", 0, 1 << 20 };
	union procedure_result result;
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	int code = procedure_call(procedure, client, &arguments, &result, &failure);

	CHECK_THAT(code == 0 && page->entries.entries_len == MANY, "%s: code %d, %s; %u entries",
		   where, code, code ? failure.why : "", page->entries.entries_len);
	for (u_int i = 0; i < page->entries.entries_len; i++)
		CHECK_THAT(page->entries.entries_val[i].cookie == i, "%s: entry %u is another",
			   where, i);
	procedure_release(procedure, NULL, &result);
}

static void test_stock_server(void)
{
	for (size_t i = 0; i < COUNT(stocks); i++) {
		struct client client;
		struct stock stock;

		stock_start(&stock, stocks[i].transport, stocks[i].size);
		client_init(&client, &stock.endpoint, TIMEOUT);
		for (const struct call *c = calc_calls; c->procedure; c++)
			call_ours(&client, c, stocks[i].name);
		list_ours(&client, stocks[i].name);
		client_release(&client);
		stock_stop(&stock);
	}
}

/* Our client with credentials; each refusal on a connection of its own. */
static void refuse_ours(const struct stock *stock, const struct refusal *refusal,
			AUTH *(*auth)(void), const char *where)
{
	struct channel *channel;
	struct failure failure;
	CLIENT *client;

	if (channel_open(&channel, &stock->endpoint, clock_now() + TIMEOUT, &failure) != 0)
		CU_FAIL_FATAL("cannot connect");
	client = rpc_client(channel, refusal->program, refusal->version);
	client->cl_auth = auth();
	check_refusal(refusal, client, where);
	close_way(client);
	channel_close(channel);
}

static void test_stock_server_refuses(void)
{
	for (size_t i = 0; i < COUNT(stocks); i++) {
		struct stock stock;

		stock_start(&stock, stocks[i].transport, stocks[i].size);
		for (size_t j = 0; j < COUNT(refusals); j++) {
			refuse_ours(&stock, &refusals[j], no_auth, stocks[i].name);
			refuse_ours(&stock, &refusals[j], sys_auth, stocks[i].name);
		}
		stock_stop(&stock);
	}
}

/* ---- rpcinfo ---- */

/* Asks for the program at the daemon's address; for one version, or for all (NULL). */
static void check_rpcinfo(const char *program, const char *version, const char *expected,
			  int status)
{
	char address[64];
	struct sockaddr_storage storage;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&storage;
	const char *argv[] = { RPCINFO, "-a", address, "-T", "tcp", program, version, NULL };
	struct outcome outcome;
	unsigned int port;

	address_of("rpc+tcp", &storage);
	port = ntohs(in->sin_port);
	snprintf(address, sizeof(address), "127.0.0.1.%u.%u", port >> 8, port & 255);
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, status);
	CHECK_THAT(strstr(outcome.out, expected) || strstr(outcome.error, expected),
		   "rpcinfo %s %s: %.300s%.300s", program, version ? version : "", outcome.out,
		   outcome.error);
	outcome_release(&outcome);
}

static void test_rpcinfo(void)
{
	if (access(RPCINFO, X_OK) != 0) {
		harness_skip("no " RPCINFO);
		return;
	}
	check_rpcinfo("748797952", "1", "program 748797952 version 1 ready and waiting", 0);
	check_rpcinfo("748797952", "2", "program 748797952 version 2 ready and waiting", 0);
	check_rpcinfo("789700608", NULL, "program 789700608 version 1 ready and waiting", 0);
	check_rpcinfo("748797952", "3", "low version = 1, high version = 2", 1);
	check_rpcinfo("748797953", "1", "Program unavailable", 1);
}

static const struct test tests[] = {
	{ "the daemon starts", start_daemon },
	{ "libtirpc's client: all procedures", test_stock_client },
	{ "libtirpc's client: version 2", test_stock_client_version_2 },
	{ "libtirpc's client: a large page", test_stock_client_large_page },
	{ "libtirpc's client: refusals", test_stock_client_refused },
	{ "rpcinfo", test_rpcinfo },
	{ "the daemon stops", stop_daemon },
	{ "libtirpc's server: procedures", test_stock_server },
	{ "libtirpc's server: refusals", test_stock_server_refuses },
	{ 0 },
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT(values_4096); i++)
		values_4096[i] = (quad_t)i + 1;
	return harness_run("interop", tests);
}
