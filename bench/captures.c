/*
 * What it takes to read a capture of 100 MB: `sidecall decode`, and tshark with our dissector,
 * beside tshark alone.
 *
 * The capture has exchanges of every sample, in one connection each of rpc and raw.  Rounds take
 * turns, and the ratio is that of the medians.  Ends with 1 when one of ours takes more than 3
 * times as long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/kit/capture.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"

#define SIZE    (100L << 20) /* bytes */
#define ROUNDS  3
#define PROMISE 3.0
#define LIMIT   1800 /* seconds */

static char directory[] = "/tmp/sidecall-bench-XXXXXX";

/* ---- the capture ---- */

static void add(struct capture_file *capture, const struct buffer *wire, bool call, bool rpc,
		uint32_t sequence[2][2])
{
	const uint16_t server = rpc ? 40111 : 7117;
	const struct capture_packet packet = { .tcp = true,
					       .from = call ? 50000 : server,
					       .to = call ? server : 50000,
					       .sequence = sequence[rpc][call],
					       .bytes = wire->data,
					       .length = wire->length,
					       .acknowledged = sequence[rpc][!call] };

	capture_add(capture, &packet);
	sequence[rpc][call] += (uint32_t)wire->length;
}

static void write_capture(const char *path)
{
	uint32_t sequence[2][2] = { { 1, 1 }, { 1, 1 } }, id = 0;
	struct capture_file capture;
	struct buffer wire = { 0 };
	FILE *file = fopen(path, "w");

	capture_begin(&capture, file, false);
	while (ftell(file) < SIZE)
		for (const struct sample *s = samples; s->procedure; s++, id++) {
			const bool rpc = id & 1;

			wire.length = 0;
			sample_call(s, rpc, true, id, &wire);
			add(&capture, &wire, true, rpc, sequence);
			wire.length = 0;
			sample_reply(s, rpc, true, id, s->result, &wire);
			add(&capture, &wire, false, rpc, sequence);
		}
	fclose(file);
	chmod(path, 0644);
	printf("%ld MB, %u packets\n", SIZE >> 20, capture.packets);
	buffer_release(&wire);
}

/* ---- the contestants ---- */

#define TSHARK                                                                                     \
	"cd %1$s && HOME=%1$s WIRESHARK_CONFIG_DIR=%1$s setpriv --reuid=65534 --regid=65534 "      \
	"--clear-groups tshark -n -o tcp.desegment_tcp_streams:FALSE -r capture "

static const struct {
	const char *name, *command;
} contestants[] = {
	{ "tshark alone", TSHARK },
	{ "sidecall decode", "%2$s decode %1$s/capture" },
	{ "tshark with the dissector", TSHARK "-X lua_script:sidecall.lua" },
};
#define CONTESTANTS (sizeof(contestants) / sizeof(contestants[0]))

/* Seconds, or less than 0. */
static double run(const char *command)
{
	char format[1024], whole[2048];
	const char *const argv[] = { "/bin/sh", "-c", whole, NULL };
	struct timespec began, ended;
	struct outcome outcome;
	int status;

	snprintf(format, sizeof(format), "(%s) >/dev/null", command);
	snprintf(whole, sizeof(whole), format, directory, program_path("sidecall"));
	clock_gettime(CLOCK_MONOTONIC, &began);
	outcome = process_run_within(argv, NULL, LIMIT);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	status = outcome.status;
	if (status)
		fputs(outcome.error, stderr);
	outcome_release(&outcome);
	return status ? -1
		      : (double)(ended.tv_sec - began.tv_sec) +
				(double)(ended.tv_nsec - began.tv_nsec) / 1e9;
}

static int compare(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static void show(double times[CONTESTANTS][ROUNDS])
{
	for (size_t i = 0; i < CONTESTANTS; i++) {
		double ratio;

		qsort(times[i], ROUNDS, sizeof(double), compare);
		ratio = times[i][ROUNDS / 2] / times[0][ROUNDS / 2];
		printf("%-26s %7.2f s  %5.2f\n", contestants[i].name, times[i][ROUNDS / 2], ratio);
		CHECK_THAT(ratio <= PROMISE, "%s takes too long", contestants[i].name);
	}
}

static void race(void)
{
	char path[sizeof(directory) + 16];
	double times[CONTESTANTS][ROUNDS];

	snprintf(path, sizeof(path), "%s/capture", directory);
	write_capture(path);
	CU_ASSERT_FATAL(run("%2$s dissector >%1$s/sidecall.lua") >= 0);
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < CONTESTANTS; i++) {
			times[i][round] = run(contestants[i].command);
			CU_ASSERT_FATAL(times[i][round] >= 0);
		}
	show(times);
}

int main(void)
{
	static const struct test tests[] = { { "a capture of 100 MB", race }, { 0 } };
	int status;

	if (!harness_directory(directory) || chmod(directory, 0755) < 0)
		return EXIT_FAILURE;
	status = harness_run("captures", tests);
	remove_tree(directory);
	return status;
}
