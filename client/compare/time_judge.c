/* What follows from the times of calls. */
#include <stdio.h>
#include <string.h>

#include "client/compare/time.h"
#include "client/json.h"

/* The figure `key` of the row in that placement whose member `by` is `name`. */
static bool placed_of(const json_t *rows, const char *by, const char *name, const char *placement,
		      const char *key, struct verdict_figure *figure)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(json_text(row, by), name) == 0 &&
		    strcmp(json_text(row, "placement"), placement) == 0)
			return verdict_figure_of(row, key, figure);
	return false;
}

static bool latency_of(const json_t *part, const char *endpoint, const char *placement,
		       struct verdict_figure *figure)
{
	return placed_of(json_object_get(part, "latency"), "endpoint", endpoint, placement,
			 "p50_ns", figure);
}

static bool throughput_of(const json_t *part, const char *endpoint, const char *placement, int many,
			  struct verdict_figure *figure)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "throughput"), i, row)
		if (strcmp(json_text(row, "endpoint"), endpoint) == 0 &&
		    strcmp(json_text(row, "placement"), placement) == 0 &&
		    json_integer_value(json_object_get(row, "connections")) == many &&
		    json_integer_value(json_object_get(row, "depth")) == many)
			return verdict_figure_of(row, "per_second", figure);
	return false;
}

/* ---- one call ---- */

#define TIE "a tie, for rounds of the same differ by as much"

/* Which of two times is which. */
static const char *which(const struct verdict_figure *rpc, const struct verdict_figure *raw,
			 char words[64])
{
	int order = verdict_order(rpc, raw);
	double ratio = rpc->value / raw->value;

	if (order == 0)
		return TIE;
	snprintf(words, 64, "rpc is %s by %.1f %%", order > 0 ? "slower" : "faster",
		 (order > 0 ? ratio - 1 : 1 - ratio) * 100);
	return words;
}

static void judge_transport(const json_t *part, struct verdict *verdict, const char *transport)
{
	struct verdict_figure rpc, raw;
	char names[2][32], words[64];

	snprintf(names[0], sizeof(names[0]), "rpc+%s", transport);
	snprintf(names[1], sizeof(names[1]), "raw+%s", transport);
	if (!latency_of(part, names[0], TIME_ONE_CPU, &rpc) ||
	    !latency_of(part, names[1], TIME_ONE_CPU, &raw))
		return;
	verdict_say(verdict,
		    "One call over %s takes %.1f us by rpc and %.1f us by raw messages on one CPU: "
		    "%s.",
		    transport, rpc.value / 1e3, raw.value / 1e3, which(&rpc, &raw, words));
}

static void judge_runtime(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure ours, stock;
	int order;

	if (!latency_of(part, "rpc+tcp", TIME_ONE_CPU, &ours) ||
	    !latency_of(part, "tirpc+tcp", TIME_ONE_CPU, &stock))
		return;
	order = verdict_order(&ours, &stock);
	if (order == 0)
		verdict_say(verdict,
			    "The same stubs take %.1f us over tcp on our runtime and %.1f us on "
			    "libtirpc's, one call at a time on one CPU: " TIE ".",
			    ours.value / 1e3, stock.value / 1e3);
	else
		verdict_say(verdict,
			    "The same stubs take %.1f us over tcp on our runtime and %.1f us on "
			    "libtirpc's, one call at a time on one CPU: ours is %s, at %.2f times "
			    "the time.",
			    ours.value / 1e3, stock.value / 1e3, order < 0 ? "faster" : "slower",
			    ours.value / stock.value);
}

/* ---- layer by layer ---- */

static bool rung_of(const json_t *part, const char *layer, const char *placement,
		    struct verdict_figure *figure)
{
	return placed_of(json_object_get(part, "ladder"), "layer", layer, placement, "cost_ns",
			 figure);
}

/* What of a difference (more than 0) the stubs explain: `share`, which may be of the other sign. */
static void say_share(struct verdict *verdict, const char *start, const char *which, double share,
		      double difference)
{
	if (share <= 0)
		verdict_say(verdict, "%s: they do not explain the %.2f us by which rpc is %s.",
			    start, difference, which);
	else if (share >= difference)
		verdict_say(verdict,
			    "%s: that is as much as the %.2f us by which rpc is %s, or more.",
			    start, difference, which);
	else
		verdict_say(verdict,
			    "%s: that is %.2f us of the %.2f us by which rpc is %s; the other "
			    "%.2f us no layer explains.",
			    start, share, difference, which, difference - share);
}

