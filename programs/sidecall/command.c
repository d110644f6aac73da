/* What all commands say alike when something is wrong. */
#include "programs/sidecall/command.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/failures.h"
#include "client/protocols/all.h"
#include "client/json.h"

int command_usage(const char *command, const char *format, ...)
{
	char what[OPTION_WRONG];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (command) /* a batch names the line, too: "batch: line 2" */
		report_line("%s: %s. Try 'sidecall help %.*s'", command, what,
			    (int)strcspn(command, ":"), command);
	else
		report_line("%s. Try 'sidecall help'", what);
	return FAILURE_USAGE;
}

int command_take_options(const char *command, int count, char **words,
			 const struct option_row *rows, option_taker *take, void *what)
{
	char wrong[OPTION_WRONG];
	const char *why = option_take(count, words, rows, take, what, wrong);

	return why ? command_usage(command, "%s", why) : 0;
}

int command_options_first(const char *command, int count, char **words)
{
	for (int i = optind; i < count; i++)
		if (strncmp(words[i], "-D", 2) == 0 ||
		    (strncmp(words[i], "--", 2) == 0 && isalpha((unsigned char)words[i][2])))
			return command_usage(command, "options stand before the operands: %.80s",
					     words[i]);
	return 0;
}

/* The protocol that may be spoken there instead: nothing has come back, or what came makes no sense
 * as a message.  NULL: there is no reason to think so.  Whoever expects another protocol closes a
 * stream, but drops a datagram, or answers what is no reply; so there it shows at the timeout. */
static const char *other_protocol(const struct client *client, const struct failure *failure)
{
	bool silent = client->channel && client->channel->sent && !client->channel->received;
	bool odd = client->channel && client->channel->odd && failure->error == ETIMEDOUT;
	bool nonsense = odd || failure->error == EPROTO ||
			(failure->error == EMSGSIZE && failure->code == FAILURE_PROTOCOL);
	bool ended = failure->error == ECONNRESET || failure->error == EPIPE ||
		     failure->error == ETIMEDOUT;

	if (client->endpoint.port < 0 && !client->endpoint.path[0])
		return NULL;
	if (!client->channel || !(nonsense || (silent && ended)))
		return NULL;
	return client_protocol(&client->endpoint)->other;
}

static json_t *failure_as_json(const struct failure *failure)
{
	json_t *object = json_pack("{s:i}", "code", (int)failure->code);

	json_set_bytes(object, "error", failure->why);
	if (failure->advice[0])
		json_set_bytes(object, "advice", failure->advice);
	return object;
}

void command_show_failure(const struct context *context, const char *operand,
			  const struct failure *failure)
{
	char endpoint[ENDPOINT_MAX_TEXT];
	json_t *object;

	if (!context->json)
		return;
	object = failure_as_json(failure);
	endpoint_format(&context->client.endpoint, endpoint);
	json_set_bytes(object, "endpoint", endpoint);
	if (operand)
		json_set_bytes(object, "operand", operand);
	if (context->line)
		json_object_set_new(object, "line", json_integer((json_int_t)context->line));
	json_print(object);
}

/* Whether nobody is there, on this machine: then there is more to look at. */
static bool may_be_cured(const struct client *client, const struct failure *failure)
{
	const char *host = client->endpoint.host;
	bool here = !endpoint_has_host(&client->endpoint) || !*host ||
		    strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
		    strcmp(host, "::1") == 0;

	return here && client->endpoint.transport != ENDPOINT_PIPE &&
	       failure->code == FAILURE_UNAVAILABLE &&
	       (failure->error == ENOENT || failure->error == ECONNREFUSED);
}

static void point_to_doctor(struct failure *failure)
{
	size_t length = strlen(failure->advice);

	snprintf(failure->advice + length, sizeof(failure->advice) - length,
		 "%ssidecall doctor looks for the cause", length ? ". " : "");
}

int command_failed(const struct context *context, const char *command, const char *operand,
		   const struct failure *failure)
{
	char endpoint[ENDPOINT_MAX_TEXT], what[ENDPOINT_MAX_TEXT + 256];
	const char *other = context->of_contract ? NULL : other_protocol(&context->client, failure);
	struct failure advised = *failure;

	endpoint_format(&context->client.endpoint, endpoint);
	snprintf(what, sizeof(what), "%s%s%.160s via %s", command, operand ? " " : "",
		 operand ? operand : "", endpoint);
	if (other)
		snprintf(advised.advice, sizeof(advised.advice),
			 failure->error == ETIMEDOUT && !context->client.channel->received
				 ? "%.120s. The server said nothing at all: if it speaks %s, use "
				   "--via %s%.130s"
				 : "%.120s. Does the server speak %s there, or another protocol? "
				   "Try --via %s%.130s",
			 failure->advice, other, other, strchr(endpoint, '+'));
	else if (may_be_cured(&context->client, failure))
		point_to_doctor(&advised);
	command_show_failure(context, operand, &advised);
	return report_failure(&advised, what);
}

int command_failed_here(const struct context *context, const char *what,
			const struct failure *failure)
{
	if (context->json)
		json_print(failure_as_json(failure));
	return report_failure(failure, what);
}

int command_refused(const char *command, const char *operand, const char *why)
{
	report_line("%s: %s%s%s", command, operand ? operand : "", operand ? ": " : "", why);
	return FAILURE_SERVICE;
}

int command_out_of_memory(const char *command)
{
	report_line("%s: out of memory", command);
	return FAILURE_SYSTEM;
}
