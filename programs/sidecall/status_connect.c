/* Which server is asked what it has counted. */
#include "programs/sidecall/status_connect.h"

#include "idl/status.h"
#include "programs/sidecall/program_name.h"

int status_connect(struct context *context, const char *command, const struct contracts *contracts,
		   int count, char **words)
{
	struct program_named named = { .program = STATUS_PROG };
	struct client *client = &context->client;
	struct failure failure;
	rpcvers_t version = STATUS_V1;
	int code = 0;

	context->of_contract = true;
	if (count > 1)
		return command_usage(command, "one program's server is asked, by name or number");
	if (!endpoint_speaks_rpc(&client->endpoint))
		return command_usage(command,
				     "a server tells its status by rpc, as --via rpc+unix");
	if (count)
		code = program_find(contracts, command, words[0], &named);
	if (code)
		return code;
	if (count)
		version = named.has_version ? named.version
			  : named.known     ? contract_highest(named.known)
					    : 1;
	code = client_connect(client, named.program, version, client_deadline(client), &failure);
	return code ? command_failed(context, command, count ? words[0] : NULL, &failure) : 0;
}