static void judge_ladder(const json_t *part, struct verdict *verdict, const char *placement)
{
	struct verdict_figure rpc, raw, bare, many, stubs[2];
	double more, share;
	char start[256];
	int order;

	if (!rung_of(part, "rpc+tcp", placement, &rpc) ||
	    !rung_of(part, "raw+tcp", placement, &raw) ||
	    !rung_of(part, "bare tcp", placement, &bare) ||
	    !rung_of(part, "bare tcp, epoll", placement, &many) ||
	    !rung_of(part, "rpc stub", placement, &stubs[0]) ||
	    !rung_of(part, "raw stub", placement, &stubs[1]))
		return;
	order = verdict_order(&rpc, &raw);
	more = (rpc.value - raw.value) / 1e3;
	share = (stubs[0].value - stubs[1].value) / 1e3;
	snprintf(start, sizeof(start),
		 "Layer by layer, over tcp on %s: the bare transport takes %.1f us, %.1f us with a "
		 "server that waits for many, and stub, headers and packing at both ends take "
		 "%.2f us by rpc and %.2f us by hand",
		 placement, bare.value / 1e3, many.value / 1e3, stubs[0].value / 1e3,
		 stubs[1].value / 1e3);
	if (order == 0)
		verdict_say(verdict,
			    "%s; whole calls take %.1f and %.1f us, a tie, and the rest of them "
			    "no layer explains.",
			    start, rpc.value / 1e3, raw.value / 1e3);
	else
		say_share(verdict, start, order > 0 ? "slower" : "faster", order * share,
			  order * more);
}

/* ---- which transport ---- */

static const char *const transports[] = { "tcp", "udp", "unix", "pipe", "fifo", "shm" };

#define TRANSPORTS (sizeof(transports) / sizeof(transports[0]))

static bool rpc_on(const json_t *part, const char *transport, const char *placement,
		   struct verdict_figure *figure)
{
	char name[32];

	snprintf(name, sizeof(name), "rpc+%s", transport);
	return latency_of(part, name, placement, figure);
}

/* How long the fastest rpc call takes there; false when none is known. */
static bool find_fastest(const json_t *part, const char *placement, struct verdict_figure *best)
{
	struct verdict_figure figure;
	bool found = false;

	for (size_t i = 0; i < TRANSPORTS; i++) {
		if (!rpc_on(part, transports[i], placement, &figure))
			continue;
		if (!found || figure.value < best->value)
			*best = figure;
		found = true;
	}
	return found;
}

/* All that nobody can tell from the fastest: "pipe, fifo or shm".  How many. */
static int name_fastest(const json_t *part, const char *placement,
			const struct verdict_figure *best, char names[64])
{
	const char *found[TRANSPORTS];
	struct verdict_figure figure;
	int count = 0;

	for (size_t i = 0; i < TRANSPORTS; i++)
		if (rpc_on(part, transports[i], placement, &figure) &&
		    verdict_order(&figure, best) == 0)
			found[count++] = transports[i];
	names[0] = '\0';
	for (int i = 0; i < count; i++)
		snprintf(names + strlen(names), 64 - strlen(names), "%s%s",
			 i == 0           ? ""
			 : i == count - 1 ? " or "
					  : ", ",
			 found[i]);
	return count;
}

static void judge_placement(const json_t *part, struct verdict *verdict, const char *placement,
			    const char *when)
{
	struct verdict_figure best, tcp;
	char names[64];

	if (!find_fastest(part, placement, &best) || !rpc_on(part, "tcp", placement, &tcp) ||
	    verdict_order(&best, &tcp) >= 0)
		return;
	if (name_fastest(part, placement, &best, names) == 1)
		verdict_choose(verdict, names, when,
			       "%.1f us a call on %s, where tcp takes %.1f us", best.value / 1e3,
			       placement, tcp.value / 1e3);
	else
		verdict_choose(
			verdict, names, when,
			"from %.1f us a call on %s, between them a tie, where tcp takes %.1f us",
			best.value / 1e3, placement, tcp.value / 1e3);
}

static void judge_transports(const json_t *part, struct verdict *verdict)
{
	judge_placement(part, verdict, TIME_ONE_CPU, "both ends share a processor and a machine");
	judge_placement(part, verdict, TIME_TWO_CPUS, "each end has a processor to itself");
}

/* ---- large arguments ---- */

/* The largest arguments that both have been called with over tcp: their size in bytes, or 0. */
static json_int_t find_largest(const json_t *part, struct verdict_figure *rpc,
			       struct verdict_figure *raw)
{
	const json_t *row;
	json_int_t largest = 0;
	bool has[2] = { false };
	size_t i;

	json_array_foreach (json_object_get(part, "payload"), i, row) {
		json_int_t size = json_integer_value(json_object_get(row, "argument_size"));
		bool by_rpc = strcmp(json_text(row, "endpoint"), "rpc+tcp") == 0;

		if (size < largest || (!by_rpc && strcmp(json_text(row, "endpoint"), "raw+tcp")))
			continue;
		if (size > largest)
			has[0] = has[1] = false;
		largest = size;
		has[by_rpc] = verdict_figure_of(row, "p50_ns", by_rpc ? rpc : raw);
	}
	return has[0] && has[1] ? largest : 0;
}

