/* What a CLIENT of ours does with credentials, verifiers and its timeout, on a channel in memory.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/memory.h"
#include "client/runtime/rpc.h"
#include "common/xdr.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TOO_MANY     100 /* calls: then there is no answer any more */

/* A credential of the test's own. */
struct identity {
	AUTH auth; /* first */
	bool refreshes, validates;
	int marshalled, refreshed, validated;
};

static struct identity *identity_of(AUTH *auth)
{
	return (struct identity *)auth;
}

/* AUTH_NONE twice: the credential's and the verifier's flavor and length. */
static int marshal(AUTH *auth, XDR *stream)
{
	int32_t zero = 0;
	bool_t ok = TRUE;

	identity_of(auth)->marshalled++;
	for (int i = 0; i < 4; i++)
		ok = ok && XDR_PUTINT32(stream, &zero);
	return ok;
}

static int validate(AUTH *auth, struct opaque_auth *verifier)
{
	(void)verifier;
	identity_of(auth)->validated++;
	return identity_of(auth)->validates;
}

static int refresh(AUTH *auth, void *message)
{
	(void)message;
	identity_of(auth)->refreshed++;
	return identity_of(auth)->refreshes;
}

static int wrap(AUTH *auth, XDR *stream, xdrproc_t filter, caddr_t value)
{
	(void)auth;
	return filter(stream, value);
}

/* ---- the server, in memory ---- */

static const uint32_t refused[] = { 0, 1, 1, 1, 1 }; /* denied, AUTH_ERROR, BADCRED */
static const uint32_t null_done[] = { 0, 1, 0, 0, 0, 0 };
static const uint32_t number_42[] = { 0, 1, 0, 0, 0, 0, 0, 0, 42 };

struct server {
	struct memory_channel memory; /* first */
	struct client client;         /* the channel's owner */
	CLIENT *rpc;
	const uint32_t *reply;
	size_t words;
	int calls, refusals; /* the first so many are refused */
};

static bool answer(struct memory_channel *memory)
{
	struct server *server = (struct server *)memory;
	bool refuse = server->calls++ < server->refusals;
	const uint32_t *reply = refuse ? refused : server->reply;
	size_t words = refuse ? COUNT(refused) : server->words;

	memory->reply.length = 0;
	for (size_t i = 0; i < words; i++) {
		uint32_t word = htobe32(reply[i]);

		buffer_append(&memory->reply, &word, sizeof(word));
	}
	return server->calls < TOO_MANY;
}

static void server_open(struct server *server, struct identity *identity)
{
	static struct auth_ops operations = { .ah_marshal = marshal,
					      .ah_validate = validate,
					      .ah_refresh = refresh,
					      .ah_wrap = wrap,
					      .ah_unwrap = wrap };
	const struct endpoint endpoint = { .protocol = ENDPOINT_RPC, .transport = ENDPOINT_PIPE };

	memset(server, 0, sizeof(*server));
	memory_init(&server->memory, &server->client, &endpoint);
	server->memory.answer = answer;
	server->reply = number_42;
	server->words = COUNT(number_42);
	server->rpc = rpc_client(&server->memory.channel, CALC_PROG, CALC_V1);
	identity->auth.ah_ops = (void *)&operations;
	server->rpc->cl_auth = &identity->auth;
}

static void server_close(struct server *server)
{
	clnt_destroy(server->rpc);
	client_release(&server->client);
	memory_release(&server->memory);
}

static enum clnt_stat add(struct server *server, calc_result *result)
{
	calc_operands operands = { 40, 2 };

	memset(result, 0, sizeof(*result));
	return calc_add_1(&operands, result, server->rpc);
}

/* ---- tests ---- */

/* A credential that is refused is refreshed, if it can be, a few times and no more. */
static const struct {
	int refusals;
	bool refreshes;
	enum clnt_stat status;
	int calls;
} refusals[] = {
	{ 0, true, RPC_SUCCESS, 1 },          { 1, true, RPC_SUCCESS, 2 },
	{ 2, true, RPC_SUCCESS, 3 },          { 3, true, RPC_AUTHERROR, 3 },
	{ TOO_MANY, true, RPC_AUTHERROR, 3 }, { 1, false, RPC_AUTHERROR, 1 },
};

static void test_refused(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct identity identity = { .refreshes = refusals[i].refreshes,
					     .validates = true };
		struct server server;
		calc_result result;

		server_open(&server, &identity);
		server.refusals = refusals[i].refusals;
		CHECK_INT(add(&server, &result), refusals[i].status);
		CHECK_INT(server.calls, refusals[i].calls);
		CHECK_INT(identity.marshalled, refusals[i].calls);
		CHECK_INT(result.calc_result_u.value, refusals[i].status == RPC_SUCCESS ? 42 : 0);
		server_close(&server);
	}
}

