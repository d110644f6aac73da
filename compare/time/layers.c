/* What the layers of a call cost by themselves, without any transport. */
#include "compare/time/layers.h"

#include <string.h>

#include "measure/memory.h"
#include "measure/process.h"
#include "common/depth.h"
#include "common/raw.h"
#include "common/xdr_growing.h"

#define BATCH 256 /* times that something is done between two looks at the clock */
#define LEAST 20  /* batches that are timed */
#define ROOM  256 /* bytes, for any message */

/* Where each works, so that nothing is allocated while time is taken. */
struct bench {
	const struct procedure *procedure;
	calc_operands operands;
	calc_result result;
	struct buffer bytes;
	size_t packed;                   /* bytes of arguments and result, or of both messages */
	struct memory_channel memory[2]; /* rpc, raw */
	struct client clients[2];
};

/* ---- the function ---- */

static void divide_operands(const calc_operands *operands, calc_result *result)
{
	result->status = CALC_OK;
	if (operands->b == 0)
		result->status = CALC_DIVIDE_BY_ZERO;
	else if (operands->a == INT64_MIN && operands->b == -1)
		result->status = CALC_OVERFLOW;
	else
		result->calc_result_u.value = operands->a / operands->b;
}

/* Volatile, so that the compiler calls it indeed. */
static void (*volatile call_divide)(const calc_operands *operands,
				    calc_result *result) = divide_operands;

static bool call_function(struct bench *bench)
{
	call_divide(&bench->operands, &bench->result);
	return true;
}

/* ---- packing: what both ends do together ---- */

static bool pack_by_hand(struct bench *bench)
{
	struct packer out = { .out = &bench->bytes, .limit = FRAMING_MAX_MESSAGE };
	struct unpacker in;
	calc_operands operands;
	calc_result result;

	bench->bytes.length = 0;
	raw_pack_operands(&out, &bench->operands);
	bench->packed = bench->bytes.length;
	in = (struct unpacker){ .bytes = bench->bytes.data, .left = bench->bytes.length };
	raw_unpack_operands(&in, &operands);
	call_divide(&operands, &result);
	bench->bytes.length = 0;
	raw_pack_result(&out, &result);
	bench->packed += bench->bytes.length;
	in = (struct unpacker){ .bytes = bench->bytes.data, .left = bench->bytes.length };
	raw_unpack_result(&in, &bench->result);
	return unpacked_exactly(&in);
}

static bool encode_value(struct buffer *out, xdrproc_t filter, void *value)
{
	struct xdr_growing growing;
	bool encoded;

	out->length = 0;
	xdr_growing_init(&growing, out, ROOM);
	encoded = filter(&growing.stream, value);
	xdr_growing_end(&growing);
	return encoded;
}

static bool decode_value(const struct buffer *in, xdrproc_t filter, void *value)
{
	struct depth depth;
	XDR stream;

	depth_decode(&depth, &stream, in->data, in->length);
	return filter(&stream, value);
}

/* By the streams that the runtime has. */
static bool pack_by_xdr(struct bench *bench)
{
	const xdrproc_t operands_filter = (xdrproc_t)xdr_calc_operands;
	const xdrproc_t result_filter = (xdrproc_t)xdr_calc_result;
	struct buffer *bytes = &bench->bytes;
	calc_operands operands;
	calc_result result;

	if (!encode_value(bytes, operands_filter, &bench->operands))
		return false;
	bench->packed = bytes->length;
	if (!decode_value(bytes, operands_filter, &operands))
		return false;
	call_divide(&operands, &result);
	if (!encode_value(bytes, result_filter, &result))
		return false;
	bench->packed += bytes->length;
	return decode_value(bytes, result_filter, &bench->result);
}

/* ---- the whole call, in this process ---- */

static bool answer_raw(struct memory_channel *memory)
{
	struct packer out = { .out = &memory->reply, .limit = FRAMING_MAX_MESSAGE };
	struct unpacker in = { .bytes = memory->sent.data, .left = memory->sent.length };
	struct raw_call call;
	calc_operands operands;
	calc_result result;

	raw_unpack_call(&in, &call);
	raw_unpack_operands(&in, &operands);
	if (!unpacked_exactly(&in))
		return false;
	call_divide(&operands, &result);
	memory->reply.length = 0;
	raw_pack_reply(&out, &(struct raw_reply){ call.id, call.operation, RAW_OK });
	raw_pack_result(&out, &result);
	return !out.failed;
}

