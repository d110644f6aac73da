/* What is promised beyond calls and their times: whole commands, memory, and work beside work. */
#include "bench/special.h"

#include <endian.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/contest.h"
#include "common/depth.h"
#include "measure/load.h"

#define LIST_ROUNDS  5
#define TREE         "/usr"
#define FIELDS       "%M %n %u %g %s %t %p %l\\n"
#define CONNECTIONS  4000
#define HYPERS       4096
#define HYPER_ROUNDS 31
#define HYPER_TIMES  500 /* arrays a round */
#define DIGESTS      4
#define DIGEST_SIZE  ((off_t)6 << 30) /* bytes, of a sparse file */
#define DIGEST_TIME  3.0              /* seconds that calls are made beside them */
#define DIGEST_CALLS 500              /* of them a second */

static void print(const char *what, const struct numbers *numbers, double bound, int *kept,
		  int *missed)
{
	struct spread spread = numbers_spread(numbers);

	printf("%-60s %6.2f  (%.2f .. %.2f)  at most  %.2f  %s\n", what, spread.median,
	       spread.least, spread.most, bound, spread.median <= bound ? "kept" : "MISSED");
	++*(spread.median <= bound ? kept : missed);
}

/* No number, which is no promise kept either. */
static bool fail(const char *what, const char *why, int *missed)
{
	printf("%-60s %s\n", what, why);
	++*missed;
	return false;
}

#define NOT_HERE "cannot be measured here"

/* ---- a tree with attributes, against find ---- */

static pid_t start_silent(const char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	return pid;
}

/* Seconds that a program takes, its output thrown away; negative when it fails. */
static double time_of(const char *const argv[])
{
	int64_t start = clock_now();
	pid_t pid = start_silent(argv);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		return -1;
	return (double)(clock_now() - start) / 1e9;
}

static bool list_and_find(const char *endpoint, struct numbers *ratios)
{
	const char *const find[] = { "find", TREE, "-printf", FIELDS, NULL };
	char program[512];
	const char *const list[] = { program, "--via", endpoint, "list", "-R", "-l", NULL };

	snprintf(program, sizeof(program), "%s", program_path("sidecall"));
	time_of(find); /* so that the cache is warm, and the server's too */
	for (int i = 0; i < LIST_ROUNDS; i++) {
		double ours = time_of(list), theirs = time_of(find);

		if (ours < 0 || theirs < 0)
			return false;
		ratios->value[ratios->count++] = ours / theirs;
	}
	return true;
}

static bool run_list(int *kept, int *missed)
{
	static const char *const options[] = { "--listen", "rpc+unix", "--listen",
					       "rpc+tcp://127.0.0.1:0", NULL };
	static const char *const names[] = { "rpc+unix", "rpc+tcp" };
	struct daemon daemon;
	bool done = true;

	if (!daemon_start(&daemon, TREE, options))
		return fail("time: list -R -l of " TREE, NOT_HERE, missed);
	for (int i = 0; i < 2; i++) {
		struct numbers ratios = { .count = 0 };
		char what[80];

		snprintf(what, sizeof(what), "time: list -R -l of " TREE ", %s / find", names[i]);
		if (list_and_find(daemon_endpoint(&daemon, names[i]), &ratios)) {
			print(what, &ratios, 1.0, kept, missed);
		} else {
			done = fail(what, "failed", missed);
		}
	}
	daemon_stop(&daemon);
	return done;
}

/* ---- memory of idle connections ---- */