/* What a server says of itself is looked at before its results are. */
static void test_verifier(void)
{
	struct identity identity = { .validates = false };
	struct server server;
	struct rpc_err error;
	calc_result result;

	server_open(&server, &identity);
	CHECK_INT(add(&server, &result), RPC_AUTHERROR);
	clnt_geterr(server.rpc, &error);
	CHECK_INT(error.re_why, AUTH_INVALIDRESP);
	CHECK_INT(identity.validated, 1);
	CHECK_INT(result.calc_result_u.value, 0);
	identity.validates = true;
	CHECK_INT(add(&server, &result), RPC_SUCCESS);
	clnt_geterr(server.rpc, &error);
	CHECK_INT(error.re_status, RPC_SUCCESS);
	server_close(&server);
}

/* A result is all that follows, and nothing else. */
static void test_whole(void)
{
	static const uint32_t more[] = { 0, 1, 0, 0, 0, 0, 0, 0, 42, 0 };
	struct identity identity = { .validates = true };
	struct server server;
	calc_result result;

	server_open(&server, &identity);
	server.words = COUNT(number_42) - 1;
	CHECK_INT(add(&server, &result), RPC_CANTDECODERES);
	server.reply = more;
	server.words = COUNT(more);
	CHECK_INT(add(&server, &result), RPC_CANTDECODERES);
	server.reply = number_42;
	server.words = COUNT(number_42);
	CHECK_INT(add(&server, &result), RPC_SUCCESS);
	server.reply = null_done;
	server.words = COUNT(null_done);
	CHECK_INT(rpc_null(NULL, NULL, server.rpc), RPC_SUCCESS);
	server_close(&server);
}

struct item {
	struct item *next;
};

static bool_t xdr_item(XDR *stream, struct item *item)
{
	return xdr_pointer(stream, (char **)&item->next, sizeof(*item), (xdrproc_t)xdr_item);
}

/* A list for which the stack does not suffice is no result, and what was decoded can be freed. */
static void test_endless_list(void)
{
	static uint32_t endless[250000] = { 0, 1 };
	const struct timeval limit = { .tv_sec = HARNESS_PATIENCE };
	struct identity identity = { .validates = true };
	struct item list = { 0 };
	struct server server;

	server_open(&server, &identity);
	for (size_t i = 6; i < COUNT(endless) - 1; i++)
		endless[i] = 1;
	server.reply = endless;
	server.words = COUNT(endless);
	CHECK_INT(clnt_call(server.rpc, 1, xdr_nothing, NULL, (xdrproc_t)xdr_item, (char *)&list,
			    limit),
		  RPC_CANTDECODERES);
	clnt_freeres(server.rpc, (xdrproc_t)xdr_item, (char *)&list);
	CU_ASSERT_PTR_NULL(list.next);
	server_close(&server);
}

/* The stub's own timeout holds until another is set, which may be asked for; what is no time is not
 * taken. */
static void test_timeout(void)
{
	static struct timeval wrong[] = { { -1, 0 }, { 0, -1 }, { 0, 1000000 } };
	struct identity identity = { .validates = true };
	struct timeval set = { 7, 500000 }, got = { 0 };
	struct server server;

	server_open(&server, &identity);
	CHECK_INT(clnt_control(server.rpc, CLGET_TIMEOUT, &got), FALSE);
	CHECK_INT(clnt_control(server.rpc, CLSET_TIMEOUT, &set), TRUE);
	CHECK_INT(clnt_control(server.rpc, CLSET_TIMEOUT, NULL), FALSE);
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_INT(clnt_control(server.rpc, CLSET_TIMEOUT, &wrong[i]), FALSE);
	CHECK_INT(clnt_control(server.rpc, CLGET_TIMEOUT, NULL), FALSE);
	CHECK_INT(clnt_control(server.rpc, CLGET_TIMEOUT, &got), TRUE);
	CHECK_INT(got.tv_sec, 7);
	CHECK_INT(got.tv_usec, 500000);
	CHECK_INT(clnt_control(server.rpc, CLGET_FD, &got), FALSE);
	server_close(&server);
}

static const struct test tests[] = {
	{ "refused", test_refused },
	{ "a verifier that is wrong", test_verifier },
	{ "a result that is whole", test_whole },
	{ "a list that is too long", test_endless_list },
	{ "the timeout", test_timeout },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("credential", tests);
}
