/* Where a service is and how it is spoken to. */
#include "common/endpoint.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const protocol_names[] = {
	[ENDPOINT_RPC] = "rpc",
	[ENDPOINT_RAW] = "raw",
	[ENDPOINT_TIRPC] = "tirpc",
};

static const char *const transport_names[] = {
	[ENDPOINT_TCP] = "tcp",   [ENDPOINT_UDP] = "udp",   [ENDPOINT_UNIX] = "unix",
	[ENDPOINT_PIPE] = "pipe", [ENDPOINT_FIFO] = "fifo", [ENDPOINT_SHM] = "shm",
};

bool endpoint_speaks_rpc(const struct endpoint *endpoint)
{
	return endpoint->protocol != ENDPOINT_RAW;
}

bool endpoint_asks_rpcbind(const struct endpoint *endpoint)
{
	return endpoint_speaks_rpc(endpoint) && endpoint_has_host(endpoint) && endpoint->port < 0;
}

bool endpoint_has_host(const struct endpoint *endpoint)
{
	return endpoint->transport == ENDPOINT_TCP || endpoint->transport == ENDPOINT_UDP;
}

bool endpoint_has_path(const struct endpoint *endpoint)
{
	return !endpoint_has_host(endpoint) && endpoint->transport != ENDPOINT_PIPE;
}

const char *endpoint_protocol_name(enum endpoint_protocol protocol)
{
	return protocol_names[protocol];
}

const char *endpoint_transport_name(enum endpoint_transport transport)
{
	return transport_names[transport];
}

void endpoint_name(const struct endpoint *endpoint, char name[ENDPOINT_MAX_NAME])
{
	snprintf(name, ENDPOINT_MAX_NAME, "%s+%s", endpoint_protocol_name(endpoint->protocol),
		 endpoint_transport_name(endpoint->transport));
}

/* The index of the name that is text[0 .. length), or -1. */
static int find_name(const char *const *names, size_t count, const char *text, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
			return (int)i;
	return -1;
}

static const char *parse_port(const char *text, int *port)
{
	int64_t value;

	if (!isdigit((unsigned char)text[0]))
		return "the port is not a number";
	if (number_read(text, 0, UINT16_MAX, &value) < 0)
		return "the port is not a number from 0 to 65535";
	*port = (int)value;
	return NULL;
}

static const char *parse_host(struct endpoint *endpoint, const char *text)
{
	const char *end;
	size_t length;

	if (strncmp(text, "//", 2) != 0)
		return "an address looks like tcp://HOST:PORT";
	text += 2;
	if (*text == '[') {
		text++;
		end = strchr(text, ']');
		if (!end)
			return "an IPv6 address ends with ]";
		length = (size_t)(end++ - text);
	} else {
		length = strcspn(text, ":");
		end = text + length;
	}
	if (length >= sizeof(endpoint->host))
		return "the host's name is too long";
	if (strcspn(text, "[]") < length)
		return "a host's name has no brackets in it";
	memcpy(endpoint->host, text, length);
	if (*end == '\0')
		return NULL;
	if (*end != ':' || strchr(end + 1, ':'))
		return "an IPv6 address stands in brackets, as in tcp://[::1]:7117";
	return parse_port(end + 1, &endpoint->port);
}

static const char *parse_path(struct endpoint *endpoint, const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return "the path is empty";
	if (length >= sizeof(endpoint->path))
		return "a path has at most 107 bytes";
	memcpy(endpoint->path, text, length + 1);
	return NULL;
}

static const char *parse_address(struct endpoint *endpoint, const char *text)
{
	if (endpoint_has_host(endpoint))
		return parse_host(endpoint, text);
	if (endpoint_has_path(endpoint))
		return parse_path(endpoint, text);
	return *text ? parse_path(endpoint, text) : NULL; /* a pipe's program may be known */
}

const char *endpoint_parse(struct endpoint *endpoint, const char *text)
{
	size_t protocol_length = strcspn(text, "+");
	const char *rest = text + protocol_length;
	size_t transport_length;
	int protocol, transport;

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->port = -1;
	if (*rest != '+')
		return "an endpoint looks like PROTOCOL+TRANSPORT, as in rpc+tcp";
	rest++;
	transport_length = strcspn(rest, ":");
	protocol = find_name(protocol_names, COUNT(protocol_names), text, protocol_length);
	if (protocol < 0)
		return "the protocol is none of rpc, raw, tirpc";
	transport = find_name(transport_names, COUNT(transport_names), rest, transport_length);
	if (transport < 0)
		return "the transport is none of tcp, udp, unix, pipe, fifo, shm";
	endpoint->protocol = (enum endpoint_protocol)protocol;
	endpoint->transport = (enum endpoint_transport)transport;
	if (endpoint->protocol == ENDPOINT_TIRPC && transport > ENDPOINT_UNIX)
		return "libtirpc's own runtime (tirpc) has tcp, udp and unix only";
	rest += transport_length;
	if (*rest == '\0')
		return NULL;
	return parse_address(endpoint, rest + 1);
}

void endpoint_format(const struct endpoint *endpoint, char text[ENDPOINT_MAX_TEXT])
{
	const char *protocol = protocol_names[endpoint->protocol];
	const char *transport = transport_names[endpoint->transport];
	bool brackets = strchr(endpoint->host, ':');
	char port[16] = "";

	if (endpoint->port >= 0)
		snprintf(port, sizeof(port), ":%d", endpoint->port);
	if (endpoint->path[0] && !endpoint_has_host(endpoint))
		snprintf(text, ENDPOINT_MAX_TEXT, "%s+%s:%s", protocol, transport, endpoint->path);
	else if (endpoint->host[0] || port[0])
		snprintf(text, ENDPOINT_MAX_TEXT, "%s+%s://%s%s%s%s", protocol, transport,
			 brackets ? "[" : "", endpoint->host, brackets ? "]" : "", port);
	else
		snprintf(text, ENDPOINT_MAX_TEXT, "%s+%s", protocol, transport);
}

void endpoint_set_address(struct endpoint *endpoint, const struct sockaddr *address,
			  socklen_t length)
{
	char port[NI_MAXSERV];

	if (address->sa_family == AF_UNIX) {
		const struct sockaddr_un *un = (const struct sockaddr_un *)address;

		snprintf(endpoint->path, sizeof(endpoint->path), "%.*s",
			 (int)sizeof(un->sun_path) - 1, un->sun_path);
		return;
	}
	if (getnameinfo(address, length, endpoint->host, sizeof(endpoint->host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		endpoint->port = atoi(port);
}
