/* A server that misbehaves behind a pipe: this very program, started by the client under test. */
#include "tests/kit/fake.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEHAVIOUR "SIDECALL_TEST_BEHAVIOUR" /* in the environment: a number */

void fake_behind_pipe(enum fake_behaviour behaviour)
{
	char path[PATH_MAX] = "", number[16];

	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		abort();
	snprintf(number, sizeof(number), "%d", (int)behaviour);
	setenv("SIDECALLD", path, 1);
	setenv(BEHAVIOUR, number, 1);
}

int fake_main(int argc, char **argv)
{
	const char *behaviour = getenv(BEHAVIOUR);
	struct endpoint endpoint = { .transport = ENDPOINT_PIPE };
	struct wire wire;

	if (argc != 3 || strcmp(argv[1], "--stdio") != 0 || !behaviour)
		return EXIT_FAILURE;
	endpoint.protocol = strcmp(argv[2], "raw") == 0 ? ENDPOINT_RAW : ENDPOINT_RPC;
	if (wire_accept(&wire, &endpoint, -1))
		fake_serve(&wire, (enum fake_behaviour)atoi(behaviour));
	return EXIT_SUCCESS;
}
