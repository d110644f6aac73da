/* The service, served without a daemon. */
#include "tests/kit/serving.h"

#include <stdio.h>
#include <stdlib.h>

void serving_open(struct serving *serving, const char *root, unsigned int calc_version)
{
	if (service_open(&serving->service, root) < 0) {
		fprintf(stderr, "cannot serve %s\n", root);
		abort();
	}
	serving->served = programs_serve(&serving->service, calc_version);
}

void serving_close(struct serving *serving)
{
	service_close(&serving->service);
}

int serving_answer(const struct served *served, const struct protocol *protocol,
		   const uint8_t *bytes, size_t length, struct buffer *reply, size_t limit)
{
	struct sidecall_svc_call call = { .served = served };

	return protocol->answer(&call, bytes, length, reply, limit);
}
