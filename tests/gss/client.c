/*
 * client tcp|udp PORT ALICE BOB: calls with their tickets, which are in these files, and says what
 * it sees, a line a call.
 */
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gssapi/gssapi_krb5.h>
#include <rpc/rpc.h>
#include <rpc/auth_gss.h>
#include <rpc/rpcsec_gss.h>

#include "secured.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SERVICE       "secured@localhost"
#define LONG_TIME     60000  /* milliseconds for what comes at once */
#define ROOM          300000 /* libtirpc's client seals what fits in its buffer */

static bool datagrams;
static uint16_t port;
static const char *alice, *bob;
static const rpc_gss_svc_t services[] = { RPCSEC_GSS_SVC_NONE, RPCSEC_GSS_SVC_INTEGRITY,
					  RPCSEC_GSS_SVC_PRIVACY };

/* ---- connections and contexts ---- */

static CLIENT *open_client(int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval again = { .tv_sec = LONG_TIME / 1000 };
	CLIENT *client;

	*fd = RPC_ANYSOCK;
	client = datagrams ? clntudp_create(&address, SEC_PROG, SEC_V1, again, fd)
			   : clnttcp_create(&address, SEC_PROG, SEC_V1, fd, ROOM, ROOM);
	if (!client)
		errx(1, "%s", clnt_spcreateerror("it cannot be called"));
	return client;
}

static void use_ticket(const char *file)
{
	OM_uint32 minor;

	if (gss_krb5_ccache_name(&minor, file, NULL) != GSS_S_COMPLETE)
		errx(1, "%s has no ticket", file);
}

/* A context for that service, or AUTH_NONE: then it says what is wrong. */
static AUTH *open_context(CLIENT *client, char *principal, rpc_gss_svc_t service)
{
	struct rpc_gss_sec security = { .mech = (gss_OID)gss_mech_krb5,
					.qop = GSS_C_QOP_DEFAULT,
					.svc = service };
	AUTH *auth = authgss_create_default(client, principal, &security);

	if (auth)
		return auth;
	printf("no context: %s\n", clnt_spcreateerror("refused"));
	return authnone_create();
}

/* ---- calls ---- */

static void say_result(enum clnt_stat status, CLIENT *client, const char *result)
{
	printf("%s\n", status == RPC_SUCCESS ? result : clnt_sperror(client, "failed"));
}

static void ask(CLIENT *client, rpcproc_t procedure)
{
	const struct timeval timeout = { .tv_sec = LONG_TIME / 1000 };
	char room[201] = "", *text = room;
	enum clnt_stat status = clnt_call(client, procedure, (xdrproc_t)xdr_void, NULL,
					  (xdrproc_t)xdr_sec_text, (char *)&text, timeout);

	say_result(status, client, text);
}

static enum clnt_stat echo_bytes(CLIENT *client, u_int length, bool *same)
{
	const struct timeval timeout = { .tv_sec = LONG_TIME / 1000 };
	static char sent[SEC_LONGEST], received[SEC_LONGEST];
	sec_bytes argument = { length, sent }, result = { 0, received };
	enum clnt_stat status;

	for (u_int i = 0; i < length; i++)
		sent[i] = (char)(i * 7 + i / 256);
	memset(received, 0, length);
	status = clnt_call(client, SEC_ECHO, (xdrproc_t)xdr_sec_bytes, (char *)&argument,
			   (xdrproc_t)xdr_sec_bytes, (char *)&result, timeout);
	*same = result.sec_bytes_len == length && memcmp(sent, received, length) == 0;
	return status;
}

static void echo(CLIENT *client, u_int length)
{
	bool same;
	enum clnt_stat status = echo_bytes(client, length, &same);

	printf("%u bytes: ", length);
	say_result(status, client, same ? "the same" : "others");
}

/* ---- calls by hand ---- */

struct written {
	char bytes[1024];
	u_int length;
};

/* SEC_ECHO of four bytes. */
static void write_call(struct written *call, AUTH *auth)
{
	static uint32_t xid = 0x20000000;
	char four[4] = "four";
	sec_bytes argument = { sizeof(four), four };
	uint32_t words[] = { htonl(++xid),    htonl(CALL),   htonl(RPC_MSG_VERSION),
			     htonl(SEC_PROG), htonl(SEC_V1), htonl(SEC_ECHO) };
	XDR stream;

	xdrmem_create(&stream, call->bytes, sizeof(call->bytes), XDR_ENCODE);
	if (!XDR_PUTBYTES(&stream, (char *)words, sizeof(words)) || !AUTH_MARSHALL(auth, &stream) ||
	    !AUTH_WRAP(auth, &stream, (xdrproc_t)xdr_sec_bytes, (char *)&argument))
		errx(1, "a call cannot be written");
	call->length = XDR_GETPOS(&stream);
}

