/* What failures mean to people, whichever protocol met them: why, and what to do. */
#include "client/failures.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/client.h"

void failure_advise(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failure->advice, sizeof(failure->advice), format, arguments);
	va_end(arguments);
}

/* Where messages have a bound that is the transport's, another one carries more. */
static int too_long_to_send(const struct client *client, struct failure *failure)
{
	enum endpoint_transport transport = client->endpoint.transport;
	bool narrow = transport == ENDPOINT_UDP || transport == ENDPOINT_SHM;

	failure_set(failure, FAILURE_DATA, "the call is longer than this transport carries");
	if (client->channel && client->channel->max_message)
		failure_append(failure, ", which is %zu bytes", client->channel->max_message);
	failure_advise(failure, "The call was not executed%s",
		       narrow ? "; by tcp or unix it may be longer" : "");
	failure->error = EMSGSIZE;
	return failure->code;
}

int client_transport_failure(const struct client *client, int error, bool sent,
			     struct failure *failure)
{
	const char *fate;

	if (client->channel && client->channel->unreached)
		sent = false;
	fate = sent ? "The call may have been executed" : "The call was not executed";
	if (error == EMSGSIZE && !sent)
		return too_long_to_send(client, failure);
	if (error == ETIMEDOUT)
		failure_set(failure, FAILURE_TIMEOUT, "timed out after %g s",
			    (double)client->timeout / 1e9);
	else if (error == ECONNRESET || error == EPIPE)
		failure_set(failure, FAILURE_UNAVAILABLE,
			    "the server closed the connection before it replied");
	else if (error == ECONNREFUSED)
		failure_set(failure, FAILURE_UNAVAILABLE, "nobody listens there");
	else if (error == EPROTO)
		failure_set(failure, FAILURE_PROTOCOL, "what came back is no reply to this call");
	else if (error == EMSGSIZE)
		failure_set(failure, FAILURE_PROTOCOL,
			    "what came back is longer than a reply may be, or no reply at all");
	else
		failure_system(failure, error, sent ? "receiving" : "sending");
	failure_advise(failure, "%s%s%s", fate,
		       error != ECONNREFUSED ? "" : ". Start a server there, or name its address",
		       error != ECONNREFUSED || client->operand ? "" : " with --via");
	failure->error = error;
	failure->sent = sent;
	return failure->code;
}

int failure_unencodable(struct failure *failure)
{
	return failure_set(failure, FAILURE_DATA,
			   "the arguments cannot be encoded: one is beyond its bound");
}

int failure_undecodable(struct failure *failure)
{
	failure_set(failure, FAILURE_DATA, "the result in the reply cannot be decoded");
	failure_advise(failure, "The call was executed; do both ends have the same contract?");
	return failure->code;
}
