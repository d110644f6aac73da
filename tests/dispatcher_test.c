/* Dispatchers that rpcgen did not write: what comes of each thing that one may do. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/xdr.h"
#include "server/runtime/protocol.h"
#include "tests/kit/harness.h"
#include "tests/kit/serving.h"

#define SIDECALL_XDR_PLAIN
#include "xdr/xdr.h"

#define PROGRAM  0x20001234
#define XID      0x01020304
#define ACCEPTED XID, REPLY, MSG_ACCEPTED, AUTH_NONE, 0
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	SAYS_NOTHING = 1,
	REPLIES_TWICE,
	REPLIES_THEN_FAILS,
	FAILS_TWICE,
	ASKS_ALL,
	TAKES_LIST,
	GIVES_LIST,
	GIVES_LIST_FAST,
	TOO_LONG
};

static void reply_number(SVCXPRT *transport, u_int number)
{
	svc_sendreply(transport, (xdrproc_t)xdr_u_int, &number);
}

/* What libtirpc's transports may be asked, ours may be. */
static void ask_all(SVCXPRT *transport)
{
	int size = 0;
	bool_t controlled = SVC_CONTROL(transport, RPC_SVC_CONNMAXREC_GET, &size);

	reply_number(transport, (u_int)controlled + (u_int)SVC_STAT(transport) +
					svc_getrpccaller(transport)->len);
}

static bool_t write_much(XDR *stream, void *nothing)
{
	static char much[4096];

	(void)nothing;
	return xdr_opaque(stream, much, sizeof(much));
}

struct item {
	struct item *next;
};

static bool_t xdr_item(XDR *stream, struct item *item)
{
	return xdr_pointer(stream, (char **)&item->next, sizeof(*item), (xdrproc_t)xdr_item);
}

/* By the library's own functions. */
static bool_t xdr_item_fast(XDR *stream, struct item *item)
{
	return sidecall_xdr_pointer(stream, (char **)&item->next, sizeof(*item),
				    (xdrproc_t)xdr_item_fast);
}

/* So many items, or one that leads to itself. */
static struct item given[1000];
static size_t given_count;

static void give_list(SVCXPRT *transport, xdrproc_t filter)
{
	for (size_t i = 0; i + 1 < given_count; i++)
		given[i].next = &given[i + 1];
	given[given_count ? given_count - 1 : 0].next = given_count ? NULL : given;
	if (!svc_sendreply(transport, filter, (char *)given))
		svcerr_systemerr(transport);
}

/* Says how long the list is that it gets. */
static void take_list(SVCXPRT *transport)
{
	struct item list = { 0 };
	u_int count = 0;

	if (!svc_getargs(transport, (xdrproc_t)xdr_item, (caddr_t)&list)) {
		svcerr_decode(transport);
		return;
	}
	for (struct item *item = &list; item->next; item = item->next)
		count++;
	reply_number(transport, count);
	svc_freeargs(transport, (xdrproc_t)xdr_item, (caddr_t)&list);
}

static void dispatch(struct svc_req *request, SVCXPRT *transport)
{
	switch (request->rq_proc) {
	case SAYS_NOTHING:
		break;
	case REPLIES_TWICE:
		reply_number(transport, 7);
		reply_number(transport, 8);
		break;
	case REPLIES_THEN_FAILS:
		reply_number(transport, 7);
		svcerr_systemerr(transport);
		break;
	case FAILS_TWICE:
		svcerr_decode(transport);
		svcerr_noproc(transport);
		break;
	case TAKES_LIST:
		take_list(transport);
		break;
	case GIVES_LIST:
		give_list(transport, (xdrproc_t)xdr_item);
		break;
	case GIVES_LIST_FAST:
		give_list(transport, (xdrproc_t)xdr_item_fast);
		break;
	case ASKS_ALL:
		ask_all(transport);
		break;
	default:
		if (!svc_sendreply(transport, (xdrproc_t)write_much, NULL))
			svcerr_systemerr(transport);
	}
}

static const struct sidecall_svc_program programs[] = {
	{ .program = PROGRAM, .version = 3, .dispatch = dispatch },
	{ .program = PROGRAM + 1, .version = 0, .dispatch = dispatch },
	{ 0 },
};

static const struct case_ {
	const char *name;
	uint32_t program, version, procedure;
	uint32_t reply[9];
	size_t words;
} cases[] = {
	{ "no reply", PROGRAM, 3, SAYS_NOTHING, { 0 }, 0 },
	{ "the first of two replies", PROGRAM, 3, REPLIES_TWICE, { ACCEPTED, SUCCESS, 7 }, 7 },
	{ "a reply before an error", PROGRAM, 3, REPLIES_THEN_FAILS, { ACCEPTED, SUCCESS, 7 }, 7 },
	{ "the first of two errors", PROGRAM, 3, FAILS_TWICE, { ACCEPTED, GARBAGE_ARGS }, 6 },
	{ "what nobody sets", PROGRAM, 3, ASKS_ALL, { ACCEPTED, SUCCESS, XPRT_IDLE }, 7 },
	{ "too long", PROGRAM, 3, TOO_LONG, { ACCEPTED, SYSTEM_ERR }, 6 },
	{ "version 0", PROGRAM + 1, 0, REPLIES_TWICE, { ACCEPTED, SUCCESS, 7 }, 7 },
	{ "another than version 0", PROGRAM + 1, 1, 1, { ACCEPTED, PROG_MISMATCH, 0, 0 }, 8 },
	{ "another than version 3", PROGRAM, 0, 1, { ACCEPTED, PROG_MISMATCH, 3, 3 }, 8 },
	{ "no program", PROGRAM + 2, 0, 1, { ACCEPTED, PROG_UNAVAIL }, 6 },
};

