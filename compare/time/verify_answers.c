/* Answers are looked at before anything is timed: a server that is wrong gets no figures. */
#include "compare/time/verify_answers.h"

int verify_divide(struct client *client, struct failure *failure)
{
	calc_operands operands = { 84, 2 };
	union procedure_result result;
	int code = procedure_call(procedure_find("divide"), client, &operands, &result, failure);

	if (code)
		return code;
	if (result.number.status == CALC_OK && result.number.calc_result_u.value == 42)
		return 0;
	return failure_set(failure, FAILURE_BUG, "84 divided by 2 is answered wrong");
}

static int verify_summarize(struct client *client, struct failure *failure)
{
	int64_t numbers[] = { 40, 44, -42 };
	calc_values values = { 3, numbers };
	union procedure_result result;
	const calc_summary *summary = &result.summary.calc_summary_result_u.summary;
	int code = procedure_call(procedure_find("summarize"), client, &values, &result, failure);

	if (code)
		return code;
	if (result.summary.status == CALC_OK && summary->count == 3 && summary->sum == 42 &&
	    summary->minimum == -42 && summary->maximum == 44 && summary->mean == 14)
		return 0;
	return failure_set(failure, FAILURE_BUG, "the sum of 40, 44 and -42 is answered wrong");
}

bool verify_quotient(const void *arguments, const union procedure_result *result)
{
	const calc_operands *operands = arguments;

	return result->number.calc_result_u.value == operands->a / operands->b;
}

bool verify_sum(const void *arguments, const union procedure_result *result)
{
	const calc_values *values = arguments;
	const calc_summary *summary = &result->summary.calc_summary_result_u.summary;
	int64_t sum = 0;

	for (u_int i = 0; i < values->calc_values_len; i++)
		sum += values->calc_values_val[i];
	return summary->count == values->calc_values_len && summary->sum == sum;
}

int verify_all(const struct servers *servers, int64_t timeout, struct failure *failure)
{
	int code = 0;

	for (int i = 0; code == 0 && i < servers->count; i++) {
		const struct endpoint *endpoint = &servers->endpoints[i];
		struct client client;

		client_init(&client, endpoint, timeout);
		code = verify_divide(&client, failure);
		if (code == 0)
			code = verify_summarize(&client, failure);
		client_release(&client);
		if (code)
			failure_append(failure, " (%s+%s)",
				       endpoint_protocol_name(endpoint->protocol),
				       endpoint_transport_name(endpoint->transport));
	}
	return code;
}