/* Resident bytes of a process, or -1. */
static double resident(pid_t pid)
{
	char path[32];
	long total, pages = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%ld %ld", &total, &pages) != 2)
		pages = -1;
	if (file)
		fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Connects, makes one call, and lets the connection be. */
static int open_idle(struct client *client, const struct endpoint *endpoint)
{
	calc_operands operands = { 40, 2 };
	union procedure_result result;
	struct failure failure;

	client_init(client, endpoint, INT64_C(5000000000));
	return procedure_call(procedure_find("add"), client, &operands, &result, &failure);
}

static bool run_idle(int *kept, int *missed)
{
	static const char *const options[] = {
		"--listen", "rpc+tcp://127.0.0.1:0", "--max-connections",
		"10000",    "--max-per-address",     "10000",
		NULL
	};
	const struct rlimit many = { CONNECTIONS + 1000, CONNECTIONS + 1000 };
	struct client *clients = calloc(CONNECTIONS, sizeof(*clients));
	struct numbers each = { .count = 1 };
	struct endpoint endpoint;
	struct daemon daemon;
	int opened = 0;
	double before;

	if (!clients || setrlimit(RLIMIT_NOFILE, &many) < 0 ||
	    !daemon_start(&daemon, NULL, options)) {
		free(clients);
		return fail("memory of idle connections", NOT_HERE, missed);
	}
	endpoint_parse(&endpoint, daemon.endpoints[0]);
	while (opened < 100 && open_idle(&clients[opened], &endpoint) == 0)
		opened++; /* what the server needs once is there now */
	before = resident(daemon.pid);
	while (opened < CONNECTIONS && open_idle(&clients[opened], &endpoint) == 0)
		opened++;
	each.value[0] = (resident(daemon.pid) - before) / (opened - 100) / 1024;
	if (opened == CONNECTIONS) {
		print("KiB of memory an idle TCP connection", &each, 2.0, kept, missed);
	} else {
		fail("memory of idle connections", "not all could be opened", missed);
	}
	for (int i = 0; i < opened; i++)
		client_release(&clients[i]);
	free(clients);
	daemon_stop(&daemon);
	return opened == CONNECTIONS;
}

/* ---- calls beside long digests ---- */

/* The slowest of the calls that are due, in milliseconds; negative when one failed. */
static double slowest_add(const struct endpoint *endpoint)
{
	static struct load_result result;
	calc_operands operands = { 40, 2 };
	struct load load = { .endpoint = *endpoint,
			     .procedure = procedure_find("add"),
			     .arguments = &operands,
			     .connections = 1,
			     .depth = 1,
			     .duration = (int64_t)(DIGEST_TIME * 1e9),
			     .rate = DIGEST_CALLS,
			     .timeout = INT64_C(5000000000),
			     .pin = { -1, -1 } };
	struct failure failure;

	if (load_run(&load, &result, &failure) || result.errors)
		return -1;
	return (double)result.latency.most / 1e6;
}

static void make_large(const struct daemon *daemon, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", daemon->root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, DIGEST_SIZE) < 0)
		perror(path);
	close(fd);
}

/* Whether each is still at work: a call was beside them only then.  Who has ended is reaped, and
 * its place is 0. */
static bool are_running(pid_t *pids, int count)
{
	bool all = true;

	for (int i = 0; i < count; i++) {
		if (pids[i] > 0 && waitpid(pids[i], NULL, WNOHANG) == 0)
			continue;
		pids[i] = 0;
		all = false;
	}
	return all;
}

static bool run_digests(int *kept, int *missed)
{
	static const char *const options[] = { "--listen", "rpc+tcp://127.0.0.1:0", NULL };
	static const char *const names[DIGESTS] = { "one", "two", "three", "four" };
	struct numbers slowest = { .count = 1 };
	pid_t pids[DIGESTS];
	char program[512];
	struct endpoint endpoint;
	struct daemon daemon;
	bool done;

	if (!daemon_start(&daemon, NULL, options))
		return fail("an add beside digests", NOT_HERE, missed);
	snprintf(program, sizeof(program), "%s", program_path("sidecall"));
	endpoint_parse(&endpoint, daemon.endpoints[0]);
	for (int i = 0; i < DIGESTS; i++) {
		const char *const argv[] = { program,     "--via", daemon.endpoints[0],
					     "--timeout", "60",    "digest",
					     names[i],    NULL };

		make_large(&daemon, names[i]);
		pids[i] = start_silent(argv);
	}
	usleep(300000); /* all of them are being read by then */
	slowest.value[0] = slowest_add(&endpoint);
	done = slowest.value[0] >= 0 && are_running(pids, DIGESTS);
	if (done)
		print("ms, the slowest add beside 4 digests of 6 GiB", &slowest, 20, kept, missed);
	else
		fail("an add beside digests", "failed, or a digest ended before", missed);
	for (int i = 0; i < DIGESTS; i++) {
		if (pids[i] <= 0)
			continue;
		kill(pids[i], SIGTERM);
		waitpid(pids[i], NULL, 0);
	}
	daemon_stop(&daemon);
	return done;
}

/* ---- an array, against a loop ---- */

/* The least that decoding an array is: memory for it, and its bytes turned around. */
static quad_t *swap_all(const uint8_t *bytes)
{
	quad_t *values = malloc(HYPERS * sizeof(*values));

	for (size_t i = 0; values && i < HYPERS; i++) {
		uint64_t value;

		memcpy(&value, bytes + 8 * i, sizeof(value));
		values[i] = (quad_t)be64toh(value);
	}
	return values;
}

static quad_t *decode_all(const uint8_t *bytes)
{
	calc_values values = { 0 };
	struct depth depth;
	XDR stream;

	depth_decode(&depth, &stream, bytes, 4 + 8 * HYPERS);
	return xdr_calc_values(&stream, &values) ? values.calc_values_val : NULL;
}

/* Seconds of many of them; negative when one was wrong. */
static double time_arrays(quad_t *(*decode)(const uint8_t *bytes), const uint8_t *bytes)
{
	int64_t start = clock_now();
	bool right = true;

	for (int i = 0; i < HYPER_TIMES; i++) {
		quad_t *values = decode(bytes);

		right = right && values && values[HYPERS - 1] == HYPERS - 1;
		free(values);
	}
	return right ? (double)(clock_now() - start) / 1e9 : -1;
}

static bool run_array(int *kept, int *missed)
{
	static const char what[] = "time: XDR of 4,096 hypers, decoded / a loop of byte swaps";
	static uint8_t bytes[4 + 8 * HYPERS];
	struct numbers ratios = { .count = 0 };
	const uint32_t count = htobe32(HYPERS);

	memcpy(bytes, &count, sizeof(count));
	for (uint64_t i = 0; i < HYPERS; i++) {
		uint64_t value = htobe64(i);

		memcpy(bytes + 4 + 8 * i, &value, sizeof(value));
	}
	while (ratios.count < HYPER_ROUNDS) {
		double loop = time_arrays(swap_all, bytes + 4);
		double xdr = time_arrays(decode_all, bytes);

		if (loop < 0 || xdr < 0)
			return fail(what, "failed", missed);
		ratios.value[ratios.count++] = xdr / loop;
	}
	print(what, &ratios, 1.5, kept, missed);
	return true;
}

bool special_run(int *kept, int *missed)
{
	bool array = run_array(kept, missed);
	bool list = run_list(kept, missed), idle = run_idle(kept, missed);

	return run_digests(kept, missed) && array && list && idle;
}
