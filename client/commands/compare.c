/* sidecall compare: what an interface definition costs and what it buys, on this machine. */
#include "client/commands/compare.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "client/compare/part.h"
#include "client/compare/servers.h"

static bool never(void)
{
	return false;
}

/* Runs and prints one part after the other.  0 or the failure's code. */
static int run_parts(struct context *context, struct comparison *comparison)
{
	struct failure failure;

	for (int i = 0; parts[i]; i++) {
		json_t *part = parts[i]->run(comparison, &failure);

		if (!part)
			return failure_report(&failure, "compare");
		printf("%s\n\n", parts[i]->title);
		parts[i]->print(part, &context->out);
		json_decref(part);
	}
	return 0;
}

int command_compare(struct context *context, int count, char **words)
{
	struct servers servers;
	struct comparison comparison = { .timeout = context->client.timeout,
					 .servers = &servers,
					 .stopped = never };
	struct failure failure;
	int code;

	if (count > 1)
		return compare_endpoints(context, count - 1, words + 1);
	if (servers_open(&servers, NULL, &failure))
		return failure_report(&failure, "compare");
	/* The server of a pipe serves where it is started. */
	code = chdir(servers.root) < 0
		       ? failure_system(&failure, errno, "cannot use the servers' root")
		       : run_parts(context, &comparison);
	servers_close(&servers);
	return code;
}
