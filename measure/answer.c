/* What the call of a load is answered: every time the same. */
#include "measure/answer.h"

#include "client/failures.h"

#include <string.h>

/* Whether the same call may be answered otherwise later.  All results that may not are numbers. */
static bool varies(const struct procedure *procedure)
{
	return procedure->program != CALC_PROG || procedure->result == &result_any ||
	       strcmp(procedure->name, "accumulate") == 0;
}

static int answered_wrong(const struct answer *answer, struct failure *failure)
{
	if (answer->procedure->result == &result_any)
		return failure_set(failure, FAILURE_DATA,
				   "the reply of %s does not decode by the contract",
				   answer->procedure->name);
	return failure_set(failure, FAILURE_BUG, "%s is answered wrong", answer->procedure->name);
}

/* 0, or FAILURE_BUG. */
static int check_first(struct answer *answer, const union procedure_result *result,
		       struct failure *failure)
{
	if (answer->right && !answer->right(answer->arguments, result))
		return answered_wrong(answer, failure);
	answer->first = *result;
	answer->known = true;
	return 0;
}

int answer_check(struct answer *answer, const union procedure_result *result,
		 struct failure *failure)
{
	const struct procedure *procedure = answer->procedure;
	const char *why = result_failed(procedure->result, result);

	if (why)
		return failure_set(failure, FAILURE_SERVICE, "the service answers: %s", why);
	if (!answer->known)
		return check_first(answer, result, failure);
	/* Of any contract's result it is known that it decodes, each time. */
	if (procedure->result == &result_any && answer->right &&
	    !answer->right(answer->arguments, result))
		return answered_wrong(answer, failure);
	/* Results are cleared before they are filled, so this compares no chance bytes. */
	if (varies(procedure) ||
	    memcmp(result, &answer->first, sizeof(*result)) == 0) /* NOLINT(bugprone-*) */
		return 0;
	return failure_set(failure, FAILURE_BUG, "%s is answered otherwise than before",
			   procedure->name);
}
