/*
 * Where a service is and how it is spoken to: rpc+tcp://127.0.0.1:7117, raw+unix:/run/x.sock.
 *
 *	endpoint  = protocol "+" transport [ ":" address ]
 *	protocol  = "rpc" | "raw" | "tirpc"
 *	address   = "//" host [ ":" port ]        for tcp and udp; IPv6 in brackets
 *	          | path                          for unix, fifo (a directory), shm (a socket), and
 *	                                          pipe (the program that serves as a child)
 */
#ifndef SIDECALL_COMMON_ENDPOINT_H
#define SIDECALL_COMMON_ENDPOINT_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ENDPOINT_RAW_PORT 7117 /* raw messages have no rpcbind to ask */
#define ENDPOINT_MAX_NAME 16
#define ENDPOINT_MAX_TEXT (NI_MAXHOST + 32)
#define ENDPOINT_MAX_PATH (sizeof(((struct sockaddr_un *)0)->sun_path)) /* with its zero byte */

enum endpoint_protocol { ENDPOINT_RPC, ENDPOINT_RAW, ENDPOINT_TIRPC, ENDPOINT_PROTOCOLS };
enum endpoint_transport {
	ENDPOINT_TCP,
	ENDPOINT_UDP,
	ENDPOINT_UNIX,
	ENDPOINT_PIPE,
	ENDPOINT_FIFO,
	ENDPOINT_SHM,
	ENDPOINT_TRANSPORTS
};

struct endpoint {
	enum endpoint_protocol protocol;
	enum endpoint_transport transport;
	char host[NI_MAXHOST];        /* tcp, udp; "" if not given */
	int port;                     /* tcp, udp; -1 if not given */
	char path[ENDPOINT_MAX_PATH]; /* unix, fifo, shm, pipe; "" if not given */
};

/* Takes a text apart.  NULL when it is an endpoint, else what is wrong with it. */
const char *endpoint_parse(struct endpoint *endpoint, const char *text);

/* The endpoint as endpoint_parse() reads it; parts that are not given are left out. */
void endpoint_format(const struct endpoint *endpoint, char text[ENDPOINT_MAX_TEXT]);

/* "rpc", "raw", "tirpc"; "tcp", "udp", ... */
const char *endpoint_protocol_name(enum endpoint_protocol protocol);
const char *endpoint_transport_name(enum endpoint_transport transport);

/* Both, as in "rpc+tcp", without an address. */
void endpoint_name(const struct endpoint *endpoint, char name[ENDPOINT_MAX_NAME]);

/* Whether its messages are ONC RPC's, as those of rpc and of tirpc are. */
bool endpoint_speaks_rpc(const struct endpoint *endpoint);

/* Whether rpcbind is asked for the port: none is given, and raw messages have a fixed one. */
bool endpoint_asks_rpcbind(const struct endpoint *endpoint);

/* Whether the address is a host and a port (tcp, udp), and whether it is a path at which a server
 * is to be found (unix, fifo, shm). */
bool endpoint_has_host(const struct endpoint *endpoint);
bool endpoint_has_path(const struct endpoint *endpoint);

/* Fills host and port (or path) in from a socket's address, in figures. */
void endpoint_set_address(struct endpoint *endpoint, const struct sockaddr *address,
			  socklen_t length);

#endif