static bool answer_rpc(struct memory_channel *memory)
{
	struct rpc_msg call = { 0 }, reply = { .rm_direction = REPLY };
	calc_operands operands;
	calc_result result;
	struct depth depth;
	XDR stream;

	depth_decode(&depth, &stream, memory->sent.data, memory->sent.length);
	if (!xdr_callmsg(&stream, &call) || !xdr_calc_operands(&stream, &operands))
		return false;
	call_divide(&operands, &result);
	reply.rm_xid = call.rm_xid;
	reply.acpted_rply.ar_results.where = (caddr_t)&result;
	reply.acpted_rply.ar_results.proc = (xdrproc_t)xdr_calc_result;
	return encode_value(&memory->reply, (xdrproc_t)xdr_replymsg, &reply);
}

static bool call_stub(struct bench *bench, int which)
{
	const struct memory_channel *memory = &bench->memory[which];
	union procedure_result result;
	struct failure failure;

	if (procedure_call(bench->procedure, &bench->clients[which], &bench->operands, &result,
			   &failure))
		return false;
	bench->packed = memory->sent.length + memory->reply.length;
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
	{ "function", "a division, called as a function", call_function },
	{ "packing by hand", "with arguments and result packed and unpacked", pack_by_hand },
	{ "packing by XDR", "the same by the filters that rpcgen writes", pack_by_xdr },
	{ "raw stub", "the whole call in one process: headers, and the stub", call_raw_stub },
	{ "rpc stub", "the same with rpcgen's stub on our CLIENT", call_rpc_stub },
};

/* ---- how often ---- */

/* Nanoseconds that it takes each time: the median over batches, of which the first warms up.  There
 * are enough of them, however long somebody else had the processor.  Negative when it goes wrong.
 */
static double time_step(const struct step *step, struct bench *bench, int64_t duration)
{
	static struct histogram batches;
	int64_t start = clock_now(), now = start;

	memset(&batches, 0, sizeof(batches));
	for (int batch = 0; batch <= LEAST || now - start < duration; batch++) {
		int64_t before = now;
		bool right = true;

		for (int i = 0; i < BATCH; i++)
			right = step->run(bench) && right;
		now = clock_now();
		if (batch)
			histogram_add(&batches, now - before);
		if (!right || bench->result.status != CALC_OK ||
		    bench->result.calc_result_u.value != 42)
			return -1;
	}
	return (double)histogram_quantile(&batches, 0.5) / BATCH;
}

static bool bench_open(struct bench *bench)
{
	static const char *const protocols[] = { "rpc+tcp", "raw+tcp" };
	bool right = buffer_reserve(&bench->bytes, ROOM) == 0;

	bench->procedure = procedure_find("divide");
	bench->operands = (calc_operands){ 84, 2 };
	for (int i = 0; i < 2; i++) {
		struct endpoint endpoint;

		endpoint_parse(&endpoint, protocols[i]);
		memory_init(&bench->memory[i], &bench->clients[i], &endpoint);
		bench->memory[i].answer = i ? answer_raw : answer_rpc;
		right = buffer_reserve(&bench->memory[i].reply, ROOM) == 0 && right;
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

int layers_run(struct layer layers[LAYERS], int cpu, int rounds, int64_t duration,
	       struct failure *failure)
{
	const int pin[2] = { cpu, -1 };
	struct bench bench = { 0 };
	struct saved_affinity pinned;
	int code = process_pin(&pinned, 0, pin, failure);

	if (!bench_open(&bench))
		code = failure_set(failure, FAILURE_SYSTEM, "out of memory");
	for (int i = 0; code == 0 && i < rounds * LAYERS; i++) {
		int which = (i + i / LAYERS) % LAYERS; /* another one begins each round */
		struct layer *layer = &layers[which];
		const struct step *step = &steps[which];
		double cost;

		bench.packed = 0;
		cost = time_step(step, &bench, duration);

		layer->layer = step->layer;
		layer->what = step->what;
		layer->cost.value[i / LAYERS] = cost;
		layer->packed = bench.packed;
		if (cost < 0)
			code = failure_set(failure, FAILURE_BUG, "%s computes something wrong",
					   step->layer);
	}
	bench_close(&bench);
	process_unpin(&pinned);
	return code;
}
