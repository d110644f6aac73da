/* A result, for people or as JSON, or why there is none. */
#include <stdio.h>
#include <string.h>

#include "programs/sidecall/command.h"
#include "client/json.h"

/* Where in the expression the syntax error is, as a compiler shows it. */
static void point_at(const char *expression, unsigned int position)
{
	const struct text error = text_to(stderr);

	for (const char *byte = expression; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			return; /* nobody could say in which column it stands */
	if (position > strlen(expression))
		return;
	fputs("  ", stderr);
	text_name(&error, expression);
	fprintf(stderr, "\n  %*s^\n", (int)position, "");
}

static int refused(const struct procedure *procedure, const char *label, const char *path,
		   const char *operand, const union procedure_result *result, const char *why)
{
	int code = command_refused(label, path, why);

	if (procedure->result == &result_evaluation && result->evaluation.status == CALC_SYNTAX)
		point_at(operand, result->evaluation.calc_evaluation_u.position);
	return code;
}

int command_show(const struct context *context, const struct procedure *procedure,
		 const char *label, const char *path, const char *operand,
		 const union procedure_result *result)
{
	const struct result_kind *kind = procedure->result;
	const char *why = result_failed(kind, result);
	json_t *object;

	if (context->json) {
		object = json_result(kind, result);
		if (path)
			json_set_bytes(object, "path", path);
		if (context->line)
			json_object_set_new(object, "line",
					    json_integer((json_int_t)context->line));
		json_print(object);
	} else if (!why) {
		result_print(kind, &context->out, operand, result);
	}
	return why ? refused(procedure, label, path, operand, result, why) : 0;
}
