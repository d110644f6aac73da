/* The procedures that rpcgen's dispatchers call: one line each, to the service. */
#include <rpc/rpc.h>

#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "server/call.h"

/* ---- the calculator, version 1 ---- */

bool_t calc_add_1_svc(calc_operands *operands, calc_result *result, struct svc_req *request)
{
	(void)request;
	calc_add(operands, result);
	return TRUE;
}

bool_t calc_subtract_1_svc(calc_operands *operands, calc_result *result, struct svc_req *request)
{
	(void)request;
	calc_subtract(operands, result);
	return TRUE;
}

bool_t calc_multiply_1_svc(calc_operands *operands, calc_result *result, struct svc_req *request)
{
	(void)request;
	calc_multiply(operands, result);
	return TRUE;
}

bool_t calc_divide_1_svc(calc_operands *operands, calc_result *result, struct svc_req *request)
{
	(void)request;
	calc_divide(operands, result);
	return TRUE;
}

/* ---- the calculator, version 2 ---- */

/* A procedure as an earlier version has it. */
#define SAME(procedure, version, earlier, arguments, result_of)                                    \
	bool_t procedure##_##version##_svc(arguments *given, result_of *result,                    \
					   struct svc_req *request)                                \
	{                                                                                          \
		return procedure##_##earlier##_svc(given, result, request);                        \
	}

SAME(calc_add, 2, 1, calc_operands, calc_result)
SAME(calc_subtract, 2, 1, calc_operands, calc_result)
SAME(calc_multiply, 2, 1, calc_operands, calc_result)
SAME(calc_divide, 2, 1, calc_operands, calc_result)

bool_t calc_evaluate_2_svc(calc_expression *expression, calc_evaluation *evaluation,
			   struct svc_req *request)
{
	(void)request;
	calc_evaluate(expression, evaluation);
	return TRUE;
}

bool_t calc_summarize_2_svc(calc_values *values, calc_summary_result *result,
			    struct svc_req *request)
{
	(void)request;
	calc_summarize(values, result);
	return TRUE;
}

bool_t calc_accumulate_2_svc(calc_accumulation *accumulation, calc_result *result,
			     struct svc_req *request)
{
	const struct caller_registers registers = call_registers(call_of_request(request));

	calc_accumulate(&registers, accumulation, result);
	return TRUE;
}

/* ---- file information, version 1 ---- */

bool_t fileinfo_list_1_svc(fileinfo_list_args *args, fileinfo_list_result *result,
			   struct svc_req *request)
{
	size_t limit = call_page_limit(call_reply_limit(request));
	struct files files;

	if (args->max_bytes > limit)
		args->max_bytes = (u_int)limit;
	root_list(call_files(&files, call_of_request(request)), args, result);
	return TRUE;
}

/* Those that are asked about a path alone. */
#define ASKS_PATH(name, ask, type)                                                                 \
	bool_t fileinfo_##name##_1_svc(fileinfo_path *path, type *result, struct svc_req *request) \
	{                                                                                          \
		struct files files;                                                                \
                                                                                                   \
		ask(call_files(&files, call_of_request(request)), *path, result);                  \
		return TRUE;                                                                       \
	}

ASKS_PATH(stat, root_stat, fileinfo_stat_result)
ASKS_PATH(readlink, root_readlink, fileinfo_link_result)
ASKS_PATH(digest, root_digest, fileinfo_digest_result)
ASKS_PATH(space, root_space, fileinfo_space_result)

/* ---- what a result owns, freed after the reply ---- */

#define FREES(version)                                                                             \
	int version##_freeresult(SVCXPRT *transport, xdrproc_t filter, caddr_t result)             \
	{                                                                                          \
		(void)transport;                                                                   \
		xdr_free(filter, result);                                                          \
		return TRUE;                                                                       \
	}

FREES(calc_prog_1)
FREES(calc_prog_2)
FREES(fileinfo_prog_1)