/* The reply's words behind its xid which say whether it was accepted, or why not. */
static void send_written(int fd, const struct written *call, const char *what)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	uint32_t mark = htonl(0x80000000 | call->length), reply[256] = { 0 };
	size_t at = datagrams ? 0 : 1;
	ssize_t n = 0;

	if (at && send(fd, &mark, sizeof(mark), MSG_NOSIGNAL | MSG_MORE) != sizeof(mark))
		err(1, "cannot send");
	if (send(fd, call->bytes, call->length, MSG_NOSIGNAL) != (ssize_t)call->length)
		err(1, "cannot send");
	if (poll(&waiting, 1, LONG_TIME) == 1)
		n = recv(fd, reply, sizeof(reply), 0);
	printf("%s: ", what);
	if (n < 20)
		printf("no reply\n");
	else if (reply[at + 2])
		printf("denied %d %d\n", (int)ntohl(reply[at + 3]), (int)ntohl(reply[at + 4]));
	else
		printf("accepted %d\n", (int)ntohl(reply[at + 5 + (ntohl(reply[at + 4]) + 3) / 4]));
}

/* ---- what is done ---- */

static void call_as(CLIENT *client, AUTH *auth)
{
	AUTH *before = client->cl_auth;

	client->cl_auth = auth;
	ask(client, SEC_CALLER);
	echo(client, 10);
	echo(client, datagrams ? 4000 : 150000);
	ask(client, SEC_CALLER);
	client->cl_auth = before;
}

static void use_services(void)
{
	int fd;

	for (size_t i = 0; i < LENGTH(services); i++) {
		CLIENT *client = open_client(&fd);
		AUTH *auth = open_context(client, SERVICE, services[i]);

		call_as(client, auth);
		AUTH_DESTROY(auth);
		call_as(client, client->cl_auth);
		CLNT_DESTROY(client);
	}
}

/* As programs for Solaris do. */
static void use_seccreate(void)
{
	int fd;
	CLIENT *client = open_client(&fd);
	rpc_gss_options_ret_t options;
	AUTH *auth = rpc_gss_seccreate(client, SERVICE, "kerberos_v5", rpcsec_gss_svc_privacy, NULL,
				       NULL, &options);

	if (!auth)
		errx(1, "no context: %x %x", options.major_status, options.minor_status);
	call_as(client, auth);
	AUTH_DESTROY(auth);
	CLNT_DESTROY(client);
}

/* On one connection, and by turns. */
static void mix_flavors(void)
{
	int fd;
	CLIENT *client = open_client(&fd);
	AUTH *none = client->cl_auth;
	AUTH *sys = authunix_create("client", 42, 42, 0, NULL);
	AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_INTEGRITY);

	for (int i = 0; i < 3; i++) {
		call_as(client, auth);
		call_as(client, sys);
		call_as(client, none);
	}
	AUTH_DESTROY(auth);
	AUTH_DESTROY(sys);
	CLNT_DESTROY(client);
}

static void call_often(void)
{
	int fd, right = 0;
	bool same;
	CLIENT *client = open_client(&fd);
	AUTH *none = client->cl_auth;
	AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_PRIVACY);

	client->cl_auth = auth;
	for (u_int length = 0; length < 200; length++)
		right += echo_bytes(client, length, &same) == RPC_SUCCESS && same;
	printf("%d right\n", right);
	client->cl_auth = none;
	AUTH_DESTROY(auth);
	CLNT_DESTROY(client);
}

static void be_answered_by_child(void)
{
	int fd;
	CLIENT *client = open_client(&fd);
	AUTH *none = client->cl_auth;
	AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_PRIVACY);

	client->cl_auth = auth;
	for (int i = 0; i < 3; i++)
		ask(client, SEC_CHILD);
	ask(client, SEC_CALLER);
	client->cl_auth = none;
	AUTH_DESTROY(auth);
	CLNT_DESTROY(client);
}

/* A service that is there for the realm and not in this server's keys, and one that is nowhere. */
static void ask_for_others(void)
{
	static char *const principals[] = { "other@localhost", "nobody@localhost" };
	int fd;

	for (size_t i = 0; i < LENGTH(principals); i++) {
		CLIENT *client = open_client(&fd);

		open_context(client, principals[i], RPCSEC_GSS_SVC_INTEGRITY);
		ask(client, SEC_CALLER);
		CLNT_DESTROY(client);
	}
}

