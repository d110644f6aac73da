/*
 * The figures of a comparison: what each member of the document is called, what it may be, how it
 * is shown, whether it says which row it is of, and what about it is better.
 *
 * They are named by symbols, as &figures.p50_ns, so that the compiler finds one that does not
 * exist. Documents that were kept have the keys: to change one is to change what a document is.
 */
#ifndef SIDECALL_COMPARE_PART_FIGURES_H
#define SIDECALL_COMPARE_PART_FIGURES_H

#include <jansson.h>
#include <stdbool.h>

/* What a member may be; whatever is made from a document relies on it. */
enum kind {
	KIND_ANY, /* taken as it comes: nothing relies on it */
	KIND_TEXT,
	KIND_TRUTH,
	KIND_NUMBER,     /* not negative, and bounded */
	KIND_DIFFERENCE, /* what one thing takes more than another */
	KIND_OBJECT,
	KIND_ROWS,    /* an array of objects */
	KIND_OUTCOME, /* see outcome.h */
	KIND_OUTCOMES,
	KIND_ROUNDS, /* an array of numbers */
	KIND_RUNS,   /* the same, with null for what is not known */
	KIND_POINTS, /* an array of pairs of numbers */
	KINDS
};

/* How a member, which is in base units, is shown to people. */
enum unit {
	UNIT_OWN,          /* of a number its count, and else text */
	UNIT_TEXT,         /* a string as it is, true and false as yes and no */
	UNIT_COUNT,        /* a number without unit, or in what the title says */
	UNIT_NANOSECONDS,  /* as it is */
	UNIT_MICROSECONDS, /* from nanoseconds */
	UNIT_MILLISECONDS, /* from nanoseconds */
	UNIT_THOUSANDS     /* from single ones */
};

/* How two documents are held against each other by a figure: see compare/against/change.h. */
enum better { BETTER_NEITHER, BETTER_LESS, BETTER_MORE, BETTER_OUTCOME, BETTER_EXECUTED };

/* What the figure `placement` is. */
#define PLACEMENT_ONE_CPU  "one CPU"
#define PLACEMENT_TWO_CPUS "two CPUs"

struct figure {
	const char *key;
	enum kind kind;
	enum unit unit;
	const char *title;  /* of a column, without the unit; NULL: the key */
	enum kind members;  /* of all that an object or a row has in it; KIND_ANY: each its own */
	bool identifies;    /* it was chosen before, and says what a row is about */
	enum better better; /* BETTER_NEITHER: it is not judged */
	double margin;      /* so many times as much is the same, on one CPU */
	const struct figure *within[2]; /* where it is this one, and no namesake */
};

/*
 * The margins, in times as much.  Two runs of one build, on a machine that did nothing else, have
 * been apart by as much as docs/compare.md says: a virtual machine's processor is not always as
 * fast, and how far apart its processors are is the host's affair.
 */
#define MARGIN       2.0
#define MARGIN_CALLS 1.1 /* system calls: a wait more now and then */
#define MARGIN_BYTES 1.0

#define IDENTIFIES         .identifies = true
#define LESS_BETTER(times) .better = BETTER_LESS, .margin = (times)
#define MICROSECONDS(name) .unit = UNIT_MICROSECONDS, .title = name

/* FIGURE: its symbol, which is its key.  NAMESAKE: its symbol, and the key that it shares.  Then
 * what it may be, and whatever else there is to say of it. */
