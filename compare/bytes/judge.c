/* What follows from the bytes of calls. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "compare/bytes/bytes.h"

/* How rpc and raw messages compare over all calls, on one transport. */
struct sizes {
	int calls;
	double least, most; /* times as many bytes by rpc */
	double least_more, most_more;
	const char *least_call, *most_call;
	double rpc_header, raw_header; /* negative: not the same for all calls */
	double null_rpc, null_raw;     /* the smallest call's bytes */
};

static double bytes_of(const json_t *call, const char *endpoint, const struct figure *figure)
{
	const json_t *at = json_object_get(figure_get(call, &figures.endpoints), endpoint);
	const json_t *value = figure_get(at, figure);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Bytes that every call spends on it; negative when they differ. */
static void take_header(double *header, double bytes, bool first)
{
	if (first)
		*header = bytes;
	else if (*header != bytes)
		*header = -1;
}

static void take_call(struct sizes *sizes, const json_t *call)
{
	double rpc = bytes_of(call, "rpc+tcp", &figures.all_bytes);
	double raw = bytes_of(call, "raw+tcp", &figures.all_bytes);
	const char *text = json_string_value(figure_get(call, &figures.call));

	if (!(rpc > 0 && raw > 0) || !text)
		return;
	if (rpc / raw < sizes->least) {
		sizes->least = rpc / raw;
		sizes->least_call = text;
	}
	if (rpc / raw > sizes->most) {
		sizes->most = rpc / raw;
		sizes->most_call = text;
	}
	sizes->least_more = fmin(sizes->least_more, rpc - raw);
	sizes->most_more = fmax(sizes->most_more, rpc - raw);
	sizes->null_rpc = fmin(sizes->null_rpc, rpc);
	sizes->null_raw = fmin(sizes->null_raw, raw);
	take_header(&sizes->rpc_header, bytes_of(call, "rpc+tcp", &figures.protocol_bytes),
		    !sizes->calls);
	take_header(&sizes->raw_header, bytes_of(call, "raw+tcp", &figures.protocol_bytes),
		    !sizes->calls);
	sizes->calls++;
}

static struct sizes sizes_of(const json_t *part)
{
	struct sizes sizes = { .least = DBL_MAX,
			       .least_more = DBL_MAX,
			       .most_more = -DBL_MAX,
			       .null_rpc = DBL_MAX,
			       .null_raw = DBL_MAX };
	const json_t *call;
	size_t i;

	json_array_foreach (figure_get(part, &figures.call_rows), i, call)
		take_call(&sizes, call);
	return sizes;
}

static void say_sizes(const struct sizes *s, struct verdict *verdict)
{
	if (s->least == 1 && s->most == 1)
		verdict_say(verdict,
			    "On a stream rpc and raw messages take the same bytes for all "
			    "%d calls that were compared.",
			    s->calls);
	else if (s->least >= 1)
		verdict_say(verdict,
			    "On a stream rpc takes %.0f to %.0f bytes more than raw messages for "
			    "a call and its reply: %.2f times as many for \"%s\", %.2f times for "
			    "\"%s\".",
			    s->least_more, s->most_more, s->most, s->most_call, s->least,
			    s->least_call);
	else if (s->most <= 1)
		verdict_say(verdict,
			    "On a stream rpc takes no more bytes than raw messages: %.2f times as "
			    "many for \"%s\", %.2f times for \"%s\".",
			    s->least, s->least_call, s->most, s->most_call);
	else
		verdict_say(
			verdict,
			"On a stream it depends on the call which takes fewer bytes: rpc takes "
			"%.2f times as many as raw messages for \"%s\", and %.2f times for \"%s\".",
			s->least, s->least_call, s->most, s->most_call);
}

static void say_headers(const struct sizes *s, struct verdict *verdict)
{
	if (s->rpc_header <= 0 || s->raw_header <= 0 || s->rpc_header == s->raw_header)
		return;
	verdict_say(verdict,
		    "The headers of call and reply are %.0f bytes by rpc and %.0f by hand, "
		    "whatever the procedure; the rest of the difference is how arguments and "
		    "results are packed.",
		    s->rpc_header, s->raw_header);
}

/* Whether a call took as many bytes between libtirpc's own ends, where both are known. */
static bool is_as_by_rpc(const json_t *call, const char *tirpc, int *compared)
{
	double own = bytes_of(call, tirpc, &figures.all_bytes);
	double ours = bytes_of(call, tirpc + strlen("ti"), &figures.all_bytes); /* "rpc+tcp" */

	*compared += own > 0 && ours > 0;
	return own == ours;
}

static void say_tirpc(const json_t *part, struct verdict *verdict)
{
	static const char *const endpoints[] = { "tirpc+tcp", "tirpc+udp", "tirpc+unix" };
	int compared = 0, same = 0;
	const json_t *call;
	size_t i;

	json_array_foreach (figure_get(part, &figures.call_rows), i, call)
		for (int j = 0; j < 3; j++)
			same += is_as_by_rpc(call, endpoints[j], &compared);
	if (compared && same == compared)
		verdict_say(verdict,
			    "libtirpc's own client and server take the same bytes as rpc over our "
			    "transports: %d calls were compared.",
			    compared);
	else if (compared)
		verdict_say(verdict,
			    "libtirpc's own client and server take other bytes than rpc over our "
			    "transports for %d of %d calls.",
			    compared - same, compared);
}

/* What it takes to ask rpcbind, held against a call. */
static void say_discovery(const json_t *part, const struct sizes *s, struct verdict *verdict)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (figure_get(part, &figures.endpoint_rows), i, endpoint) {
		double bytes = figure_number(endpoint, &figures.discovery_bytes);

		if (bytes <= 0)
			continue;
		verdict_say(verdict,
			    "Asking rpcbind for the address takes %.0f bytes over %s, once: as "
			    "much as %.1f of the smallest calls.",
			    bytes,
			    json_string_value(figure_get(endpoint, &figures.endpoint)) ?: "it",
			    bytes / s->null_rpc);
		return;
	}
}

void bytes_judge(const json_t *part, struct verdict *verdict)
{
	struct sizes sizes = sizes_of(part);

	if (!sizes.calls)
		return;
	say_sizes(&sizes, verdict);
	say_headers(&sizes, verdict);
	say_tirpc(part, verdict);
	say_discovery(part, &sizes, verdict);
	if (sizes.null_rpc == sizes.null_raw)
		return;
	verdict_choose(verdict, sizes.null_raw < sizes.null_rpc ? "raw" : "rpc",
		       "messages are tiny and bytes are what you pay for",
		       "the smallest call and its reply take %.0f bytes by raw messages and %.0f "
		       "by rpc",
		       sizes.null_raw, sizes.null_rpc);
	verdict_gain(verdict, sizes.null_raw < sizes.null_rpc ? "raw" : "rpc",
		     "fewer bytes (%.0f for the smallest call and its reply, not %.0f)",
		     fmin(sizes.null_raw, sizes.null_rpc), fmax(sizes.null_raw, sizes.null_rpc));
}