static void be_refused(void)
{
	int fd;
	CLIENT *client;
	AUTH *auth;

	use_ticket(bob);
	client = open_client(&fd);
	auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_INTEGRITY);
	call_as(client, auth);
	AUTH_DESTROY(auth);
	CLNT_DESTROY(client);
	use_ticket(alice);
}

/* Each has a connection and a context. */
static void be_several(void)
{
	CLIENT *clients[6];
	AUTH *auths[LENGTH(clients)];
	int fd;

	for (size_t i = 0; i < LENGTH(clients); i++) {
		clients[i] = open_client(&fd);
		auths[i] = open_context(clients[i], SERVICE, services[i % LENGTH(services)]);
	}
	for (size_t i = 0; i < 2 * LENGTH(clients); i++)
		call_as(clients[i % LENGTH(clients)], auths[i % LENGTH(clients)]);
	for (size_t i = 0; i < LENGTH(clients); i++) {
		AUTH_DESTROY(auths[i]);
		CLNT_DESTROY(clients[i]);
	}
}

/* One after the other, and half of them do not say that they go: libtirpc takes who comes next for
 * one of these, when his transport is at the same place. */
static void come_and_go(void)
{
	int fd, right = 0;
	bool same;

	for (int i = 0; i < 50; i++) {
		CLIENT *client = open_client(&fd);
		AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_INTEGRITY);

		client->cl_auth = auth;
		right += echo_bytes(client, 10, &same) == RPC_SUCCESS && same;
		if (i % 2)
			shutdown(fd, SHUT_RDWR);
		AUTH_DESTROY(auth);
		CLNT_DESTROY(client);
	}
	printf("%d right\n", right);
}

static void connect_datagrams(int fd)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "cannot connect");
}

static void forge(void)
{
	struct written call, late;
	int fd;
	CLIENT *client = open_client(&fd);
	AUTH *none = client->cl_auth;
	AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_INTEGRITY);

	write_call(&call, auth);
	send_written(fd, &call, "a call");
	send_written(fd, &call, "the same again");
	write_call(&call, auth);
	call.bytes[23] = SEC_CALLER;
	send_written(fd, &call, "for another procedure");
	write_call(&call, auth);
	call.bytes[call.length - 1] ^= 1;
	send_written(fd, &call, "with another checksum");
	write_call(&late, auth);
	AUTH_DESTROY(auth);
	client->cl_auth = none;
	send_written(fd, &late, "when its context is destroyed");
	ask(client, SEC_CALLER);
	CLNT_DESTROY(client);
}

/* libtirpc refuses the second one: who lost the first reply gets none. */
static void send_datagram_twice(void)
{
	struct written call;
	int fd;
	CLIENT *client = open_client(&fd);
	AUTH *auth = open_context(client, SERVICE, RPCSEC_GSS_SVC_INTEGRITY);

	write_call(&call, auth);
	connect_datagrams(fd);
	send_written(fd, &call, "a call");
	send_written(fd, &call, "the same again");
	AUTH_DESTROY(auth);
	CLNT_DESTROY(client);
}

#define BY_TCP 1
#define BY_UDP 2
#define BY_ALL (BY_TCP | BY_UDP)

/* What is named "ours" goes wrong with libtirpc's runtime.  By UDP that has one context for all. */
static const struct {
	const char *name;
	void (*run)(void);
	unsigned int by;
} cases[] = {
	{ "each service", use_services, BY_ALL },
	{ "rpc_gss_seccreate", use_seccreate, BY_ALL },
	{ "other flavors beside it", mix_flavors, BY_ALL },
	{ "200 calls", call_often, BY_ALL },
	{ "a child's reply", be_answered_by_child, BY_ALL },
	{ "as one who is refused", be_refused, BY_ALL },
	{ "ours: a datagram again", send_datagram_twice, BY_UDP },
	{ "six at once", be_several, BY_TCP },
	{ "forged", forge, BY_TCP },
	{ "for other principals", ask_for_others, BY_ALL },
	{ "ours: 50, one after the other", come_and_go, BY_TCP },
};

int main(int argc, char **argv)
{
	if (argc != 5)
		errx(64, "usage: client tcp|udp PORT ALICE BOB");
	datagrams = strcmp(argv[1], "udp") == 0;
	port = (uint16_t)atoi(argv[2]);
	alice = argv[3];
	bob = argv[4];
	setlinebuf(stdout);
	signal(SIGPIPE, SIG_IGN);
	use_ticket(alice);
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (cases[i].by & (datagrams ? BY_UDP : BY_TCP)) {
			printf("-- %s\n", cases[i].name);
			cases[i].run();
		}
	return 0;
}
