/*
 * make bench: what is promised of speed and memory, measured as ratios in one run.
 *
 * docs/performance.md defines each number.  All contestants have a turn in each round, so that
 * what else the machine does strikes all of them; a ratio is formed in each round, and its median
 * is what counts.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/special.h"

#define ROUNDS 9

#define LOAD(name, protocol, connections, depth)                                                   \
	{                                                                                          \
		name, protocol, "tcp", connections, depth, { -1, -1 }, 0.4, 0                      \
	}
/* One call at a time, both ends on one processor. */
#define SINGLE(protocol, transport)                                                                \
	{                                                                                          \
		protocol "+" transport, protocol, transport, 1, 1, { 0, 0 }, 0.15, 0               \
	}

/* clang-format off */
static const struct contestant contestants[] = {
	LOAD("rpc+tcp, 16 x 16",           "rpc",        16, 16),
	LOAD("rpc+tcp, 16 x 16, 1 worker", "single",     16, 16),
	LOAD("raw+tcp, 16 x 16, 1 worker", "single raw", 16, 16),
	LOAD("bare raw, 16 x 16",          "bare raw",   16, 16),
	LOAD("stock tcp, 16 x 16",         "stock",      16, 16),
	LOAD("rpc+tcp, 64 x 1",            "rpc",        64, 1),
	LOAD("rpc+tcp, 64 x 1, 1 worker",  "single",     64, 1),
	LOAD("stock tcp, 64 x 1",          "stock",      64, 1),
	LOAD("library, 16 x 16",           "library",    16, 16),
	LOAD("sidecall run, 16 x 16",      "run",        16, 16),
	LOAD("svc_run, 16 x 16",           "svc_run",    16, 16),
	SINGLE("tirpc", "tcp"), SINGLE("bare", "tcp"), SINGLE("many", "tcp"),
	SINGLE("floor", "tcp"),  SINGLE("raw", "tcp"),  SINGLE("rpc", "tcp"),
	SINGLE("floor", "udp"),  SINGLE("raw", "udp"),  SINGLE("rpc", "udp"),
	SINGLE("floor", "unix"), SINGLE("raw", "unix"), SINGLE("rpc", "unix"), SINGLE("many", "unix"),
	SINGLE("floor", "pipe"), SINGLE("raw", "pipe"), SINGLE("rpc", "pipe"), SINGLE("many", "pipe"),
	SINGLE("floor", "fifo"), SINGLE("raw", "fifo"), SINGLE("rpc", "fifo"),
	SINGLE("floor", "shm"),  SINGLE("raw", "shm"),  SINGLE("rpc", "shm"),
	{ "rpc+tcp, 32 KiB", "rpc", "tcp", 1, 1, { 0, 0 }, 0.15, 4096 },
	{ "raw+tcp, 32 KiB", "raw", "tcp", 1, 1, { 0, 0 }, 0.15, 4096 },
	{ "spin+shm, 2 CPUs", "spin", "shm", 1, 1, { 0, 1 }, 0.15, 0 },
	{ "rpc+shm, 2 CPUs",  "rpc",  "shm", 1, 1, { 0, 1 }, 0.15, 0 },
};
/* clang-format on */

#define COUNT ((int)(sizeof(contestants) / sizeof(contestants[0])))

static const char *const metric_names[METRICS] = { "throughput", "p50", "CPU" };