static void judge_payload(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure rpc, raw;
	json_int_t size = find_largest(part, &rpc, &raw);
	char words[64];
	int order;

	if (!size)
		return;
	order = verdict_order(&rpc, &raw);
	verdict_say(
		verdict,
		"With an array of %lld bytes as its argument, a call over tcp takes %.1f us by rpc "
		"and %.1f us by raw messages on one CPU: %s.",
		(long long)size, rpc.value / 1e3, raw.value / 1e3, which(&rpc, &raw, words));
	if (order)
		verdict_choose(
			verdict, order > 0 ? "raw" : "rpc", "arguments are large arrays",
			"with %lld bytes a call over tcp takes %.1f us by rpc and %.1f us by "
			"raw messages",
			(long long)size, rpc.value / 1e3, raw.value / 1e3);
}

/* ---- many calls ---- */

#define MANY 16 /* connections, and calls in flight on each */

static void judge_throughput(const json_t *part, struct verdict *verdict, const char *placement)
{
	struct verdict_figure rpc, raw;
	int order;

	if (!throughput_of(part, "rpc+tcp", placement, MANY, &rpc) ||
	    !throughput_of(part, "raw+tcp", placement, MANY, &raw))
		return;
	order = verdict_order(&rpc, &raw);
	verdict_say(verdict,
		    "With %d calls in flight on each of %d connections over tcp, on %s, there are "
		    "%.2f million calls a second by rpc and %.2f million by raw messages%s.",
		    MANY, MANY, placement, rpc.value / 1e6, raw.value / 1e6,
		    order == 0  ? ": " TIE
		    : order > 0 ? ": rpc is ahead"
				: ": raw messages are ahead");
}

/* Where both ends share a processor the client's work is part of it, so two are asked first. */
static void judge_event_loop(const json_t *part, struct verdict *verdict)
{
	const char *const placements[] = { TIME_TWO_CPUS, TIME_ONE_CPU };
	struct verdict_figure rpc, stock;

	for (int i = 0; i < 2; i++) {
		if (!throughput_of(part, "rpc+tcp", placements[i], MANY, &rpc) ||
		    !throughput_of(part, "rpc+tcp to libtirpc", placements[i], MANY, &stock))
			continue;
		if (verdict_order(&rpc, &stock) > 0)
			verdict_choose(verdict, "sidecalld, and not libtirpc's svc_run",
				       "many clients have many calls in flight",
				       "%.2f million calls a second on %s, where svc_run makes "
				       "%.2f million",
				       rpc.value / 1e6, placements[i], stock.value / 1e6);
		return;
	}
}

/* ---- system calls ---- */

/* What both ends of an endpoint do for one call. */
static bool system_calls_of(const json_t *part, const char *endpoint, struct verdict_figure *sum)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(part, "system_calls"), i, row) {
		struct verdict_figure server;

		if (strcmp(json_text(row, "endpoint"), endpoint) != 0)
			continue;
		if (!verdict_figure_of(row, "client_system_calls", sum) ||
		    !verdict_figure_of(row, "server_system_calls", &server))
			return false;
		sum->value += server.value;
		sum->low += server.low;
		sum->high += server.high;
		return true;
	}
	return false;
}

static void judge_system_calls(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure rpc, raw, stock;

	if (!system_calls_of(part, "rpc+tcp", &rpc))
		return;
	if (system_calls_of(part, "raw+tcp", &raw) && verdict_order(&rpc, &raw) == 0)
		verdict_say(verdict,
			    "One call over tcp takes %.1f system calls at both ends together, by "
			    "rpc as by raw messages.",
			    rpc.value);
	if (system_calls_of(part, "tirpc+tcp", &stock) && verdict_order(&rpc, &stock) != 0)
		verdict_say(verdict,
			    "The same stubs take %.1f system calls for one call over tcp on our "
			    "runtime and %.1f on libtirpc's.",
			    rpc.value, stock.value);
}

void time_judge(const json_t *part, struct verdict *verdict)
{
	judge_transport(part, verdict, "tcp");
	judge_transport(part, verdict, "shm");
	judge_payload(part, verdict);
	judge_ladder(part, verdict, TIME_ONE_CPU);
	judge_runtime(part, verdict);
	judge_system_calls(part, verdict);
	judge_throughput(part, verdict, TIME_ONE_CPU);
	judge_throughput(part, verdict, TIME_TWO_CPUS);
	judge_transports(part, verdict);
	judge_event_loop(part, verdict);
}
