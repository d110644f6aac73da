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
	KIND_ANY,
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
	UNIT_TEXT,         /* a string as it is, true and false as yes and no */
	UNIT_COUNT,        /* a number without unit, or in what the title says */
	UNIT_NANOSECONDS,  /* as it is */
	UNIT_MICROSECONDS, /* from nanoseconds */
	UNIT_MILLISECONDS, /* from nanoseconds */
	UNIT_THOUSANDS     /* from single ones */
};

/* How two documents are held against each other by a figure: see compare/against/change.h. */
enum better { BETTER_NEITHER, BETTER_LESS, BETTER_MORE, BETTER_OUTCOME, BETTER_EXECUTED };

struct figure {
	const char *key;
	enum kind kind;
	enum unit unit;
	const char *title;  /* of a column, without the unit; NULL: the key */
	enum kind members;  /* of all that an object or a row has in it; KIND_ANY: each its own */
	bool identifies;    /* it was chosen before, and says what a row is about */
	enum better better; /* BETTER_NEITHER: it is not judged */
	double margin;      /* so many times as much is the same, on one CPU */
	const struct figure
		*within[2]; /* where it is this one: others have the same key elsewhere */
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

/* FIGURE: its symbol, which is its key.  NAMESAKE: its symbol, and the key that it shares. */
/* clang-format off */
#define FIGURES(FIGURE, NAMESAKE)                                                                  \
	/* what a row is about, in the order in which it is said */                                \
	FIGURE(key, TEXT, TEXT, NULL, IDENTIFIES)                                                  \
	FIGURE(call, TEXT, TEXT, NULL, IDENTIFIES)                                                 \
	FIGURE(protocol, TEXT, TEXT, NULL, IDENTIFIES)                                             \
	FIGURE(endpoint, TEXT, TEXT, NULL, IDENTIFIES)                                             \
	FIGURE(placement, TEXT, TEXT, NULL, IDENTIFIES)                                            \
	FIGURE(layer, TEXT, TEXT, NULL, IDENTIFIES)                                                \
	FIGURE(connections, NUMBER, COUNT, NULL, IDENTIFIES)                                       \
	FIGURE(depth, NUMBER, COUNT, "in flight", IDENTIFIES)                                      \
	FIGURE(argument_size, NUMBER, COUNT, "argument bytes", IDENTIFIES)                         \
	/* the document, and what is said of it */                                                 \
	FIGURE(sidecall, TEXT, TEXT, "Sidecall")                                                   \
	FIGURE(date, TEXT, TEXT, "Date")                                                           \
	FIGURE(quick, TRUTH, TEXT, "A quick comparison")                                           \
	FIGURE(command, TEXT, TEXT, NULL)                                                          \
	FIGURE(machine, OBJECT, TEXT, NULL)                                                        \
	FIGURE(cpu, ANY, TEXT, "Processor")                                                        \
	FIGURE(cpus, NUMBER, COUNT, "Processors for us")                                           \
	FIGURE(virtual, TRUTH, TEXT, "Virtual machine")                                            \
	FIGURE(vendor, ANY, TEXT, "Vendor")                                                        \
	FIGURE(governor, ANY, TEXT, "Frequency governor")                                          \
	FIGURE(system, ANY, TEXT, "System")                                                        \
	FIGURE(kernel, ANY, TEXT, "Kernel")                                                        \
	FIGURE(architecture, ANY, TEXT, "Architecture")                                            \
	FIGURE(compiler, ANY, TEXT, "Compiler")                                                    \
	FIGURE(libtirpc, TEXT, TEXT, NULL)                                                         \
	FIGURE(verdict, ANY, TEXT, NULL)                                                           \
	FIGURE(answer, ANY, TEXT, NULL)                                                            \
	FIGURE(sentences, ANY, TEXT, NULL)                                                         \
	FIGURE(part, ANY, TEXT, NULL)                                                              \
	FIGURE(sentence, ANY, TEXT, NULL)                                                          \
	FIGURE(choices, ANY, TEXT, NULL)                                                           \
	FIGURE(choose, ANY, TEXT, NULL)                                                            \
	FIGURE(when, ANY, TEXT, NULL)                                                              \
	FIGURE(because, ANY, TEXT, NULL)                                                           \
	FIGURE(against, ANY, TEXT, NULL)                                                           \
	FIGURE(old_date, ANY, TEXT, NULL)                                                          \
	FIGURE(same_machine, ANY, TEXT, NULL)                                                      \
	FIGURE(same_length, ANY, TEXT, NULL)                                                       \
	FIGURE(only_old, ANY, TEXT, NULL)                                                          \
	FIGURE(only_new, ANY, TEXT, NULL)                                                          \
	FIGURE(tied, ANY, COUNT, NULL)                                                             \
	FIGURE(better, ANY, COUNT, NULL)                                                           \
	FIGURE(worse, ANY, COUNT, NULL)                                                            \
	FIGURE(gone, ANY, COUNT, NULL)                                                             \
	FIGURE(noisy, ANY, COUNT, NULL)                                                            \
	FIGURE(unjudged, ANY, COUNT, NULL)                                                         \
	FIGURE(figure, ANY, TEXT, NULL)                                                            \
	FIGURE(old, ANY, COUNT, NULL)                                                              \
	FIGURE(new, ANY, COUNT, NULL)                                                              \
	/* code: lines by job, of a way, an author, a file, a piece of one, a patch */             \
	FIGURE(code, OBJECT, TEXT, NULL)                                                           \
	NAMESAKE(libtirpc_counted, libtirpc, OBJECT, TEXT, NULL, .within = { &figures.code })      \
	FIGURE(counted_version, ANY, TEXT, NULL)                                                   \
	FIGURE(installed_version, ANY, TEXT, NULL)                                                 \
	FIGURE(ways, ROWS, TEXT, NULL)                                                             \
	FIGURE(shares, ROWS, TEXT, NULL)                                                           \
	FIGURE(files, ROWS, TEXT, NULL)                                                            \
	FIGURE(procedures, ROWS, TEXT, NULL)                                                       \
	FIGURE(pieces, ROWS, TEXT, NULL)                                                           \
	FIGURE(adding, OBJECT, TEXT, NULL)                                                         \
	FIGURE(rows, ROWS, TEXT, NULL)                                                             \
	FIGURE(way, TEXT, TEXT, NULL)                                                              \
	FIGURE(author, TEXT, TEXT, NULL)                                                           \
	FIGURE(file, TEXT, TEXT, NULL)                                                             \
	FIGURE(job, TEXT, TEXT, NULL)                                                              \
	FIGURE(text, TEXT, TEXT, NULL)                                                             \
	FIGURE(patch, TEXT, TEXT, NULL)                                                            \
	FIGURE(procedure, TEXT, TEXT, NULL)                                                        \
	FIGURE(added_lines, NUMBER, COUNT, NULL)                                                   \
	FIGURE(removed_lines, NUMBER, COUNT, NULL)                                                 \
	FIGURE(lines, OBJECT, TEXT, NULL, .members = KIND_NUMBER)                                  \
	NAMESAKE(line_count, lines, NUMBER, COUNT, NULL,                                           \
		 .within = { &figures.files, &figures.pieces })                                    \
	FIGURE(contract, ANY, COUNT, NULL)                                                         \
	FIGURE(packing, ANY, COUNT, NULL)                                                          \
	FIGURE(dispatch, ANY, COUNT, NULL)                                                         \
	FIGURE(stubs, ANY, COUNT, NULL)                                                            \
	FIGURE(framing, ANY, COUNT, NULL)                                                          \
	FIGURE(transport, ANY, COUNT, NULL)                                                        \
	FIGURE(registration, ANY, COUNT, NULL)                                                     \
	FIGURE(service, ANY, COUNT, NULL)                                                          \
	FIGURE(document, ANY, COUNT, NULL)                                                         \
	FIGURE(all, ANY, COUNT, NULL)                                                              \
	/* bytes: of a call at each endpoint, and the fields of one */                             \
	FIGURE(bytes, OBJECT, TEXT, NULL)                                                          \
	NAMESAKE(call_rows, calls, ROWS, TEXT, NULL, .within = { &figures.bytes })                 \
	NAMESAKE(endpoint_rows, endpoints, ROWS, TEXT, NULL, .within = { &figures.bytes })         \
	FIGURE(endpoints, OBJECT, TEXT, NULL)                                                      \
	FIGURE(payload_bytes, NUMBER, COUNT, "payload", LESS_BETTER(MARGIN_BYTES))                     \
	FIGURE(protocol_bytes, NUMBER, COUNT, "protocol", LESS_BETTER(MARGIN_BYTES))                   \
	FIGURE(framing_bytes, NUMBER, COUNT, "framing", LESS_BETTER(MARGIN_BYTES))                     \
	FIGURE(all_bytes, NUMBER, COUNT, "all", LESS_BETTER(MARGIN_BYTES))                             \
	FIGURE(discovery_bytes, NUMBER, COUNT, "discovery", LESS_BETTER(MARGIN_BYTES))                 \
	FIGURE(sent_bytes, NUMBER, COUNT, NULL, LESS_BETTER(MARGIN_BYTES))                             \
	FIGURE(received_bytes, NUMBER, COUNT, NULL, LESS_BETTER(MARGIN_BYTES))                         \
	FIGURE(annotated, ROWS, TEXT, NULL)                                                        \
	FIGURE(sent, ROWS, TEXT, NULL)                                                             \
	FIGURE(received, ROWS, TEXT, NULL)                                                         \
	FIGURE(offset, NUMBER, COUNT, NULL)                                                        \
	NAMESAKE(field_bytes, bytes, TEXT, TEXT, NULL,                                             \
		 .within = { &figures.sent, &figures.received })                                   \
	FIGURE(field, TEXT, TEXT, NULL)                                                            \
	FIGURE(value, ANY, TEXT, NULL)                                                             \
	/* time: of a call, of many, of layers */                                                  \
	FIGURE(time, OBJECT, TEXT, NULL)                                                           \
	FIGURE(prepare, ANY, TEXT, NULL)                                                           \
	FIGURE(rounds, NUMBER, COUNT, "Rounds of timing")                                          \
	FIGURE(latency, ROWS, TEXT, NULL)                                                          \
	FIGURE(percentiles, ROWS, TEXT, NULL)                                                      \
	FIGURE(throughput, ROWS, TEXT, NULL)                                                       \
	FIGURE(payload, ROWS, TEXT, NULL)                                                          \
	FIGURE(layers, ROWS, TEXT, NULL)                                                           \
	FIGURE(ladder, ROWS, TEXT, NULL)                                                           \
	FIGURE(system_calls, ROWS, TEXT, NULL)                                                     \
	FIGURE(p50_ns, NUMBER, MICROSECONDS, "p50", LESS_BETTER(MARGIN))                               \
	FIGURE(p90_ns, NUMBER, MICROSECONDS, "p90")                                                \
	FIGURE(p99_ns, NUMBER, MICROSECONDS, "p99")                                                \
	FIGURE(p999_ns, NUMBER, MICROSECONDS, "p99.9")                                             \
	FIGURE(most_ns, NUMBER, MICROSECONDS, "most")                                              \
	FIGURE(points, POINTS, TEXT, NULL)                                                         \
	FIGURE(calls, NUMBER, COUNT, NULL)                                                         \
	FIGURE(client_cpu_ns, NUMBER, MICROSECONDS, "client CPU")                                  \
	FIGURE(server_cpu_ns, NUMBER, MICROSECONDS, "server CPU")                                  \
	FIGURE(per_second, NUMBER, THOUSANDS, "thousand calls a second",                           \
	       .better = BETTER_MORE, .margin = MARGIN)                                            \
	FIGURE(cost_ns, NUMBER, NANOSECONDS, "cost", LESS_BETTER(MARGIN))                              \
	FIGURE(packed_bytes, NUMBER, COUNT, "bytes packed", LESS_BETTER(MARGIN_BYTES))                 \
	FIGURE(what, TEXT, TEXT, "what it is")                                                     \
	FIGURE(over, ANY, TEXT, "to")                                                              \
	FIGURE(order, TEXT, TEXT, "than below")                                                    \
	FIGURE(adds_ns, DIFFERENCE, MICROSECONDS, "adds")                                          \
	FIGURE(client_system_calls, NUMBER, COUNT, "by the client", LESS_BETTER(MARGIN_CALLS))         \
	FIGURE(server_system_calls, NUMBER, COUNT, "by the server", LESS_BETTER(MARGIN_CALLS))         \
	FIGURE(client_calls, TEXT, TEXT, "which, by the client")                                   \
	FIGURE(server_calls, TEXT, TEXT, "which, by the server")                                   \
	/* failures and evolution: what callers saw */                                             \
	FIGURE(failures, OBJECT, TEXT, NULL)                                                       \
	FIGURE(timeout_ns, NUMBER, MILLISECONDS, NULL)                                             \
	FIGURE(faults, ROWS, TEXT, NULL)                                                           \
	FIGURE(cells, ROWS, TEXT, NULL)                                                            \
	FIGURE(matrix, ROWS, TEXT, NULL, .members = KIND_TEXT)                                     \
	FIGURE(title, TEXT, TEXT, NULL)                                                            \
	FIGURE(how, TEXT, TEXT, NULL)                                                              \
	FIGURE(saw, OUTCOME, TEXT, NULL, .better = BETTER_OUTCOME)                                 \
	NAMESAKE(exit_code, code, NUMBER, COUNT, "exit code",                                      \
		 .within = { &figures.cells, &figures.answers })                                   \
	FIGURE(after_ns, NUMBER, MILLISECONDS, NULL)                                               \
	FIGURE(executed, NUMBER, COUNT, NULL, .better = BETTER_EXECUTED)                           \
	FIGURE(seen_by_bad_client, ANY, TEXT, NULL)                                                \
	FIGURE(said, TEXT, TEXT, "was told")                                                       \
	FIGURE(note, TEXT, TEXT, NULL)                                                             \
	FIGURE(runs, NUMBER, COUNT, NULL)                                                          \
	FIGURE(agreed, NUMBER, COUNT, NULL)                                                        \
	FIGURE(each_saw, OUTCOMES, TEXT, NULL)                                                     \
	FIGURE(each_executed, RUNS, TEXT, NULL)                                                    \
	FIGURE(each_after_ns, RUNS, TEXT, NULL)                                                    \
	FIGURE(evolution, OBJECT, TEXT, NULL)                                                      \
	FIGURE(changes, ROWS, TEXT, NULL)                                                          \
	FIGURE(client, TEXT, TEXT, NULL)                                                           \
	FIGURE(server, TEXT, TEXT, NULL)                                                           \
	FIGURE(one_end_new, ANY, TEXT, NULL)                                                       \
	FIGURE(answers, ROWS, TEXT, NULL)                                                          \
	FIGURE(low, NUMBER, COUNT, NULL)                                                           \
	FIGURE(high, NUMBER, COUNT, NULL)                                                          \
	FIGURE(learns, TEXT, TEXT, NULL)
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