/* What is promised: a ratio of two contestants, or (without the second) a number. */
static const struct promise {
	enum metric metric;
	const char *first, *second;
	double bound;
	bool at_least;
} promises[] = {
	{ METRIC_RATE, "raw+tcp, 16 x 16, 1 worker", "bare raw, 16 x 16", 0.85, true },
	{ METRIC_RATE, "rpc+tcp, 16 x 16, 1 worker", "raw+tcp, 16 x 16, 1 worker", 0.85, true },
	{ METRIC_RATE, "rpc+tcp, 16 x 16, 1 worker", "stock tcp, 16 x 16", 8, true },
	{ METRIC_CPU, "rpc+tcp, 16 x 16, 1 worker", "stock tcp, 16 x 16", 0.125, false },
	{ METRIC_RATE, "rpc+tcp, 16 x 16", "rpc+tcp, 16 x 16, 1 worker", 0.95, true },
	{ METRIC_RATE, "rpc+tcp, 64 x 1", "rpc+tcp, 64 x 1, 1 worker", 0.95, true },
	{ METRIC_RATE, "rpc+tcp, 64 x 1", "stock tcp, 64 x 1", 1.1, true },
	{ METRIC_RATE, "library, 16 x 16", "rpc+tcp, 16 x 16, 1 worker", 0.95, true },
	{ METRIC_RATE, "sidecall run, 16 x 16", "svc_run, 16 x 16", 6, true },
	{ METRIC_P50, "rpc+tcp", "raw+tcp", 1.15, false },
	{ METRIC_P50, "rpc+udp", "raw+udp", 1.15, false },
	{ METRIC_P50, "rpc+unix", "raw+unix", 1.15, false },
	{ METRIC_P50, "rpc+pipe", "raw+pipe", 1.15, false },
	{ METRIC_P50, "rpc+fifo", "raw+fifo", 1.15, false },
	{ METRIC_P50, "rpc+shm", "raw+shm", 1.15, false },
	{ METRIC_P50, "rpc+tcp, 32 KiB", "raw+tcp, 32 KiB", 1.1, false },
	{ METRIC_P50, "rpc+tcp", "bare+tcp", 1.08, false },
	{ METRIC_P50, "raw+tcp", "floor+tcp", 1.25, false },
	{ METRIC_P50, "raw+udp", "floor+udp", 1.3, false },
	{ METRIC_P50, "raw+unix", "floor+unix", 1.3, false },
	{ METRIC_P50, "raw+pipe", "floor+pipe", 1.3, false },
	{ METRIC_P50, "raw+fifo", "floor+fifo", 1.3, false },
	{ METRIC_P50, "raw+shm", "floor+shm", 1.3, false },
	{ METRIC_P50, "rpc+tcp", "tirpc+tcp", 0.85, false },
	{ METRIC_P50, "rpc+shm, 2 CPUs", NULL, 1, false },
};

#define PROMISES ((int)(sizeof(promises) / sizeof(promises[0])))

static struct numbers numbers[COUNT][METRICS];

/* What all contestants that have a turn have in their names. */
static const char *only = "";

static bool is_wanted(const char *name)
{
	return strstr(name, only) != NULL;
}

static const struct numbers *numbers_of(const char *name, enum metric metric)
{
	for (int i = 0; i < COUNT; i++)
		if (strcmp(contestants[i].name, name) == 0)
			return &numbers[i][metric];
	abort(); /* the tables do not fit */
}

/* The ratios of the rounds, or the numbers themselves. */
static struct numbers ratios_of(const struct promise *promise)
{
	struct numbers ratios = *numbers_of(promise->first, promise->metric);

	for (int i = 0; promise->second && i < ratios.count; i++)
		ratios.value[i] /= numbers_of(promise->second, promise->metric)->value[i];
	return ratios;
}

static bool run_rounds(const struct servers *servers, int rounds)
{
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < COUNT; i++) {
			if (!is_wanted(contestants[i].name))
				continue;
			if (isatty(STDERR_FILENO))
				fprintf(stderr, "\rround %d of %d: %-24s", round + 1, rounds,
					contestants[i].name);
			if (!contestant_run(&contestants[i], servers, numbers[i]))
				return false;
		}
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%-48s\r", "");
	return true;
}

static bool print_promise(const struct promise *promise)
{
	struct numbers ratios = ratios_of(promise);
	struct spread spread = numbers_spread(&ratios);
	bool kept = promise->at_least ? spread.median >= promise->bound
				      : spread.median <= promise->bound;
	char what[80];

	snprintf(what, sizeof(what), "%s: %s%s%s", metric_names[promise->metric], promise->first,
		 promise->second ? " / " : " in us", promise->second ? promise->second : "");
	printf("%-64s %6.3f  (%.3f .. %.3f)  at %s %.3f  %s\n", what, spread.median, spread.least,
	       spread.most, promise->at_least ? "least" : "most ", promise->bound,
	       kept ? "kept" : "MISSED");
	return kept;
}

static void print_promises(int *kept, int *missed)
{
	for (const struct promise *promise = promises; promise < promises + PROMISES; promise++)
		if (is_wanted(promise->first) && (!promise->second || is_wanted(promise->second)))
			print_promise(promise) ? ++*kept : ++*missed;
}

/* A number that is not known is none. */
static void print_median(const struct numbers *of, int decimals)
{
	double median = numbers_spread(of).median;

	if (median < 0)
		printf(" %16s", "");
	else
		printf(" %16.*f", decimals, median);
}

