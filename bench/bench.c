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

#define LATENCY(protocol, transport)                                                               \
	{                                                                                          \
		protocol "+" transport, protocol, transport, 1, 1, { 0, 0 }, 0.15, true            \
	}

/* clang-format off */
static const struct contestant contestants[] = {
	{ "rpc+tcp, 16 x 16",   "rpc",   "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "raw+tcp, 16 x 16",   "raw",   "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "stock tcp, 16 x 16", "stock", "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "rpc+tcp, 64 x 1",    "rpc",   "tcp", 64, 1,  { -1, -1 }, 0.4, false },
	{ "stock tcp, 64 x 1",  "stock", "tcp", 64, 1,  { -1, -1 }, 0.4, false },
	{ "rpc+tcp, 64 x 1, 1 worker", "single", "tcp", 64, 1, { -1, -1 }, 0.4, false },
	{ "rpc+tcp, 16 x 16, 1 worker", "single", "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "library, 16 x 16",   "library", "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "svc_run, 16 x 16",   "svc_run", "tcp", 16, 16, { -1, -1 }, 0.4, false },
	{ "sidecall run, 16 x 16", "run",  "tcp", 16, 16, { -1, -1 }, 0.4, false },
	LATENCY("tirpc", "tcp"),
	LATENCY("floor", "tcp"),  LATENCY("raw", "tcp"),  LATENCY("rpc", "tcp"),
	LATENCY("floor", "udp"),  LATENCY("raw", "udp"),  LATENCY("rpc", "udp"),
	LATENCY("floor", "unix"), LATENCY("raw", "unix"), LATENCY("rpc", "unix"),
	LATENCY("floor", "pipe"), LATENCY("raw", "pipe"), LATENCY("rpc", "pipe"),
	LATENCY("many", "tcp"), LATENCY("many", "unix"), LATENCY("many", "pipe"),
	LATENCY("floor", "fifo"), LATENCY("raw", "fifo"), LATENCY("rpc", "fifo"),
	LATENCY("floor", "shm"),  LATENCY("raw", "shm"),  LATENCY("rpc", "shm"),
	{ "spin+shm, 2 CPUs", "spin", "shm", 1, 1, { 0, 1 }, 0.15, true },
	{ "rpc+shm, 2 CPUs",  "rpc",  "shm", 1, 1, { 0, 1 }, 0.15, true },
};
/* clang-format on */

#define COUNT ((int)(sizeof(contestants) / sizeof(contestants[0])))

/* What is promised: a ratio of two contestants, or (without the second) a number. */
static const struct promise {
	const char *what, *first, *second;
	double bound;
	bool at_least;
} promises[] = {
	{ "throughput", "rpc+tcp, 16 x 16", "stock tcp, 16 x 16", 7, true },
	{ "throughput", "rpc+tcp, 16 x 16", "raw+tcp, 16 x 16", 0.8, true },
	{ "throughput", "rpc+tcp, 64 x 1", "stock tcp, 64 x 1", 1.1, true },
	{ "throughput", "rpc+tcp, 64 x 1, 1 worker", "stock tcp, 64 x 1", 1.1, true },
	{ "throughput", "library, 16 x 16", "rpc+tcp, 16 x 16, 1 worker", 0.95, true },
	{ "throughput", "sidecall run, 16 x 16", "svc_run, 16 x 16", 6, true },
	{ "p50", "rpc+tcp", "raw+tcp", 1.15, false },
	{ "p50", "rpc+udp", "raw+udp", 1.15, false },
	{ "p50", "rpc+unix", "raw+unix", 1.15, false },
	{ "p50", "rpc+pipe", "raw+pipe", 1.15, false },
	{ "p50", "rpc+fifo", "raw+fifo", 1.15, false },
	{ "p50", "rpc+shm", "raw+shm", 1.15, false },
	{ "p50", "raw+tcp", "floor+tcp", 1.25, false },
	{ "p50", "raw+udp", "floor+udp", 1.25, false },
	{ "p50", "raw+unix", "floor+unix", 1.25, false },
	{ "p50", "raw+pipe", "floor+pipe", 1.25, false },
	{ "p50", "raw+fifo", "floor+fifo", 1.25, false },
	{ "p50", "raw+shm", "floor+shm", 1.25, false },
	{ "p50", "rpc+tcp", "tirpc+tcp", 0.85, false },
	{ "p50 in us", "rpc+shm, 2 CPUs", NULL, 1, false },
};

#define PROMISES ((int)(sizeof(promises) / sizeof(promises[0])))

static struct numbers numbers[COUNT];

static const struct numbers *numbers_of(const char *name)
{
	for (int i = 0; i < COUNT; i++)
		if (strcmp(contestants[i].name, name) == 0)
			return &numbers[i];
	abort(); /* the tables do not fit */
}

/* The ratios of the rounds, or the numbers themselves. */
static struct numbers ratios_of(const struct promise *promise)
{
	struct numbers ratios = *numbers_of(promise->first);

	for (int i = 0; promise->second && i < ratios.count; i++)
		ratios.value[i] /= numbers_of(promise->second)->value[i];
	return ratios;
}

static bool run_rounds(const struct servers *servers, int rounds)
{
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < COUNT; i++) {
			if (isatty(STDERR_FILENO))
				fprintf(stderr, "\rround %d of %d: %-24s", round + 1, rounds,
					contestants[i].name);
			if (!contestant_run(&contestants[i], servers, &numbers[i]))
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

	snprintf(what, sizeof(what), "%s: %s%s%s", promise->what, promise->first,
		 promise->second ? " / " : "", promise->second ? promise->second : "");
	printf("%-60s %6.2f  (%.2f .. %.2f)  at %s %.2f  %s\n", what, spread.median, spread.least,
	       spread.most, promise->at_least ? "least" : "most ", promise->bound,
	       kept ? "kept" : "MISSED");
	return kept;
}

static void print_numbers(void)
{
	printf("\n%-24s %12s %12s %12s\n", "the numbers", "median", "least", "most");
	for (int i = 0; i < COUNT; i++) {
		struct spread spread = numbers_spread(&numbers[i]);
		bool median = contestants[i].median;

		printf("%-28s %12.*f %12.*f %12.*f  %s\n", contestants[i].name, median ? 2 : 0,
		       spread.median, median ? 2 : 0, spread.least, median ? 2 : 0, spread.most,
		       median ? "us, p50" : "calls a second");
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
	char adder[PATH_MAX], sidecall[PATH_MAX];
	const char *const library[] = { adder, "library", NULL };
	const char *const svc_run[] = { adder, NULL };
	const char *const run[] = { sidecall, "run", "--", adder, NULL };

	snprintf(adder, sizeof(adder), "%s", program_path("bench/adder/adder"));
	snprintf(sidecall, sizeof(sidecall), "%s", program_path("sidecall"));
	return start_other(&servers->library, library) && start_other(&servers->svc_run, svc_run) &&
	       start_other(&servers->run, run);
}

static bool start_servers(struct servers *servers)
{
	static const char *const stock[] = { "--stock", "--listen", "tirpc+tcp://127.0.0.1:0",
					     NULL };
	static const char *const single[] = { "--workers", "1", "--listen", "rpc+tcp://127.0.0.1:0",
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
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS, kept = 0, missed = 0;
	struct servers servers = { 0 };
	bool done;

	if (rounds < 1 || rounds > CONTEST_MAX_ROUNDS) {
		fprintf(stderr, "usage: bench [ROUNDS]\n");
		return 64;
	}
	if (access("/proc/self/statm", R_OK) < 0) {
		fprintf(stderr,
			"bench: there is no /proc, which says what servers use and where they "
			"run. As root: mount -t proc proc /proc\n");
		return 69;
	}
	setenv("SIDECALLD", program_path("sidecalld"), 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	done = start_servers(&servers) && run_rounds(&servers, rounds);
	stop_servers(&servers);
	if (!done)
		return 1;
	printf("%d rounds; the median of the rounds, and the extremes\n\n", rounds);
	for (int i = 0; i < PROMISES; i++)
		print_promise(&promises[i]) ? kept++ : missed++;
	done = special_run(&kept, &missed);
	print_numbers();
	printf("\n%d kept, %d missed\n", kept, missed);
	return done ? 0 : 1; /* a promise that is missed is a number, too */
}
