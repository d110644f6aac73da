/* What follows from the times of calls. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare/time/time.h"

#define TRANSPORTS (ENDPOINT_SHM + 1)

static bool latency_of(const json_t *part, const char *endpoint, const char *placement,
		       struct verdict_figure *figure)
{
	return verdict_figure_of(figure_row(figure_get(part, &figures.latency), &figures.endpoint,
					    endpoint, &figures.placement, placement),
				 &figures.p50_ns, figure);
}

static bool throughput_of(const json_t *part, const char *endpoint, const char *placement, int many,
			  struct verdict_figure *figure)
{
	const json_t *row;
	size_t i;

	json_array_foreach (figure_get(part, &figures.throughput), i, row)
		if (figure_is(row, &figures.endpoint, endpoint) &&
		    figure_is(row, &figures.placement, placement) &&
		    figure_integer(row, &figures.connections) == many &&
		    figure_integer(row, &figures.depth) == many)
			return verdict_figure_of(row, &figures.per_second, figure);
	return false;
}

/* ---- one call ---- */

/* Microseconds: "148 µs (89–168)", the median and what the rounds lay between. */
static const char *time_words(const struct verdict_figure *time, char words[64])
{
	int digits = time->value < 1e5 ? 1 : 0;

	snprintf(words, 64, "%.*f µs (%.*f–%.*f)", digits, time->value / 1e3, digits,
		 time->low / 1e3, digits, time->high / 1e3);
	return words;
}

/* What is to be said of a time and another one, which was taken in the same rounds. */
static const char *order_words(const struct verdict_figure *one, const struct verdict_figure *other,
			       const char *name, char words[64])
{
	enum order order = rounds_order(&one->rounds, &other->rounds);

	if (order == ORDER_NOISY)
		return "too noisy to tell";
	if (order == ORDER_SAME)
		return "the same, within 3 %";
	snprintf(words, 64, "%s was %s in every round", name,
		 order == ORDER_MORE ? "slower" : "faster");
	return words;
}

/* The more the two are apart, the more it weighs to say so, unless they are not known to be. */
static void weigh_distance(struct verdict *verdict, const struct verdict_figure *one,
			   const struct verdict_figure *other)
{
	enum order order = rounds_order(&one->rounds, &other->rounds);

	if (order == ORDER_LESS || order == ORDER_MORE)
		verdict_weigh(verdict,
			      fmax(one->value, other->value) / fmin(one->value, other->value));
}

/* One sentence on the times of two, by their names; the first of which is judged. */
static void say_times(struct verdict *verdict, const char *what, const struct verdict_figure *one,
		      const struct verdict_figure *other, const char *const names[3])
{
	char times[2][64], words[64];

	verdict_say(verdict, "%s: %s %s, %s %s: %s.", what, time_words(one, times[0]), names[0],
		    time_words(other, times[1]), names[1],
		    order_words(one, other, names[2], words));
	weigh_distance(verdict, one, other);
}

static const char *const by_rpc_and_raw[] = { "by rpc", "by raw", "rpc" };

static bool latency_pair(const json_t *part, const char *one, const char *other,
			 struct verdict_figure pair[2])
{
	return latency_of(part, one, PLACEMENT_ONE_CPU, &pair[0]) &&
	       latency_of(part, other, PLACEMENT_ONE_CPU, &pair[1]);
}

/* What the answer says of time: that of one call over tcp. */
static void gain_time(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure pair[2];
	double rpc, raw;
	enum order order;

	if (!latency_pair(part, "rpc+tcp", "raw+tcp", pair))
		return;
	order = rounds_order(&pair[0].rounds, &pair[1].rounds);
	rpc = pair[0].value / 1e3;
	raw = pair[1].value / 1e3;
	if (order == ORDER_SAME)
		verdict_gain(verdict, NULL,
			     "a call over tcp takes as long by both (%.1f and %.1f µs)", rpc, raw);
	else if (order == ORDER_NOISY)
		verdict_gain(verdict, NULL,
			     "which is faster over tcp is too noisy to tell (%.1f and %.1f µs)",
			     rpc, raw);
	else
		verdict_gain(verdict, order == ORDER_LESS ? "rpc" : "raw",
			     "less time (%.1f µs a call over tcp, not %.1f)", fmin(rpc, raw),
			     fmax(rpc, raw));
}

