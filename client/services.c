/* What rpcbind has registered. */
#include "client/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "client/procedures.h"
#include "client/runtime/transports/hosts.h"

#define MOST_WAITING INT64_C(1000000000) /* nanoseconds for each, or less if --timeout says so */

struct found {
	struct service *all;
	size_t count, room;
	bool full; /* there was no memory */
};

static struct service *add_service(struct found *found)
{
	if (found->count == found->room) {
		size_t room = found->room ? 2 * found->room : 64;
		struct service *all = realloc(found->all, room * sizeof(*all));

		found->full = !all;
		if (!all)
			return NULL;
		found->all = all;
		found->room = room;
	}
	return memset(&found->all[found->count++], 0, sizeof(struct service));
}

static void set_text(char *text, size_t size, const char *from)
{
	snprintf(text, size, "%s", from ? from : "");
}

/* ---- entries of versions 4 and 3, and of 2 ---- */

static bool add_rpcb(struct found *found, const struct rpcb *entry)
{
	struct service *service = add_service(found);

	if (!service)
		return false;
	service->program = (uint32_t)entry->r_prog;
	service->version = (uint32_t)entry->r_vers;
	set_text(service->netid, sizeof(service->netid), entry->r_netid);
	set_text(service->address, sizeof(service->address), entry->r_addr);
	set_text(service->owner, sizeof(service->owner), entry->r_owner);
	return true;
}

static bool take_rpcb_list(struct found *found, XDR *stream)
{
	rpcblist_ptr list = NULL;
	bool decoded = xdr_rpcblist_ptr(stream, &list);

	for (rpcblist_ptr one = list; decoded && one; one = one->rpcb_next)
		if (!add_rpcb(found, &one->rpcb_map))
			break;
	xdr_free((xdrproc_t)xdr_rpcblist_ptr, &list);
	return decoded;
}

static bool add_mapping(struct found *found, const struct pmap *entry)
{
	bool udp = entry->pm_prot == IPPROTO_UDP;
	struct service *service = add_service(found);

	if (!service)
		return false;
	service->program = (uint32_t)entry->pm_prog;
	service->version = (uint32_t)entry->pm_vers;
	set_text(service->netid, sizeof(service->netid), udp ? "udp" : "tcp");
	snprintf(service->address, sizeof(service->address), "0.0.0.0.%lu.%lu",
		 entry->pm_port >> 8 & 255, entry->pm_port & 255);
	return true;
}

static bool take_mappings(struct found *found, XDR *stream)
{
	struct pmaplist *list = NULL;
	bool decoded = xdr_pmaplist(stream, &list);

	for (struct pmaplist *one = list; decoded && one; one = one->pml_next)
		if (!add_mapping(found, &one->pml_map))
			break;
	xdr_free((xdrproc_t)xdr_pmaplist, &list);
	return decoded;
}

/* ---- asking ---- */

static int take_reply(struct found *found, rpcvers_t version, const struct buffer *bytes,
		      struct failure *failure)
{
	bool decoded;
	XDR stream;

	xdrmem_create(&stream, (char *)bytes->data, (u_int)bytes->length, XDR_DECODE);
	decoded = version == PMAPVERS ? take_mappings(found, &stream)
				      : take_rpcb_list(found, &stream);
	if (found->full)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return decoded ? 0
		       : failure_set(failure, FAILURE_DATA,
				     "the list that rpcbind sent cannot be decoded");
}

static int ask_in(struct client *client, rpcvers_t version, struct found *found,
		  struct failure *failure)
{
	union procedure_arguments arguments = {
		.any.number = RPCBPROC_DUMP
	}; /* PMAPPROC_DUMP, too */
	union procedure_result result;
	struct procedure dump;
	int code;

	any_procedure(&dump, "dump", RPCBPROG, version);
	code = procedure_call(&dump, client, &arguments, &result, failure);
	if (code == 0)
		code = take_reply(found, version, &result.any.bytes, failure);
	procedure_release(&dump, NULL, &result);
	return code;
}

int services_ask(struct client *client, struct service **services, size_t *count,
		 struct failure *failure)
{
	struct found found = { 0 };
	int code = FAILURE_PROTOCOL;

	for (rpcvers_t version = RPCBVERS4; version >= PMAPVERS && code == FAILURE_PROTOCOL;
	     version--)
		code = ask_in(client, version, &found, failure);
	*services = found.all;
	*count = found.count;
	if (code) {
		free(found.all);
		*services = NULL;
		*count = 0;
	}
	return code;
}

/* ---- where they are ---- */

/* Takes a universal address apart: a host, and two numbers that are the port (RFC 5665, section
 * 5.2.3.3).  False when it is none. */
static bool split_address(const char *address, char *host, size_t size, int *port)
{
	unsigned int high, low;
	const char *dot = strrchr(address, '.');

	if (!dot || dot == address)
		return false;
	while (--dot > address && *dot != '.')
		continue;
	if (sscanf(dot, ".%3u.%3u", &high, &low) != 2 || high > 255 || low > 255)
		return false;
	snprintf(host, size, "%.*s", (int)(dot - address), address);
	*port = (int)(high << 8 | low);
	return *port > 0;
}