/* clang-format off */
#define FIGURES(FIGURE, NAMESAKE)                                                                  \
	/* what a row is about, in the order in which it is said */                                \
	FIGURE(key, TEXT, IDENTIFIES) FIGURE(call, TEXT, IDENTIFIES)                               \
	FIGURE(protocol, TEXT, IDENTIFIES) FIGURE(endpoint, TEXT, IDENTIFIES)                      \
	FIGURE(placement, TEXT, IDENTIFIES) FIGURE(layer, TEXT, IDENTIFIES)                        \
	FIGURE(connections, NUMBER, IDENTIFIES)                                                    \
	FIGURE(depth, NUMBER, IDENTIFIES, .title = "in flight")                                    \
	FIGURE(argument_size, NUMBER, IDENTIFIES, .title = "argument bytes")                       \
	/* the document, and what is said of it */                                                 \
	FIGURE(sidecall, TEXT, .title = "Sidecall")                                                \
	FIGURE(date, TEXT, .title = "Date")                                                        \
	FIGURE(quick, TRUTH, .title = "A quick comparison")                                        \
	FIGURE(command, TEXT) FIGURE(machine, OBJECT)                                              \
	FIGURE(cpu, ANY, .title = "Processor")                                                     \
	FIGURE(cpus, NUMBER, .title = "Processors for us")                                         \
	FIGURE(virtual, TRUTH, .title = "Virtual machine")                                         \
	FIGURE(vendor, ANY, .title = "Vendor")                                                     \
	FIGURE(governor, ANY, .title = "Frequency governor")                                       \
	FIGURE(system, ANY, .title = "System")                                                     \
	FIGURE(kernel, ANY, .title = "Kernel")                                                     \
	FIGURE(architecture, ANY, .title = "Architecture")                                         \
	FIGURE(compiler, ANY, .title = "Compiler")                                                 \
	FIGURE(libtirpc, TEXT)                                                                     \
	FIGURE(verdict, ANY) FIGURE(answer, ANY) FIGURE(sentences, ANY) FIGURE(choices, ANY)       \
	FIGURE(part, ANY) FIGURE(sentence, ANY)                                                    \
	FIGURE(choose, ANY) FIGURE(when, ANY) FIGURE(because, ANY)                                 \
	FIGURE(against, ANY) FIGURE(old_date, ANY) FIGURE(same_machine, ANY)                       \
	FIGURE(same_length, ANY) FIGURE(only_old, ANY) FIGURE(only_new, ANY)                       \
	FIGURE(tied, NUMBER) FIGURE(better, NUMBER) FIGURE(worse, NUMBER)                          \
	FIGURE(gone, NUMBER) FIGURE(noisy, NUMBER) FIGURE(unjudged, NUMBER)                        \
	FIGURE(figure, ANY)                                                                        \
	FIGURE(old, ANY, .unit = UNIT_COUNT) FIGURE(new, ANY, .unit = UNIT_COUNT)                  \
	/* code: lines by job, of a way, an author, a file, a piece of one, a patch */             \
	FIGURE(code, OBJECT)                                                                       \
	NAMESAKE(libtirpc_counted, libtirpc, OBJECT, .within = { &figures.code })                  \
	FIGURE(counted_version, ANY) FIGURE(installed_version, ANY)                                \
	FIGURE(ways, ROWS) FIGURE(shares, ROWS) FIGURE(files, ROWS) FIGURE(procedures, ROWS)       \
	FIGURE(pieces, ROWS) FIGURE(adding, OBJECT) FIGURE(rows, ROWS)                             \
	FIGURE(way, TEXT) FIGURE(author, TEXT) FIGURE(file, TEXT) FIGURE(job, TEXT)                \
	FIGURE(text, TEXT) FIGURE(patch, TEXT) FIGURE(procedure, TEXT)                             \
	FIGURE(added_lines, NUMBER) FIGURE(removed_lines, NUMBER)                                  \
	FIGURE(lines, OBJECT, .members = KIND_NUMBER)                                              \
	NAMESAKE(line_count, lines, NUMBER, .within = { &figures.files, &figures.pieces })         \
	FIGURE(contract, NUMBER) FIGURE(packing, NUMBER) FIGURE(dispatch, NUMBER)                  \
	FIGURE(stubs, NUMBER) FIGURE(framing, NUMBER) FIGURE(transport, NUMBER)                    \
	FIGURE(registration, NUMBER) FIGURE(service, NUMBER) FIGURE(document, NUMBER)              \
	FIGURE(all, NUMBER)                                                                        \
	/* bytes: of a call at each endpoint, and the fields of one */                             \
	FIGURE(bytes, OBJECT) FIGURE(endpoints, OBJECT)                                            \
	NAMESAKE(call_rows, calls, ROWS, .within = { &figures.bytes })                             \
	NAMESAKE(endpoint_rows, endpoints, ROWS, .within = { &figures.bytes })                     \
	FIGURE(payload_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "payload")               \
	FIGURE(protocol_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "protocol")             \
	FIGURE(framing_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "framing")               \
	FIGURE(all_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "all")                       \
	FIGURE(discovery_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "discovery")           \
	FIGURE(sent_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES))                                      \
	FIGURE(received_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES))                                  \
	FIGURE(annotated, ROWS) FIGURE(sent, ROWS) FIGURE(received, ROWS)                          \
	NAMESAKE(field_bytes, bytes, TEXT, .within = { &figures.sent, &figures.received })         \
	FIGURE(offset, NUMBER) FIGURE(field, TEXT) FIGURE(value, ANY)                              \
	/* time: of a call, of many, of layers */                                                  \
	FIGURE(time, OBJECT) FIGURE(prepare, ANY)                                                  \
	FIGURE(rounds, NUMBER, .title = "Rounds of timing")                                        \
	FIGURE(latency, ROWS) FIGURE(percentiles, ROWS) FIGURE(throughput, ROWS)                   \
	FIGURE(payload, ROWS) FIGURE(layers, ROWS) FIGURE(ladder, ROWS)                            \
	FIGURE(system_calls, ROWS)                                                                 \
	FIGURE(p50_ns, NUMBER, MICROSECONDS("p50"), LESS_BETTER(MARGIN))                           \
	FIGURE(p90_ns, NUMBER, MICROSECONDS("p90"))                                                \
	FIGURE(p99_ns, NUMBER, MICROSECONDS("p99"))                                                \
	FIGURE(p999_ns, NUMBER, MICROSECONDS("p99.9"))                                             \
	FIGURE(most_ns, NUMBER, MICROSECONDS("most")) FIGURE(points, POINTS) FIGURE(calls, NUMBER) \
	FIGURE(client_cpu_ns, NUMBER, MICROSECONDS("client CPU"))                                  \
	FIGURE(server_cpu_ns, NUMBER, MICROSECONDS("server CPU"))                                  \
	FIGURE(per_second, NUMBER, .unit = UNIT_THOUSANDS, .title = "thousand calls a second",     \
	       .better = BETTER_MORE, .margin = MARGIN)                                            \
	FIGURE(cost_ns, NUMBER, .unit = UNIT_NANOSECONDS, LESS_BETTER(MARGIN), .title = "cost")    \
	FIGURE(packed_bytes, NUMBER, LESS_BETTER(MARGIN_BYTES), .title = "bytes packed")           \
	FIGURE(what, TEXT, .title = "what it is")                                                  \
	FIGURE(over, ANY, .title = "to") FIGURE(order, TEXT, .title = "than below")                \
	FIGURE(adds_ns, DIFFERENCE, MICROSECONDS("adds"))                                          \
	FIGURE(client_system_calls, NUMBER, LESS_BETTER(MARGIN_CALLS), .title = "by the client")   \
	FIGURE(server_system_calls, NUMBER, LESS_BETTER(MARGIN_CALLS), .title = "by the server")   \
	FIGURE(client_calls, TEXT, .title = "which, by the client")                                \
	FIGURE(server_calls, TEXT, .title = "which, by the server")                                \
	/* failures and evolution: what callers saw */                                             \
	FIGURE(failures, OBJECT) FIGURE(timeout_ns, NUMBER) FIGURE(faults, ROWS)                   \
	FIGURE(cells, ROWS) FIGURE(matrix, ROWS, .members = KIND_TEXT)                             \
	FIGURE(title, TEXT) FIGURE(how, TEXT)                                                      \
	FIGURE(saw, OUTCOME, .better = BETTER_OUTCOME)                                             \
	NAMESAKE(exit_code, code, NUMBER, .title = "exit code",                                    \
		 .within = { &figures.cells, &figures.answers })                                   \
	FIGURE(after_ns, NUMBER, .unit = UNIT_MILLISECONDS)                                        \
	FIGURE(executed, NUMBER, .better = BETTER_EXECUTED)                                        \
	FIGURE(seen_by_bad_client, ANY) FIGURE(said, TEXT, .title = "was told") FIGURE(note, TEXT) \
	FIGURE(runs, NUMBER) FIGURE(agreed, NUMBER)                                                \
	FIGURE(each_saw, OUTCOMES) FIGURE(each_executed, RUNS) FIGURE(each_after_ns, RUNS)         \
	FIGURE(daemons, OBJECT) FIGURE(packages, TEXT) FIGURE(limit_ns, NUMBER)                    \
	FIGURE(daemon, TEXT) FIGURE(cases, NUMBER)                                                 \
	FIGURE(stock, TEXT, .title = "stock: what fails")                                          \
	FIGURE(ours, TEXT, .title = "ours: what fails")                                            \
	FIGURE(stock_failed, NUMBER, .title = "stock: cases that fail")                            \
	FIGURE(ours_failed, NUMBER, .title = "ours: cases that fail")                              \
	FIGURE(stock_ns, NUMBER, .unit = UNIT_MILLISECONDS, .title = "stock: slowest call")        \
	FIGURE(ours_ns, NUMBER, .unit = UNIT_MILLISECONDS, .title = "ours: slowest call")          \
	FIGURE(evolution, OBJECT) FIGURE(changes, ROWS) FIGURE(answers, ROWS)                      \
	FIGURE(client, TEXT) FIGURE(server, TEXT) FIGURE(one_end_new, ANY)                         \
	FIGURE(low, NUMBER) FIGURE(high, NUMBER) FIGURE(learns, TEXT)
