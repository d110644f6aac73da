/* The calls that a load makes in turn, of one procedure of any contract: their arguments as JSON.
 */
#ifndef SIDECALL_PROGRAMS_SIDECALL_TEMPLATES_H
#define SIDECALL_PROGRAMS_SIDECALL_TEMPLATES_H

#include "programs/sidecall/any_call.h"

struct load;

/* All zeroes at first. */
struct templates {
	const char *json; /* a value, @FILE or -; NULL: the procedure has no arguments */
	bool lines;       /* a value on each line */
	struct any_call *calls;
	void **later; /* the arguments of all but the first */
	unsigned int count;
};

/* Reads and packs them.  0, or the failure's code, after it was said what is wrong.  Release them
 * in any case. */
int templates_read(struct templates *templates, const struct contracts *contracts,
		   const char *command, const struct contract_found *found);
void templates_release(struct templates *templates);

/* Has a load make these calls, and look whether each reply decodes.  They live as long as it. */
void templates_put(const struct templates *templates, struct load *load);

#endif
