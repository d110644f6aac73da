/* The service, served without a daemon. */
#ifndef SIDECALL_TESTS_KIT_SERVING_H
#define SIDECALL_TESTS_KIT_SERVING_H

#include "server/programs.h"

struct serving {
	struct service service;
	struct served served;
};

/* Serves files below `root`, which must be there, and the calculator in this version alone, or in
 * all (0). */
void serving_open(struct serving *serving, const char *root, unsigned int calc_version);
void serving_close(struct serving *serving);

/* Has a protocol answer a call, which may wait (server/runtime/protocol.h). */
int serving_answer(const struct served *served, const struct protocol *protocol,
		   const uint8_t *bytes, size_t length, struct buffer *reply, size_t limit);

#endif
