/*
 * The calculator of idl/calc.x, by rpcgen: what is left to write are the procedures.  Headers,
 * sockets, where a message ends and what is refused are in what rpcgen writes, and in libtirpc.
 *
 * It computes by ../c/calc.c and ../c/expression.c, which know no messages.
 */
#include "calc.h" /* rpcgen's */

#include <stdint.h>
#include <stdlib.h>

calc_status calc_add(int64_t a, int64_t b, int64_t *result);
calc_status calc_subtract(int64_t a, int64_t b, int64_t *result);
calc_status calc_multiply(int64_t a, int64_t b, int64_t *result);
calc_status calc_divide(int64_t a, int64_t b, int64_t *result);
calc_status calc_evaluate(const char *text, double *value, uint32_t *position);
calc_status calc_summarize(const int64_t *values, uint32_t count, struct calc_summary *summary);
calc_status calc_accumulate(const char *name, int64_t amount, int64_t *total);

/* A procedure returns a pointer to its result, so that is static: it has to last until it was sent.
 */
static calc_result *compute(calc_status (*function)(int64_t a, int64_t b, int64_t *result),
			    const calc_operands *operands)
{
	static calc_result result;
	int64_t value = 0;

	result.status = function(operands->a, operands->b, &value);
	result.calc_result_u.value = value;
	return &result;
}

/* ---- version 1 ---- */

calc_result *calc_add_1_svc(calc_operands *operands, struct svc_req *request)
{
	(void)request;
	return compute(calc_add, operands);
}

calc_result *calc_subtract_1_svc(calc_operands *operands, struct svc_req *request)
{
	(void)request;
	return compute(calc_subtract, operands);
}

calc_result *calc_multiply_1_svc(calc_operands *operands, struct svc_req *request)
{
	(void)request;
	return compute(calc_multiply, operands);
}

calc_result *calc_divide_1_svc(calc_operands *operands, struct svc_req *request)
{
	(void)request;
	return compute(calc_divide, operands);
}

/* ---- version 2 has them, too, and more ---- */

calc_result *calc_add_2_svc(calc_operands *operands, struct svc_req *request)
{
	return calc_add_1_svc(operands, request);
}

calc_result *calc_subtract_2_svc(calc_operands *operands, struct svc_req *request)
{
	return calc_subtract_1_svc(operands, request);
}

calc_result *calc_multiply_2_svc(calc_operands *operands, struct svc_req *request)
{
	return calc_multiply_1_svc(operands, request);
}

calc_result *calc_divide_2_svc(calc_operands *operands, struct svc_req *request)
{
	return calc_divide_1_svc(operands, request);
}

calc_evaluation *calc_evaluate_2_svc(calc_expression *text, struct svc_req *request)
{
	static calc_evaluation evaluation;
	uint32_t position = 0;
	double value = 0;

	(void)request;
	evaluation.status = calc_evaluate(*text, &value, &position);
	if (evaluation.status == CALC_OK)
		evaluation.calc_evaluation_u.value = value;
	else
		evaluation.calc_evaluation_u.position = position;
	return &evaluation;
}

calc_summary_result *calc_summarize_2_svc(calc_values *values, struct svc_req *request)
{
	static calc_summary_result result;
	const int64_t *numbers = (const int64_t *)values->calc_values_val;

	(void)request;
	result.status = calc_summarize(numbers, values->calc_values_len,
				       &result.calc_summary_result_u.summary);
	return &result;
}

calc_result *calc_accumulate_2_svc(calc_accumulation *what, struct svc_req *request)
{
	static calc_result result;
	int64_t total = 0;

	(void)request;
	result.status = calc_accumulate(what->name, what->amount, &total);
	result.calc_result_u.value = total;
	return &result;
}
