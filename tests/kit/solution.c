/* The servers of examples/servers/, which are shown to learners: built, started and ended. */
#include "tests/kit/solution.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* Nothing of what ours sets is handed on. */
bool solution_build(const char *source, const char *target, const char *name)
{
	static const char script[] =
		"unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS\n"
		"make -s -C \"$1\" OUT=\"$2\" CFLAGS='-O0 -Wall -Wextra -Werror' \"$3\"\n";
	char goal[256];
	const char *const argv[] = { "/bin/sh", "-c", script, "sh", source, target, goal, NULL };
	struct outcome outcome;
	bool built;

	if (strcmp(name, "all") == 0)
		snprintf(goal, sizeof(goal), "all");
	else
		snprintf(goal, sizeof(goal), "%s/%s", target, name);
	outcome = process_run_within(argv, NULL, 3 * PROCESS_TIME);
	built = outcome.status == 0;
	if (!built)
		printf("%s%s", outcome.out, outcome.error);
	outcome_release(&outcome);
	return built;
}

bool solution_has_python(void)
{
	const char *const argv[] = { "/usr/bin/env", "python3", "-c", "", NULL };
	struct outcome outcome = process_run(argv, NULL);
	bool there = outcome.status == 0;

	outcome_release(&outcome);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	if (!there)
		harness_skip("there is no python3");
	return there;
}

bool solution_start(struct solution *solution, const char *const argv[])
{
	char *endpoint = solution->endpoint;
	const int64_t deadline = clock_now() + HARNESS_PATIENCE * INT64_C(1000000000);
	size_t length = 0;
	int in;

	solution->pid = process_start(argv, &in, &solution->out, &solution->error);
	close(in);
	while (length < sizeof(solution->endpoint) - 1 &&
	       clock_wait(solution->out, POLLIN, deadline) == 0 &&
	       read(solution->out, endpoint + length, 1) == 1 && endpoint[length] != '\n')
		length++;
	endpoint[length] = '\0';
	return length > 0;
}

int solution_stop(struct solution *solution, char **said)
{
	struct outcome outcome;

	kill(solution->pid, SIGTERM);
	outcome = process_end(solution->pid, solution->out, solution->error);
	free(outcome.out);
	*said = outcome.error;
	return outcome.status;
}
