/* sidecall PROCEDURE OPERAND...: calls a procedure and shows its result. */
#include <stdio.h>
#include <string.h>

#include "client/failures.h"
#include "programs/sidecall/command.h"

/* One call; `path` is the file it is about, or NULL.  0, FAILURE_SERVICE when the service says no,
 * or the code of a failure. */
static int call_and_show(struct context *context, const struct procedure *procedure,
			 const char *path, int count, char **operands)
{
	union procedure_arguments arguments = { 0 };
	union procedure_result result = { 0 };
	struct failure failure;
	int code = procedure->arguments->parse(count, operands, &arguments, &failure);

	if (code) {
		procedure_release(procedure, &arguments, NULL);
		command_show_failure(context, NULL, &failure);
		return code == FAILURE_USAGE ? command_usage(procedure->name, "%s", failure.why)
					     : report_failure(&failure, procedure->name);
	}
	code = procedure_call(procedure, &context->client, &arguments, &result, &failure);
	code = code ? command_failed(context, procedure->name, path, &failure)
		    : command_show(context, procedure, procedure->name, path,
				   count ? operands[0] : ".", &result);
	procedure_release(procedure, &arguments, &result);
	return code;
}

/* One call for each path; a file that is refused does not keep the others from being asked about,
 * but a server that fails does. */
static int call_each(struct context *context, const struct procedure *procedure, int count,
		     char **paths)
{
	int worst = 0;

	for (int i = 0; i < count && !ferror(stdout); i++) {
		int code = call_and_show(context, procedure, paths[i], 1, &paths[i]);

		if (code > FAILURE_SERVICE)
			return code;
		worst = code ? code : worst;
	}
	return worst;
}

/* Goes on to the operands, which "--" may precede.  The procedure of the command's name. */
static const struct procedure *begin_call(int *count, char ***words)
{
	const struct procedure *procedure = procedure_find((*words)[0]);
	int skip = *count > 1 && strcmp((*words)[1], "--") == 0 ? 2 : 1;

	*count -= skip;
	*words += skip;
	return procedure;
}

int command_call(struct context *context, int count, char **words)
{
	const struct procedure *procedure = begin_call(&count, &words);

	return call_and_show(context, procedure, NULL, count, words);
}

int command_paths(struct context *context, int count, char **words)
{
	const struct procedure *procedure = begin_call(&count, &words);

	if (count == 0)
		return command_usage(procedure->name, "at least one path is needed");
	return call_each(context, procedure, count, words);
}

int command_root(struct context *context, int count, char **words)
{
	const struct procedure *procedure = begin_call(&count, &words);

	if (count == 0)
		return call_and_show(context, procedure, ".", 0, words);
	return call_each(context, procedure, count, words);
}
