/* What the layers of a call cost by themselves, without any transport. */
#include "client/compare/layers.h"

#include <string.h>

#include "client/measure/memory.h"
#include "client/measure/prepared.h"
#include "common/raw.h"

#define BATCH 256 /* times that something is done between two looks at the clock */

/* Where each works, so that nothing is allocated while time is taken. */
struct bench {
	calc_operands operands;
	calc_result result;
	struct buffer bytes;
	struct memory_channel memory[2]; /* rpc, raw */
	struct client clients[2];
};

/* ---- what is done ---- */

/* The procedure itself, as small as a function that is called can be. */
static void divide(const calc_operands *operands, calc_result *result)
{
	result->status = operands->b ? CALC_OK : CALC_DIVIDE_BY_ZERO;
	if (operands->b)
		result->calc_result_u.value = operands->a / operands->b;
}

/* Volatile, so that the compiler calls it indeed. */
static void (*volatile call_divide)(const calc_operands *operands, calc_result *result) = divide;

static bool call_function(struct bench *bench)
{
	call_divide(&bench->operands, &bench->result);
	return true;
}

/* Arguments and result, there and back: what both ends do with them together. */
static bool pack_by_hand(struct bench *bench)
{
	struct packer out = { .out = &bench->bytes, .limit = FRAMING_MAX_MESSAGE };
	struct unpacker in;
	calc_operands operands;
	calc_result result;

	bench->bytes.length = 0;
	raw_pack_operands(&out, &bench->operands);
	in = (struct unpacker){ .bytes = bench->bytes.data, .left = bench->bytes.length };
	raw_unpack_operands(&in, &operands);
	divide(&operands, &result);
	bench->bytes.length = 0;
	raw_pack_result(&out, &result);
	in = (struct unpacker){ .bytes = bench->bytes.data, .left = bench->bytes.length };
	raw_unpack_result(&in, &bench->result);
	return unpacked_exactly(&in);
}

static bool pack_by_xdr(struct bench *bench)
{
	char *room = (char *)bench->bytes.data;
	calc_operands operands;
	calc_result result;
	XDR stream;
	bool right;

	xdrmem_create(&stream, room, (u_int)bench->bytes.capacity, XDR_ENCODE);
	right = xdr_calc_operands(&stream, &bench->operands);
	xdrmem_create(&stream, room, (u_int)bench->bytes.capacity, XDR_DECODE);
	right = right && xdr_calc_operands(&stream, &operands);
	divide(&operands, &result);
	xdrmem_create(&stream, room, (u_int)bench->bytes.capacity, XDR_ENCODE);
	right = right && xdr_calc_result(&stream, &result);
	xdrmem_create(&stream, room, (u_int)bench->bytes.capacity, XDR_DECODE);
	return right && xdr_calc_result(&stream, &bench->result);
}

static bool call_stub(struct bench *bench, int which)
{
	union procedure_result result;
	struct failure failure;

	if (procedure_call(procedure_find("divide"), &bench->clients[which], &bench->operands,
			   &result, &failure))
		return false;
	bench->result = result.number;
	return true;
}

static bool call_rpc_stub(struct bench *bench)
{
	return call_stub(bench, 0);
}

static bool call_raw_stub(struct bench *bench)
{
	return call_stub(bench, 1);
}

static const struct step {
	const char *layer, *what;
	bool (*run)(struct bench *bench);
} steps[LAYERS] = {
	{ "function", "the procedure, called as a function", call_function },
	{ "packing by hand", "arguments and result, packed and unpacked", pack_by_hand },
	{ "packing by XDR", "the same by the filters that rpcgen writes", pack_by_xdr },
	{ "raw stub", "the whole stub, on a channel that leads nowhere", call_raw_stub },
	{ "rpc stub", "the same, rpcgen's on our CLIENT", call_rpc_stub },
};

/* ---- how often ---- */

/* Nanoseconds that it takes each time: the median over batches.  Negative when it goes wrong. */
static double time_step(const struct step *step, struct bench *bench, int64_t duration)
{
	static struct histogram batches;
	int64_t start = channel_clock(), now = start;

	memset(&batches, 0, sizeof(batches));
	while (now - start < duration) {
		int64_t before = now;
		bool right = true;

		for (int i = 0; i < BATCH; i++)
			right = step->run(bench) && right;
		now = channel_clock();
		histogram_add(&batches, now - before);
		if (!right || bench->result.status != CALC_OK ||
		    bench->result.calc_result_u.value != 42)
			return -1;
	}
	return (double)histogram_quantile(&batches, 0.5) / BATCH;
}

/* The reply that the stub gets, as a server packs it. */
static bool put_reply(struct memory_channel *memory, bool rpc)
{
	calc_result result = { .status = CALC_OK, .calc_result_u.value = 42 };
	struct packer out = { .out = &memory->reply, .limit = FRAMING_MAX_MESSAGE };
	struct raw_reply raw = { .operation = RAW_DIVIDE, .status = RAW_OK };
	struct rpc_msg message = { .rm_direction = REPLY };
	XDR stream;

	if (!rpc) {
		raw_pack_reply(&out, &raw);
		raw_pack_result(&out, &result);
		return !out.failed;
	}
	message.acpted_rply.ar_results.where = (caddr_t)&result;
	message.acpted_rply.ar_results.proc = (xdrproc_t)xdr_calc_result;
	if (buffer_reserve(&memory->reply, 256) < 0)
		return false;
	xdrmem_create(&stream, (char *)memory->reply.data, 256, XDR_ENCODE);
	if (!xdr_replymsg(&stream, &message))
		return false;
	memory->reply.length = XDR_GETPOS(&stream);
	return true;
}

static bool bench_open(struct bench *bench)
{
	static const char *const protocols[] = { "rpc+tcp", "raw+tcp" };
	bool right = buffer_reserve(&bench->bytes, 256) == 0;

	bench->operands = (calc_operands){ 84, 2 };
	for (int i = 0; i < 2; i++) {
		struct endpoint endpoint;

		endpoint_parse(&endpoint, protocols[i]);
		memory_init(&bench->memory[i], &bench->clients[i], &endpoint);
		right = put_reply(&bench->memory[i], i == 0) && right;
	}
	return right;
}

static void bench_close(struct bench *bench)
{
	for (int i = 0; i < 2; i++) {
		client_release(&bench->clients[i]);
		memory_release(&bench->memory[i]);
	}
	buffer_release(&bench->bytes);
}

int layers_run(struct layer layers[LAYERS], int rounds, int64_t duration, struct failure *failure)
{
	struct bench bench = { 0 };
	int code = bench_open(&bench) ? 0 : failure_set(failure, FAILURE_SYSTEM, "out of memory");

	for (int i = 0; code == 0 && i < rounds * LAYERS; i++) {
		struct layer *layer = &layers[i % LAYERS];
		const struct step *step = &steps[i % LAYERS];
		double cost = time_step(step, &bench, duration);

		layer->layer = step->layer;
		layer->what = step->what;
		layer->cost.value[i / LAYERS] = cost;
		if (cost < 0)
			code = failure_set(failure, FAILURE_BUG, "%s computes something wrong",
					   step->layer);
	}
	bench_close(&bench);
	return code;
}