static void judge_pair(const json_t *part, struct verdict *verdict, const char *what,
		       const char *one, const char *other, const char *const names[3])
{
	struct verdict_figure pair[2];

	if (latency_pair(part, one, other, pair))
		say_times(verdict, what, &pair[0], &pair[1], names);
}

/* ---- how much a procedure has to do ---- */

#define SMALL_SHARE 0.02 /* of a call, that nobody notices */

/* What rpc costs more is the same for each call, and less of it the longer the procedure works. */
static void judge_share(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure pair[2];
	double cost, work;

	if (!latency_pair(part, "rpc+tcp", "raw+tcp", pair) ||
	    rounds_order(&pair[0].rounds, &pair[1].rounds) != ORDER_MORE)
		return;
	cost = pair[0].value - pair[1].value;
	work = cost / SMALL_SHARE - pair[1].value;
	verdict_say(verdict,
		    "rpc costs %.2f µs of a call over tcp on one CPU: less than %.0f %% of it when "
		    "the procedure works for %.0f µs or longer.",
		    cost / 1e3, SMALL_SHARE * 100, ceil(work / 1e3));
}

/* ---- layer by layer ---- */

static bool rung_of(const json_t *part, const char *layer, const char *placement,
		    struct verdict_figure *figure)
{
	return verdict_figure_of(figure_row(figure_get(part, &figures.ladder), &figures.layer,
					    layer, &figures.placement, placement),
				 &figures.cost_ns, figure);
}

/* What of a difference (more than 0) the stubs explain: `share`, which may be of the other sign. */
static void say_share(struct verdict *verdict, const char *start, const char *which, double share,
		      double difference)
{
	if (share <= 0)
		verdict_say(verdict, "%s: they do not explain the %.2f µs by which rpc is %s.",
			    start, difference, which);
	else if (share >= difference)
		verdict_say(verdict,
			    "%s: that is as much as the %.2f µs by which rpc is %s, or more.",
			    start, difference, which);
	else
		verdict_say(verdict,
			    "%s: that is %.2f µs of the %.2f µs by which rpc is %s; the other "
			    "%.2f µs no layer explains.",
			    start, share, difference, which, difference - share);
}

static void judge_ladder(const json_t *part, struct verdict *verdict, const char *placement)
{
	struct verdict_figure rpc, raw, bare, many, stubs[2];
	double more, share;
	char start[256];
	enum order order;

	if (!rung_of(part, "rpc+tcp", placement, &rpc) ||
	    !rung_of(part, "raw+tcp", placement, &raw) ||
	    !rung_of(part, "bare tcp", placement, &bare) ||
	    !rung_of(part, "bare tcp, epoll", placement, &many) ||
	    !rung_of(part, "rpc stub", placement, &stubs[0]) ||
	    !rung_of(part, "raw stub", placement, &stubs[1]))
		return;
	order = rounds_order(&rpc.rounds, &raw.rounds);
	more = (rpc.value - raw.value) / 1e3;
	share = (stubs[0].value - stubs[1].value) / 1e3;
	snprintf(start, sizeof(start),
		 "Layer by layer, over tcp on %s: the bare transport takes %.1f µs, %.1f µs with a "
		 "server that waits for many, and stub, headers and packing at both ends take "
		 "%.2f µs by rpc and %.2f µs by hand",
		 placement, bare.value / 1e3, many.value / 1e3, stubs[0].value / 1e3,
		 stubs[1].value / 1e3);
	if (order == ORDER_LESS || order == ORDER_MORE)
		say_share(verdict, start, order > 0 ? "slower" : "faster", (int)order * share,
			  (int)order * more);
	else
		verdict_say(verdict,
			    "%s; whole calls take %.1f and %.1f µs (%s), and no layer explains the "
			    "rest of them.",
			    start, rpc.value / 1e3, raw.value / 1e3, order_name(order));
}

/* ---- which transport ---- */

static bool rpc_on(const json_t *part, enum endpoint_transport transport, const char *placement,
		   struct verdict_figure *figure)
{
	char name[32];

	snprintf(name, sizeof(name), "rpc+%s", endpoint_transport_name(transport));
	return latency_of(part, name, placement, figure);
}

