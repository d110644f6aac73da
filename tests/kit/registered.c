/* What rpcbind knows of a daemon, which a test starts and asks about. */
#include "tests/kit/registered.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpcb_prot.h>

#include "common/endpoint.h"
#include "common/xdr.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "tests/kit/harness.h"
#include "tests/kit/rpcbind.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(REGISTERED_PROGRAMS == 3, "as many as there are here");

/* What the daemon serves. */
static const struct {
	rpcprog_t program;
	rpcvers_t version;
} programs[] = {
	{ CALC_PROG, CALC_V1 },
	{ CALC_PROG, CALC_V2 },
	{ FILEINFO_PROG, FILEINFO_V1 },
};

const char *const registered_everywhere[] = { "--listen", "rpc+tcp",  "--listen",
					      "rpc+unix", "--listen", "raw+tcp://127.0.0.1:0",
					      NULL };
const char *const registered_by_tcp[] = { "--listen", "rpc+tcp://127.0.0.1:0", NULL };
const char *const registered_replacing[] = { "--listen", "rpc+tcp://127.0.0.1:0", "--replace",
					     NULL };

/* ---- what rpcbind knows ---- */

static bool is_ours(const struct rpcb *known)
{
	return known->r_prog == CALC_PROG || known->r_prog == FILEINFO_PROG;
}

static rpcblist_ptr dump(void)
{
	rpcblist_ptr list = NULL;

	CHECK_INT(
		rpcbind_call(RPCBPROC_DUMP, xdr_nothing, NULL, (xdrproc_t)xdr_rpcblist_ptr, &list),
		RPC_SUCCESS);
	return list;
}

/* How many entries there are for the programs of the daemon, whoever's they are. */
size_t registered_count(void)
{
	rpcblist_ptr list = dump();
	size_t count = 0;

	for (rpcblist_ptr l = list; l; l = l->rpcb_next)
		count += is_ours(&l->rpcb_map);
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return count;
}

/* An endpoint as rpcbind has it: its netid, and its universal address (RFC 5665). */
static const char *universal(const char *text, char address[ENDPOINT_MAX_TEXT])
{
	struct endpoint endpoint;

	if (endpoint_parse(&endpoint, text))
		CU_FAIL_FATAL("no endpoint");
	if (endpoint.transport == ENDPOINT_UNIX) {
		snprintf(address, ENDPOINT_MAX_TEXT, "%s", endpoint.path);
		return "local";
	}
	snprintf(address, ENDPOINT_MAX_TEXT, "%s.%d.%d", endpoint.host, endpoint.port / 256,
		 endpoint.port % 256);
	return strchr(endpoint.host, ':') ? "tcp6" : "tcp";
}

static bool is_known(rpcblist_ptr list, rpcprog_t program, rpcvers_t version, const char *netid,
		     const char *address)
{
	for (; list; list = list->rpcb_next)
		if (list->rpcb_map.r_prog == program && list->rpcb_map.r_vers == version &&
		    strcmp(list->rpcb_map.r_netid, netid) == 0 &&
		    strcmp(list->rpcb_map.r_addr, address) == 0)
			return true;
	return false;
}

/* How many entries lead to this daemon. */
size_t registered_of(const struct daemon *daemon)
{
	char address[ENDPOINT_MAX_TEXT];
	rpcblist_ptr list = dump();
	size_t count = 0;

	for (unsigned int i = 0; i < daemon->count; i++) {
		const char *netid = universal(daemon->endpoints[i], address);

		for (size_t j = 0; j < COUNT(programs); j++)
			count += is_known(list, programs[j].program, programs[j].version, netid,
					  address);
	}
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return count;
}

/* How many there should be: each program and version, at each rpc endpoint. */
size_t registered_expected(const struct daemon *daemon)
{
	size_t endpoints = 0;

	for (unsigned int i = 0; i < daemon->count; i++)
		endpoints += strncmp(daemon->endpoints[i], "rpc+", 4) == 0;
	return endpoints * COUNT(programs);
}

void registered_check_all(const struct daemon *daemon)
{
	CU_ASSERT(registered_expected(daemon) >= COUNT(programs));
	CHECK_INT(registered_of(daemon), registered_expected(daemon));
	CHECK_INT(registered_count(), registered_expected(daemon));
}

