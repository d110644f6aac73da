/* sidecall services [HOST]: what rpcbind has registered, and whether it answers. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "client/services.h"
#include "programs/sidecall/program_name.h"

enum { JSON = 256 };

const struct option_row command_services_options[] = {
	OPTION_TEXT("idl", CONTRACTS_IDL, "FILE.x", "a contract, whose programs have names",
		    "that of sidecalld, and /etc/rpc"),
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

struct services_options {
	struct contracts contracts;
	bool json;
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct services_options *options = what;

	if (option != JSON)
		return contracts_take(&options->contracts, option, value, number);
	options->json = true;
	return NULL;
}

enum state { ALIVE, STALE, UNKNOWN };

/* ---- what is shown ---- */

static const char *const states[] = { [ALIVE] = "alive", [STALE] = "stale", [UNKNOWN] = "-" };

static void show_line(const struct service *service, const char *name, const char *endpoint,
		      enum state state)
{
	char version[16], owner[sizeof(service->owner)];

	snprintf(version, sizeof(version), "%" PRIu32, service->version);
	snprintf(owner, sizeof(owner), "%s", service->owner);
	printf("%-10" PRIu32 " %-16s %4s  %-5s  ", service->program, name ? name : "-", version,
	       states[state]);
	text_line(stdout, endpoint);
	if (*owner) {
		printf("  ");
		text_line(stdout, owner);
	}
	putchar('\n');
}

static void show_object(const struct service *service, const char *name, const char *endpoint,
			enum state state)
{
	json_t *object = json_pack("{s:I,s:I}", "program", (json_int_t)service->program, "version",
				   (json_int_t)service->version);

	if (name)
		json_set_bytes(object, "name", name);
	json_set_bytes(object, "netid", service->netid);
	json_set_bytes(object, "endpoint", endpoint);
	if (service->owner[0])
		json_set_bytes(object, "owner", service->owner);
	if (state != UNKNOWN)
		json_object_set_new(object, "alive", json_boolean(state == ALIVE));
	json_print(object);
}

static void show_service(const struct context *context, const struct contracts *contracts,
			 const struct service *service, const struct service_host *host)
{
	const char *name = program_called(contracts, service->program);
	char text[ENDPOINT_MAX_TEXT];
	struct endpoint endpoint;
	enum state state = UNKNOWN;

	if (service_endpoint(service, host, &endpoint)) {
		endpoint_format(&endpoint, text);
		state = service_look(&context->client, &endpoint, service->program,
				     service->version) == SERVICE_ALIVE
				? ALIVE
				: STALE;
	} else {
		snprintf(text, sizeof(text), "%s %s", service->netid, service->address);
	}
	if (context->json)
		show_object(service, name, text, state);
	else
		show_line(service, name, text, state);
	fflush(stdout);
}

static int compare_services(const void *a, const void *b)
{
	const struct service *one = a, *other = b;

	if (one->program != other->program)
		return one->program < other->program ? -1 : 1;
	if (one->version != other->version)
		return one->version < other->version ? -1 : 1;
	return strcmp(one->netid, other->netid);
}

static int list_services(struct context *context, const struct contracts *contracts,
			 const struct service_host *host)
{
	struct service *services;
	struct failure failure;
	size_t count;
	int code = services_ask(&context->client, &services, &count, &failure);

	if (code)
		return command_failed(context, "services", NULL, &failure);
	if (count)
		qsort(services, count, sizeof(*services), compare_services);
	if (!context->json)
		printf("%-10s %-16s %4s  %-5s  %s\n", "program", "name", "vers", "state",
		       "endpoint, owner");
	for (size_t i = 0; i < count && !ferror(stdout); i++)
		show_service(context, contracts, &services[i], host);
	free(services);
	return 0;
}

/* ---- whom to ask ---- */

/* HOST, or the endpoint's; `here` when it is this machine. */
static int settle_host(struct client *client, const char *operand, bool *here)
{
	char text[ENDPOINT_MAX_TEXT];
	const char *wrong;

	if (operand) {
		snprintf(text, sizeof(text),
			 strchr(operand, ':') ? "rpc+tcp://[%.200s]" : "rpc+tcp://%.200s", operand);
		wrong = endpoint_parse(&client->endpoint, text);
		if (wrong)
			return command_usage("services", "\"%.200s\": %s", operand, wrong);
		client->anywhere = false;
	}
	if (!endpoint_has_host(&client->endpoint) && !client->anywhere &&
	    client->endpoint.transport != ENDPOINT_UNIX)
		return command_usage("services", "rpcbind is asked by tcp, udp or unix");
	/* "localhost" has two addresses, and Unix sockets besides: each entry says its own. */
	*here = client->anywhere || !*client->endpoint.host ||
		strcmp(client->endpoint.host, "localhost") == 0;
	return 0;
}

int command_services(struct context *context, int count, char **words)
{
	struct services_options options = { .json = context->json };
	struct service_host host;
	struct failure failure;
	bool here = true;
	int code = command_take_options("services", count, words, command_services_options,
					take_option, &options);

	if (code == 0 && count - optind > 1)
		code = command_usage("services", "one host is asked at a time");
	context->of_contract = true;
	context->json = options.json;
	if (code == 0)
		code = settle_host(&context->client, count > optind ? words[optind] : NULL, &here);
	if (code == 0)
		code = contracts_open(&options.contracts, "services");
	if (code == 0 && !here && service_host_find(&host, &context->client, &failure))
		code = command_failed(context, "services", NULL, &failure);
	if (code == 0)
		code = list_services(context, &options.contracts, here ? NULL : &host);
	contracts_close(&options.contracts);
	return code;
}