static void print_numbers(void)
{
	printf("\n%-28s %16s %16s %16s\n", "the numbers, medians", "calls a second", "p50 in us",
	       "server CPU in us");
	for (int i = 0; i < COUNT; i++) {
		if (!is_wanted(contestants[i].name))
			continue;
		printf("%-28s", contestants[i].name);
		print_median(&numbers[i][METRIC_RATE], 0);
		print_median(&numbers[i][METRIC_P50], 2);
		print_median(&numbers[i][METRIC_CPU], 3);
		putchar('\n');
	}
}

/* Another program than sidecalld, which prints its endpoint. */
static bool start_other(struct daemon *server, const char *const argv[])
{
	char *end = server->endpoints[0];
	int in;

	server->pid = process_start(argv, &in, &server->out, &server->error);
	close(in);
	end[0] = '\0';
	while (end < server->endpoints[0] + sizeof(server->endpoints[0]) - 1 &&
	       read(server->out, end, 1) == 1 && *end != '\n')
		*++end = '\0';
	*end = '\0';
	server->count = 1;
	return server->endpoints[0][0];
}

static void stop_other(struct daemon *server)
{
	struct outcome outcome;

	if (!server->pid)
		return;
	kill(server->pid, SIGTERM);
	outcome = process_end(server->pid, server->out, server->error);
	outcome_release(&outcome);
}

static bool start_others(struct servers *servers)
{
	char adder[PATH_MAX], bare[PATH_MAX], sidecall[PATH_MAX];
	const char *const library[] = { adder, "library", NULL };
	const char *const svc_run[] = { adder, NULL };
	const char *const run[] = { sidecall, "run", "--", adder, NULL };
	const char *const bare_rpc[] = { bare, "rpc", NULL };
	const char *const bare_raw[] = { bare, "raw", NULL };

	snprintf(adder, sizeof(adder), "%s", program_path("bench/adder/adder"));
	snprintf(bare, sizeof(bare), "%s", program_path("bench/bare"));
	snprintf(sidecall, sizeof(sidecall), "%s", program_path("sidecall"));
	return start_other(&servers->library, library) && start_other(&servers->svc_run, svc_run) &&
	       start_other(&servers->run, run) && start_other(&servers->bare_rpc, bare_rpc) &&
	       start_other(&servers->bare_raw, bare_raw);
}

static bool start_servers(struct servers *servers)
{
	static const char *const stock[] = { "--stock", "--listen", "tirpc+tcp://127.0.0.1:0",
					     NULL };
	static const char *const single[] = { "--workers", "1",
					      "--listen",  "rpc+tcp://127.0.0.1:0",
					      "--listen",  "raw+tcp://127.0.0.1:0",
					      NULL };

	return daemon_start_everywhere(&servers->ours, NULL, NULL) &&
	       daemon_start(&servers->single, NULL, single) &&
	       daemon_start(&servers->stock, NULL, stock) && start_others(servers);
}

static void stop_servers(struct servers *servers)
{
	if (servers->ours.pid)
		daemon_stop(&servers->ours);
	if (servers->single.pid)
		daemon_stop(&servers->single);
	if (servers->stock.pid)
		daemon_stop(&servers->stock);
	stop_other(&servers->library);
	stop_other(&servers->svc_run);
	stop_other(&servers->run);
	stop_other(&servers->bare_rpc);
	stop_other(&servers->bare_raw);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS, kept = 0, missed = 0;
	struct servers servers = { 0 };
	bool done;

	if (rounds < 1 || rounds > CONTEST_MAX_ROUNDS) {
		fprintf(stderr, "usage: bench [ROUNDS [WORD]]\n");
		return 64;
	}
	if (access("/proc/self/statm", R_OK) < 0) {
		fprintf(stderr,
			"bench: there is no /proc, which says what servers use and where they "
			"run. As root: mount -t proc proc /proc\n");
		return 69;
	}
	if (argc > 2)
		only = argv[2];
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	done = start_servers(&servers) && run_rounds(&servers, rounds);
	stop_servers(&servers);
	if (!done)
		return 1;
	printf("%d rounds; the median of the rounds, and the extremes\n\n", rounds);
	print_promises(&kept, &missed);
	done = *only || special_run(&kept, &missed);
	print_numbers();
	printf("\n%d kept, %d missed\n", kept, missed);
	return done ? 0 : 1; /* a promise that is missed is a number, too */
}