/* How long the fastest rpc call takes there; false when none is known. */
static bool find_fastest(const json_t *part, const char *placement, struct verdict_figure *best)
{
	struct verdict_figure figure;
	bool found = false;

	for (int i = 0; i < TRANSPORTS; i++) {
		if (!rpc_on(part, i, placement, &figure))
			continue;
		if (!found || figure.value < best->value)
			*best = figure;
		found = true;
	}
	return found;
}

/* Whether a time is not known to be more than the other. */
static bool is_no_slower(const struct verdict_figure *time, const struct verdict_figure *other)
{
	enum order order = rounds_order(&time->rounds, &other->rounds);

	return order == ORDER_SAME || order == ORDER_NOISY;
}

/* All that nobody can tell from the fastest: "pipe, fifo or shm".  How many. */
static int name_fastest(const json_t *part, const char *placement,
			const struct verdict_figure *best, char names[64])
{
	const char *found[TRANSPORTS];
	struct verdict_figure figure;
	int count = 0;

	for (int i = 0; i < TRANSPORTS; i++)
		if (rpc_on(part, i, placement, &figure) && is_no_slower(&figure, best))
			found[count++] = endpoint_transport_name(i);
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

	if (!find_fastest(part, placement, &best) || !rpc_on(part, ENDPOINT_TCP, placement, &tcp) ||
	    rounds_order(&best.rounds, &tcp.rounds) != ORDER_LESS)
		return;
	if (name_fastest(part, placement, &best, names) == 1)
		verdict_choose(
			verdict, names, when, "%.1f µs a call on %s, where tcp takes %.1f µs%s",
			best.value / 1e3, placement, tcp.value / 1e3,
			strcmp(names, "shm") == 0 && strcmp(placement, PLACEMENT_TWO_CPUS) == 0
				? " and has to wake the other end"
				: "");
	else
		verdict_choose(verdict, names, when,
			       "from %.1f µs a call on %s, no clear winner among them, where tcp "
			       "takes %.1f µs",
			       best.value / 1e3, placement, tcp.value / 1e3);
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

	json_array_foreach (figure_get(part, &figures.payload), i, row) {
		json_int_t size = figure_integer(row, &figures.argument_size);
		bool by_rpc = figure_is(row, &figures.endpoint, "rpc+tcp");

		if (size < largest || (!by_rpc && !figure_is(row, &figures.endpoint, "raw+tcp")))
			continue;
		if (size > largest)
			has[0] = has[1] = false;
		largest = size;
		has[by_rpc] = verdict_figure_of(row, &figures.p50_ns, by_rpc ? rpc : raw);
	}
	return has[0] && has[1] ? largest : 0;
}

static void judge_payload(const json_t *part, struct verdict *verdict)
{
	struct verdict_figure rpc, raw;
	json_int_t size = find_largest(part, &rpc, &raw);
	enum order order;
	char what[96];

	if (!size)
		return;
	snprintf(what, sizeof(what), "An array of %lld bytes as the argument, over tcp on one CPU",
		 (long long)size);
	say_times(verdict, what, &rpc, &raw, by_rpc_and_raw);
	order = rounds_order(&rpc.rounds, &raw.rounds);
	if (order == ORDER_MORE || order == ORDER_LESS)
		verdict_choose(
			verdict, order > 0 ? "raw" : "rpc", "arguments are large arrays",
			"with %lld bytes a call over tcp takes %.1f µs by rpc and %.1f µs by "
			"raw messages",
			(long long)size, rpc.value / 1e3, raw.value / 1e3);
}

/* ---- many calls ---- */

#define MANY 16 /* connections, and calls in flight on each */

/* "0.06 million (0.05–0.07)" */
static const char *rate_words(const struct verdict_figure *rate, char words[64])
{
	snprintf(words, 64, "%.2f million (%.2f–%.2f)", rate->value / 1e6, rate->low / 1e6,
		 rate->high / 1e6);
	return words;
}

static const char *which_rate(const struct verdict_figure *rpc, const struct verdict_figure *raw)
{
	static const char *const said[] = { "raw was ahead in every round", "the same, within 3 %",
					    "rpc was ahead in every round", "too noisy to tell" };

	return said[rounds_order(&rpc->rounds, &raw->rounds) - ORDER_LESS];
}