/* clang-format on */

#define FIGURE_MEMBER(symbol, ...)        struct figure symbol;
#define FIGURE_NAMESAKE(symbol, key, ...) struct figure symbol;

extern const struct figures {
	FIGURES(FIGURE_MEMBER, FIGURE_NAMESAKE)
} figures;

/* Of a figure by its symbol, as where json_pack() wants one: KEY(p50_ns). */
#define KEY(symbol) figures.symbol.key

/* A figure by its place among all, from 0; NULL behind the last. */
const struct figure *figure_at(size_t i);

/* The one that a member with that key is, in an object that is, or whose array is, the value of
 * `within`; NULL when there is none. */
const struct figure *figure_find(const char *key, const char *within);

/* ---- members of an object: each may be absent, or no object be there ---- */

json_t *figure_get(const json_t *object, const struct figure *figure);
const char *figure_text(const json_t *object, const struct figure *figure); /* or "" */
double figure_number(const json_t *object, const struct figure *figure);    /* or 0 */
json_int_t figure_integer(const json_t *object, const struct figure *figure);
bool figure_is(const json_t *object, const struct figure *figure, const char *text);

/* Takes the reference. */
void figure_set(json_t *object, const struct figure *figure, json_t *value);

/* The first of these rows in which a figure, and then another unless that is NULL, is that text; or
 * NULL. */
const json_t *figure_row(const json_t *rows, const struct figure *figure, const char *text,
			 const struct figure *other, const char *other_text);

/* What was measured in several rounds has its extremes beside it, and the rounds themselves. */
enum bound { BOUND_NONE, BOUND_LOW, BOUND_HIGH, BOUND_ROUNDS, BOUNDS };

#define FIGURE_KEY 64 /* bytes, for any key with its bound */

/* The key of that bound, in `room`. */
const char *figure_key(const struct figure *figure, enum bound bound, char room[FIGURE_KEY]);
json_t *figure_bound(const json_t *object, const struct figure *figure, enum bound bound);

#endif