static void check_case(const struct case_ *c)
{
	const struct served served = { .programs = programs };
	const uint32_t words[] = { XID,          CALL,      2, c->program, c->version,
				   c->procedure, AUTH_NONE, 0, AUTH_NONE,  0 };
	uint32_t call[COUNT(words)];
	struct buffer reply = { 0 };

	for (size_t i = 0; i < COUNT(words); i++)
		call[i] = htonl(words[i]);
	CHECK_INT(serving_answer(&served, &protocol_rpc, (const uint8_t *)call, sizeof(call),
				 &reply, 1024),
		  0);
	CHECK_THAT(reply.length == 4 * c->words, "%s: %zu bytes", c->name, reply.length);
	for (size_t i = 0; i < c->words && reply.length == 4 * c->words; i++) {
		uint32_t word = ntohl(((const uint32_t *)(const void *)reply.data)[i]);

		CHECK_THAT(word == c->reply[i], "%s: word %zu is %u", c->name, i, word);
	}
	buffer_release(&reply);
}

static void test_replies(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		check_case(&cases[i]);
}

/* ---- lists, which filters decode one call deeper for each item ---- */

#define LONGEST 250000 /* items: a MiB */

static uint32_t list_of(u_int items, struct buffer *reply)
{
	static const uint32_t header[] = { XID,        CALL,      2, PROGRAM,   3,
					   TAKES_LIST, AUTH_NONE, 0, AUTH_NONE, 0 };
	static uint32_t call[COUNT(header) + LONGEST + 1];
	const struct served served = { .programs = programs };
	uint32_t word = UINT32_MAX;

	for (size_t i = 0; i < COUNT(header); i++)
		call[i] = htonl(header[i]);
	for (u_int i = 0; i <= items; i++)
		call[COUNT(header) + i] = htonl(i < items);
	reply->length = 0;
	CHECK_INT(serving_answer(&served, &protocol_rpc, (const uint8_t *)call,
				 4 * (COUNT(header) + items + 1), reply, 1024),
		  0);
	if (reply->length >= 24)
		memcpy(&word, reply->data + reply->length - 4, 4);
	return ntohl(word);
}

static void *send_lists(void *longest_whole)
{
	u_int whole = *(const u_int *)longest_whole;
	struct buffer reply = { 0 };

	CHECK_INT(list_of(whole, &reply), whole);
	CHECK_INT(reply.length, 28);
	CHECK_INT(list_of(LONGEST, &reply), GARBAGE_ARGS);
	CHECK_INT(reply.length, 24);
	buffer_release(&reply);
	return NULL;
}

/* One that would not fit on the stack is refused, and ends nothing.  An item takes 112 bytes of it
 * on amd64, and 336 on s390x, where each call saves 160. */
static void test_lists(void)
{
	u_int on_much = 10000 / HARNESS_SLOWNESS, on_little = 500 / HARNESS_SLOWNESS;
	pthread_attr_t small;
	pthread_t thread;

	send_lists(&on_much);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 512 << 10); /* as a pool's thread has it */
	CHECK_INT(pthread_create(&thread, &small, send_lists, &on_little), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&small);
}

#define MOST ((size_t)64 << 20)

/* Its reply is as long as there are items, and their end. */
static void check_given(uint32_t procedure, size_t count)
{
	const uint32_t words[] = {
		XID, CALL, 2, PROGRAM, 3, procedure, AUTH_NONE, 0, AUTH_NONE, 0
	};
	const struct served served = { .programs = programs };
	uint32_t call[COUNT(words)];
	struct buffer reply = { 0 };

	for (size_t i = 0; i < COUNT(words); i++)
		call[i] = htonl(words[i]);
	given_count = count;
	CHECK_INT(buffer_reserve(&reply, MOST), 0); /* so it never has to grow, which looks, too */
	CHECK_INT(serving_answer(&served, &protocol_rpc, (const uint8_t *)call, sizeof(call),
				 &reply, MOST),
		  0);
	CHECK_INT(reply.length, 24 + 4 * count);
	if (!count && reply.length == 24)
		CHECK_INT(reply.data[23], SYSTEM_ERR);
	buffer_release(&reply);
}

/* A result that has no end is refused, and ends nothing. */
static void test_results(void)
{
#ifdef __SANITIZE_THREAD__
	harness_skip("ThreadSanitizer follows 65,536 calls within each other and no more");
	return;
#endif
	for (uint32_t procedure = GIVES_LIST; procedure <= GIVES_LIST_FAST; procedure++) {
		check_given(procedure, COUNT(given));
		check_given(procedure, 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "at most one reply", test_replies },
		{ "lists that are too long", test_lists },
		{ "a list in a result that has no end", test_results },
		{ NULL, NULL },
	};

	return harness_run("dispatcher", tests);
}
