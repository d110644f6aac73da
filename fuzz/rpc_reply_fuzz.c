/* The client's end of rpc: a result that was decoded encodes, and what that gives decodes alike. */
#include <rpc/rpc.h>

#include "client/runtime/rpc.h"
#include "fuzz/feed.h"

typedef bool_t filter(XDR *stream, void *value);

static size_t encode(filter *encoding, void *value, char *bytes, size_t room)
{
	XDR stream;

	xdrmem_create(&stream, bytes, (u_int)room, XDR_ENCODE);
	MUST(encoding(&stream, value));
	return XDR_GETPOS(&stream);
}

/* What came need not be what XDR would have written (padding, TRUE, a zero byte in a string), but
 * that takes no more room, and comes back as it is. */
static void check_bytes(const struct feed *feed, filter *encoding, union procedure_result *result)
{
	char *once = malloc(feed->length), *twice = malloc(feed->length);
	union procedure_result again = { 0 };
	size_t length;
	XDR stream;

	MUST(once && twice);
	length = encode(encoding, result, once, feed->length);
	xdrmem_create(&stream, once, (u_int)length, XDR_DECODE);
	MUST(encoding(&stream, &again) && stream.x_handy == 0);
	MUST(encode(encoding, &again, twice, length) == length);
	MUST(memcmp(once, twice, length) == 0);
	xdr_free((xdrproc_t)encoding, &again);
	free(once);
	free(twice);
}

static CLIENT *open_client(struct feed *feed, const struct procedure *procedure)
{
	struct timeval at_once = { 0 };
	CLIENT *client = rpc_client(&feed->channel, procedure->program, procedure->version);

	MUST(client != NULL);
	MUST(clnt_control(client, CLSET_TIMEOUT, (char *)&at_once));
	return client;
}

static void check(struct feed *feed, const struct procedure *procedure, CLIENT *client)
{
	union procedure_result result = { 0 };
	struct rpc_err error;
	enum clnt_stat status;

	status = procedure->rpc((void *)feed->sample->arguments, &result, client);
	clnt_geterr(client, &error);
	MUST(error.re_status == status);
	if (status == RPC_SUCCESS) {
		check_bytes(feed, (filter *)(void *)procedure->result->filter, &result);
		feed_check(feed, &result);
	}
	procedure_release(procedure, NULL, &result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct procedure *procedure;
	struct feed feed;
	CLIENT *client;

	if (!feed_open(&feed, &framing_record_marking, data, size))
		return 0;
	procedure = sample_procedure(feed.sample);
	client = open_client(&feed, procedure);
	check(&feed, procedure, client);
	clnt_destroy(client);
	feed_close(&feed);
	return 0;
}
