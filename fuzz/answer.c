/* A service for the targets that ask it, and what must hold of any answer in either protocol. */
#include "fuzz/answer.h"

#include <errno.h>

#include "fuzz/explain.h"
#include "tests/kit/serving.h"

#define WAITING "replies that wait already"

/* A directory is opened once, as in a server; it is the same for all calls, so nothing depends on
 * which came before.  Registers do depend on it, so each call gets new ones. */
static const struct served *serve_anew(void)
{
	static struct serving serving;

	if (serving.service.registers)
		registers_release(serving.service.registers);
	else
		serving_open(&serving, "fuzz/root", 0); /* run from the top of the sources */
	registers_init(serving.service.registers);
	return &serving.served;
}

static void check_reply(const struct protocol *protocol, const uint8_t *call, size_t length,
			const uint8_t *reply, size_t size)
{
	bool rpc = protocol == &protocol_rpc;
	struct explained asked, replied;

	MUST(size >= 4 && memcmp(reply, call, 4) == 0);
	asked = explain_check((struct message_form){ rpc, true, NULL }, call, length, NULL);
	replied = explain_check((struct message_form){ rpc, false, NULL }, reply, size,
				&asked.summary.what);
	MUST(replied.header && replied.payload);
}

bool answer_try(const struct protocol *protocol, const uint8_t *call, size_t length, size_t limit,
		struct buffer *reply)
{
	const size_t before = sizeof(WAITING);
	const struct served *served;
	int r;

	MUST(buffer_append(reply, WAITING, before) == 0);
	served = serve_anew();
	protocol->look(served, call, length, NULL);
	r = serving_answer(served, protocol, call, length, reply, limit);
	MUST(reply->length >= before && memcmp(reply->data, WAITING, before) == 0);
	buffer_consume(reply, before);
	MUST(reply->length <= limit);
	MUST(r == 0 || (r == -EPROTO && reply->length == 0));
	if (r == 0)
		check_reply(protocol, call, length, reply->data, reply->length);
	return r == 0;
}
