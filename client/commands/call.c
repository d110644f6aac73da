/* sidecall PROCEDURE OPERAND...: calls a procedure and prints its result. */
#include <stdio.h>
#include <string.h>

#include "client/commands/command.h"
#include "client/json.h"

/* Where in the expression the syntax error is, as a compiler shows it. */
static void point_at(const char *expression, unsigned int position)
{
	if (strpbrk(expression, "\t\n\r\033") || position > strlen(expression))
		return;
	fprintf(stderr, "  %s\n  %*s^\n", expression, (int)position, "");
}

static int refused(const struct procedure *procedure, const char *operand,
		   const union procedure_result *result, const char *why)
{
	int code = command_refused(procedure->name, procedure->each ? operand : NULL, why);

	if (procedure->result_filter == (xdrproc_t)xdr_calc_evaluation &&
	    result->evaluation.status == CALC_SYNTAX)
		point_at(operand, result->evaluation.calc_evaluation_u.position);
	return code;
}

static void show_json(const struct procedure *procedure, const char *operand,
		      const union procedure_result *result)
{
	json_t *object = procedure->to_json(result);

	if (procedure->each)
		json_set_bytes(object, "path", operand);
	json_print(object);
}

/* One call.  0, FAILURE_SERVICE when the service says no, or the code of a failure. */
static int call(struct context *context, const struct procedure *procedure, int count,
		char **operands)
{
	union procedure_arguments arguments = { 0 };
	union procedure_result result = { 0 };
	const char *operand = count ? operands[0] : ".";
	const char *wrong = procedure->parse(count, operands, &arguments);
	struct failure failure;
	const char *why;
	int code;

	if (wrong) {
		procedure_release(procedure, &arguments, NULL);
		return command_usage(procedure->name, "%s", wrong);
	}
	code = procedure_call(procedure, &context->client, &arguments, &result, &failure);
	if (code) {
		code = command_failed(context, procedure->name, procedure->each ? operand : NULL,
				      &failure);
	} else {
		why = procedure->failed(&result);
		if (context->json)
			show_json(procedure, operand, &result);
		else if (!why)
			procedure->print(operand, &result);
		if (why)
			code = refused(procedure, operand, &result, why);
	}
	procedure_release(procedure, &arguments, &result);
	return code;
}

/* One call for each operand; a file that is refused does not keep the others from being asked
 * about, but a server that fails does. */
static int call_each(struct context *context, const struct procedure *procedure, int count,
		     char **operands)
{
	int worst = 0;

	for (int i = 0; i < count; i++) {
		int code = call(context, procedure, 1, &operands[i]);

		if (code > FAILURE_SERVICE)
			return code;
		worst = code ? code : worst;
	}
	return worst;
}

int command_call(struct context *context, int count, char **words)
{
	const struct procedure *procedure = procedure_find(words[0]);
	char **operands = words + 1;

	count--;
	if (count && strcmp(operands[0], "--") == 0) {
		operands++;
		count--;
	}
	if (!procedure->each || (count == 0 && procedure->usage[0] == '['))
		return call(context, procedure, count, operands);
	if (count == 0)
		return command_usage(procedure->name, "at least one path is needed");
	return call_each(context, procedure, count, operands);
}