int service_host_find(struct service_host *host, const struct client *client,
		      struct failure *failure)
{
	struct addrinfo *addresses;
	int code = resolve_host(&client->endpoint, SOCK_STREAM, client_deadline(client), &addresses,
				failure);

	*host = (struct service_host){ 0 };
	if (code)
		return code;
	for (const struct addrinfo *one = addresses; one; one = one->ai_next) {
		char *text = one->ai_family == AF_INET6 ? host->six : host->four;

		if (!*text)
			getnameinfo(one->ai_addr, one->ai_addrlen, text, NI_MAXHOST, NULL, 0,
				    NI_NUMERICHOST);
	}
	freeaddrinfo(addresses);
	return 0;
}

/* The host's address of this family; of this machine the entry's own, unless it stands for all. */
static bool set_host(struct endpoint *endpoint, const struct service_host *host, bool six)
{
	bool any = strcmp(endpoint->host, "0.0.0.0") == 0 || strcmp(endpoint->host, "::") == 0;

	if (host)
		snprintf(endpoint->host, sizeof(endpoint->host), "%s",
			 six ? host->six : host->four);
	else if (any)
		snprintf(endpoint->host, sizeof(endpoint->host), "%s", six ? "::1" : "127.0.0.1");
	return *endpoint->host;
}

bool service_endpoint(const struct service *service, const struct service_host *host,
		      struct endpoint *endpoint)
{
	bool six = strchr(service->netid, '6') != NULL;

	*endpoint = (struct endpoint){ .protocol = ENDPOINT_RPC, .port = -1 };
	if (strcmp(service->netid, "local") == 0) {
		endpoint->transport = ENDPOINT_UNIX;
		snprintf(endpoint->path, sizeof(endpoint->path), "%.*s",
			 (int)sizeof(endpoint->path) - 1, service->address);
		return !host && *service->address == '/';
	}
	if (strncmp(service->netid, "tcp", 3) != 0 && strncmp(service->netid, "udp", 3) != 0)
		return false;
	endpoint->transport = *service->netid == 't' ? ENDPOINT_TCP : ENDPOINT_UDP;
	return split_address(service->address, endpoint->host, sizeof(endpoint->host),
			     &endpoint->port) &&
	       set_host(endpoint, host, six);
}

/* ---- calling them ---- */

static enum service_state state_of(int code, const struct failure *failure)
{
	switch (code) {
	case 0:
	case FAILURE_PERMISSION: /* whoever answers at all is alive, be it that he wants a
				  * credential */
		return SERVICE_ALIVE;
	case FAILURE_TIMEOUT:
		return failure->error == EBUSY ? SERVICE_ALIVE : SERVICE_SILENT;
	case FAILURE_UNAVAILABLE:
		return failure->error == ECONNRESET || failure->error == EPIPE ? SERVICE_ANOTHER
									       : SERVICE_GONE;
	case FAILURE_PROTOCOL:
		return SERVICE_ANOTHER;
	default:
		return SERVICE_GONE;
	}
}

enum service_state service_look(const struct client *like, const struct endpoint *endpoint,
				rpcprog_t program, rpcvers_t version)
{
	struct procedure null = *procedure_find("null");
	union procedure_result result;
	struct failure failure = { 0 };
	struct client client;
	int code;

	client_init(&client, endpoint, like->timeout < MOST_WAITING ? like->timeout : MOST_WAITING);
	null.program = program;
	null.version = version;
	null.name = "null of that version";
	code = procedure_call(&null, &client, NULL, &result, &failure);
	client_release(&client);
	return state_of(code, &failure);
}

/* By a client of its own: that for which a server is looked for is not connected yet. */
static int ask_here(const struct client *client, int64_t deadline, struct service **services,
		    size_t *count, struct failure *failure)
{
	const struct endpoint rpcbind = { .protocol = ENDPOINT_RPC,
					  .transport = ENDPOINT_TCP,
					  .port = -1 };
	struct client asking;
	int code;

	client_init(&asking, &rpcbind, deadline - clock_now());
	asking.anywhere = true;
	asking.observer = client->observer;
	code = services_ask(&asking, services, count, failure);
	client_release(&asking);
	return code;
}

static bool connect_to(struct client *client, const struct service *service,
		       enum endpoint_transport transport, int64_t deadline)
{
	struct endpoint endpoint;
	struct failure failure;

	if (!service_endpoint(service, NULL, &endpoint) || endpoint.transport != transport)
		return false;
	client->endpoint = endpoint;
	return client_connect(client, service->program, service->version, deadline, &failure) == 0;
}

bool services_connect(struct client *client, rpcprog_t program, rpcvers_t version, int64_t deadline)
{
	static const enum endpoint_transport others[] = { ENDPOINT_UNIX, ENDPOINT_UDP };
	struct service *services;
	struct failure failure;
	bool connected = false;
	size_t count;

	if (ask_here(client, deadline, &services, &count, &failure))
		return false;
	client->anywhere = false; /* for an entry says where */
	for (size_t t = 0; t < sizeof(others) / sizeof(others[0]); t++)
		for (size_t i = 0; i < count && !connected; i++)
			connected = services[i].program == program &&
				    services[i].version == version &&
				    connect_to(client, &services[i], others[t], deadline);
	client->anywhere = true;
	free(services);
	return connected;
}