bool registered_has(rpcprog_t program, rpcvers_t version, const char *netid, const char *address)
{
	rpcblist_ptr list = dump();
	bool known = is_known(list, program, version, netid, address);

	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return known;
}

void registered_add(rpcprog_t program, rpcvers_t version, const char *netid, const char *address)
{
	struct rpcb entry = { .r_prog = program,
			      .r_vers = version,
			      .r_netid = (char *)netid,
			      .r_addr = (char *)address,
			      .r_owner = (char *)"" };
	bool_t done = FALSE;

	CHECK_INT(
		rpcbind_call(RPCBPROC_SET, (xdrproc_t)xdr_rpcb, &entry, (xdrproc_t)xdr_bool, &done),
		RPC_SUCCESS);
	CHECK_INT(done, TRUE);
}

/* A port at which nobody listens for as long as the descriptor is open. */
int registered_reserve_port(int type, char address[64])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	unsigned int port;

	CHECK_INT(bind(fd, (struct sockaddr *)&in, length), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	port = ntohs(in.sin_port);
	snprintf(address, 64, "127.0.0.1.%u.%u", port >> 8, port & 255);
	return fd;
}

#define UNUSED 100 /* versions from here on are nobody's */

/* One that is bound to all addresses of this machine. */
static int listen_silently(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	CHECK_INT(listen(fd, 1024), 0);
	return fd;
}

void registered_silent_address(int fd, unsigned int number, char address[64])
{
	struct sockaddr_in any = { 0 };
	socklen_t length = sizeof(any);

	CHECK_INT(getsockname(fd, (struct sockaddr *)&any, &length), 0);
	snprintf(address, 64, "127.0.1.%u.%u.%u", number, ntohs(any.sin_port) >> 8,
		 ntohs(any.sin_port) & 0xff);
}

int registered_add_silent(rpcprog_t program, const char *stale)
{
	int fd = listen_silently();
	char address[64];

	for (unsigned int i = 1; i <= REGISTERED_SILENT; i++) {
		registered_silent_address(fd, i, address);
		registered_add(program, UNUSED + i, "tcp", address);
	}
	registered_add(program, UNUSED, "tcp", stale);
	return fd;
}

bool registered_has_stale(rpcprog_t program, const char *stale)
{
	return registered_has(program, UNUSED, "tcp", stale);
}

/* ---- the daemon and the client ---- */

void registered_start(struct daemon *daemon, const char *const options[])
{
	if (!daemon_start_registered(daemon, NULL, options))
		CU_FAIL_FATAL("the daemon does not start");
}

/* What the daemon has said on standard error by now: all about its registration, once it is ready.
 * To be freed. */
char *registered_said(const struct daemon *daemon)
{
	struct pollfd waiting = { .fd = daemon->error, .events = POLLIN };
	char *text = calloc(1, 16384);
	size_t length = 0;

	while (length < 16383 && poll(&waiting, 1, 0) > 0) {
		ssize_t n = read(daemon->error, text + length, 16383 - length);

		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return text;
}

size_t registered_count_in(const char *text, const char *part)
{
	size_t count = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		count++;
	return count;
}

/* It says `part` so many times, and nothing about rpcbind when that is never. */
void registered_check_said(const struct daemon *daemon, const char *part, size_t times)
{
	char *text = registered_said(daemon);

	CHECK_THAT(registered_count_in(text, part) == times, "not %zu times \"%s\" but: %s", times,
		   part, text);
	free(text);
}

/* sidecall VIA, then divide 84 2: it finds the daemon, or says what is missing. */
void registered_check_sidecall(const char *via, int status, const char *says)
{
	const char *timeout = status == 75 ? "0.4" : "30";
	const char *argv[] = { program_path("sidecall"),
			       "--timeout",
			       timeout,
			       "--via",
			       via,
			       "divide",
			       "84",
			       "2",
			       NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == status, "sidecall --via %s: status %d: %s", via,
		   outcome.status, outcome.error);
	CHECK_STR(outcome.out, status ? "" : "42\n");
	CHECK_THAT(strstr(outcome.error, says), "not \"%s\" but: %s", says, outcome.error);
	outcome_release(&outcome);
}
