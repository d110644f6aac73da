/* One attack on a sidecalld that serves an honest client meanwhile, and what was seen of it. */
#ifndef SIDECALL_TESTS_KIT_ATTACK_RUN_H
#define SIDECALL_TESTS_KIT_ATTACK_RUN_H

#include "tests/kit/attacks.h"
#include "tests/kit/honest_client.h"

/* How the honest client fared: nanoseconds of its slowest call and its slowest page; and where. */
struct attack_run_calls {
	int64_t slowest, slowest_list;
	char at[ENDPOINT_MAX_TEXT + 32];
};

struct attack_run {
	/* Nanoseconds: that one call of the honest client may take; that it calls before the attack
	 * begins, as a control; and that the attack lasts, at least. */
	int64_t deadline, before, during;

	struct attack_run_calls control, attacked;
	char why[ENDPOINT_MAX_TEXT +
		 400];   /* what the honest client met that went wrong first, or "" */
	long growth;     /* of the server, KiB, at most */
	bool logged;     /* the log came to say what it has to, or has nothing to say */
	int descriptors; /* that the server has more than before, when all have gone */
	bool idle;       /* and then it has nothing to do */
	bool ended_well; /* the attacker only when it was told, and the server with status 0 */
};

/* Makes the attack on a server of its own, which shows `root` (attack_make_root()).  The attack
 * goes on until the log tells of it, too, but not for ever. */
void attack_run_make(struct attack_run *run, const struct attack *attack, const char *root);

#endif