static void judge_throughput(const json_t *part, struct verdict *verdict, const char *placement)
{
	struct verdict_figure rpc, raw;
	char rates[2][64];

	if (!throughput_of(part, "rpc+tcp", placement, MANY, &rpc) ||
	    !throughput_of(part, "raw+tcp", placement, MANY, &raw))
		return;
	verdict_say(verdict,
		    "%d calls in flight on each of %d connections over tcp, on %s: %s calls a "
		    "second by rpc, %s by raw: %s.",
		    MANY, MANY, placement, rate_words(&rpc, rates[0]), rate_words(&raw, rates[1]),
		    which_rate(&rpc, &raw));
	weigh_distance(verdict, &rpc, &raw);
}

/* Where both ends share a processor the client's work is part of it, so two are asked first. */
static void judge_event_loop(const json_t *part, struct verdict *verdict)
{
	const char *const placements[] = { PLACEMENT_TWO_CPUS, PLACEMENT_ONE_CPU };
	struct verdict_figure rpc, stock;

	for (int i = 0; i < 2; i++) {
		if (!throughput_of(part, "rpc+tcp", placements[i], MANY, &rpc) ||
		    !throughput_of(part, "rpc+tcp to libtirpc", placements[i], MANY, &stock))
			continue;
		if (rounds_order(&rpc.rounds, &stock.rounds) == ORDER_MORE)
			verdict_choose(
				verdict, "sidecalld", "many clients have many calls in flight",
				"%.2f million calls a second on %s, where libtirpc's svc_run "
				"makes %.2f million",
				rpc.value / 1e6, placements[i], stock.value / 1e6);
		return;
	}
}

/* ---- system calls ---- */

/* What both ends of an endpoint do for one call.  It is counted, not timed. */
static bool system_calls_of(const json_t *part, const char *endpoint, double *sum)
{
	const json_t *row = figure_row(figure_get(part, &figures.system_calls), &figures.endpoint,
				       endpoint, NULL, NULL);

	*sum = figure_number(row, &figures.client_system_calls) +
	       figure_number(row, &figures.server_system_calls);
	return json_is_number(figure_get(row, &figures.client_system_calls)) &&
	       json_is_number(figure_get(row, &figures.server_system_calls));
}

/* One that now and then waits once more than the other is no other number. */
static bool is_other_number(double one, double other)
{
	return fmax(one, other) > fmin(one, other) * ROUNDS_MARGIN;
}

static void judge_system_calls(const json_t *part, struct verdict *verdict)
{
	double rpc, raw, stock;

	if (!system_calls_of(part, "rpc+tcp", &rpc))
		return;
	if (system_calls_of(part, "raw+tcp", &raw) && !is_other_number(rpc, raw))
		verdict_say(verdict,
			    "One call over tcp takes %.1f system calls at both ends together, by "
			    "rpc as by raw messages.",
			    rpc);
	if (system_calls_of(part, "tirpc+tcp", &stock) && is_other_number(rpc, stock))
		verdict_say(verdict,
			    "The same stubs take %.1f system calls for one call over tcp on our "
			    "runtime and %.1f on libtirpc.",
			    rpc, stock);
}

void time_judge(const json_t *part, struct verdict *verdict)
{
	static const char *const ours[] = { "on our runtime", "on libtirpc", "ours" };

	gain_time(part, verdict);
	judge_pair(part, verdict, "One call over tcp on one CPU", "rpc+tcp", "raw+tcp",
		   by_rpc_and_raw);
	judge_pair(part, verdict, "One call over shm on one CPU", "rpc+shm", "raw+shm",
		   by_rpc_and_raw);
	judge_share(part, verdict);
	judge_payload(part, verdict);
	judge_ladder(part, verdict, PLACEMENT_ONE_CPU);
	judge_pair(part, verdict, "The same stubs over tcp on one CPU", "rpc+tcp", "tirpc+tcp",
		   ours);
	judge_system_calls(part, verdict);
	judge_throughput(part, verdict, PLACEMENT_ONE_CPU);
	judge_throughput(part, verdict, PLACEMENT_TWO_CPUS);
	judge_placement(part, verdict, PLACEMENT_ONE_CPU,
			"both ends share a processor and a machine");
	judge_placement(part, verdict, PLACEMENT_TWO_CPUS, "each end has a processor to itself");
	judge_event_loop(part, verdict);
}
