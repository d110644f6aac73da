/* Whether rpcbind names the server that is checked, rightly and alike in all its versions. */
#include <stdio.h>

#include "check/check.h"
#include "check/rpcbind.h"

/* What was asked and said there is this case's evidence. */
static void take_over(struct exchange *exchange, struct exchange *asked)
{
	const struct evidence sent = exchange->sent, came = exchange->came;

	exchange->sent = asked->sent;
	exchange->came = asked->came;
	exchange->reply = asked->reply;
	asked->sent = sent;
	asked->came = came;
}

/* False: it names another port, or none. */
static bool ask_version(struct exchange *asked, const struct check_target *server, uint32_t version)
{
	int named = rpcbind_ask_port(asked, version, server->program, server->registered);

	if (asked->reply.outcome == CHECK_PROG_MISMATCH)
		return true;
	if (asked->reply.outcome == CHECK_SUCCESS && named != server->endpoint.port)
		reply_wrong(&asked->reply, 0, 0,
			    "version %u of rpcbind names port %d, and the server is at %d", version,
			    named, server->endpoint.port);
	return asked->reply.outcome == CHECK_SUCCESS;
}

static void run_registered(struct exchange *exchange, const struct check_case *row)
{
	const struct check_target *server = exchange->target;
	struct check_target target = *server;
	struct exchange asked;
	char netid[RPCBIND_TEXT];
	uint32_t version;

	(void)row;
	target.endpoint.port = RPCBIND_PORT;
	target.program = RPCBIND_PROGRAM;
	target.version = 3;
	rpcbind_netid(exchange, netid);
	version = netid[3] ? 3 : 2; /* version 2 knows nothing of IPv6 */
	exchange_init(&asked, &target);
	if (exchange_connect(&asked))
		while (version <= 4 && ask_version(&asked, server, version))
			version++;
	take_over(exchange, &asked);
	exchange_release(&asked);
}

/* clang-format off */
const struct check_case check_registered_cases[] = {
	{ "registered", CHECK_ANYWHERE,
	  "rpcbind names the port of the server, whichever of its versions is asked.",
	  "RFC 1833, sections 2.2.1 and 3.2",
	  "Old and new clients end at different servers, or at none.",
	  .run = run_registered, .passes = CHECK_SUCCESS, .differs = CHECK_PROG_MISMATCH,
	  .choice = "a server may lack versions 2, 3 or 4" },
	{ 0 },
};
/* clang-format on */
