/* One call of a procedure of any contract: JSON goes in and comes out. */
#include "programs/sidecall/any_call.h"

#include <errno.h>
#include <stdio.h>

#include "client/failures.h"

static int set_wrong(int r, const char *wrong, struct failure *failure)
{
	if (r == -ENOMEM)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return failure_set(failure, FAILURE_DATA, "%s", wrong);
}

int any_call_prepare(struct any_call *call, const struct contracts *contracts,
		     const struct contract_found *found, const char *json, size_t length,
		     struct failure *failure)
{
	char wrong[VALUE_WRONG];
	int r;

	*call = (struct any_call){ .found = *found };
	any_procedure(&call->row, found->procedure->name, found->program->number,
		      found->version->number);
	call->arguments.any.number = found->procedure->number;
	r = value_from_json(found->procedure->arguments, json, length, &contracts->form,
			    &call->arguments.any.bytes, wrong);
	return r < 0 ? set_wrong(r, wrong, failure) : 0;
}

void any_call_release(struct any_call *call)
{
	buffer_release(&call->arguments.any.bytes);
}

static void report_left_over(const struct any_call *call, size_t used, size_t length)
{
	if (used < length)
		report_line("%s: %zu bytes came, and the contract's result takes %zu: %zu are left "
			    "over",
			    call->row.name, length, used, length - used);
}

int any_call_show(const struct any_call *call, const struct contracts *contracts,
		  const union procedure_result *result, struct failure *failure)
{
	const struct buffer *bytes = &result->any.bytes;
	struct buffer json = { 0 };
	char wrong[VALUE_WRONG];
	size_t used;
	int r = value_to_json(call->found.procedure->result, bytes->data, bytes->length,
			      &contracts->form, &json, &used, wrong);

	if (r == 0) {
		fwrite(json.data, 1, json.length, stdout);
		putchar('\n');
		report_left_over(call, used, bytes->length);
	} else {
		set_wrong(r, wrong, failure);
		failure_advise(failure,
			       "The call was executed; do both ends have the same contract?");
	}
	buffer_release(&json);
	return r ? (int)failure->code : 0;
}
