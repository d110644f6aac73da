/*
 * A server that takes callers by their tickets, and knows libtirpc alone.
 *
 * server tcp|udp old|new PRINCIPAL: it names itself by one or the other function of libtirpc's, and
 * refuses bob.  It prints its port.
 */
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/auth_gss.h>
#include <rpc/rpcsec_gss.h>
#include <rpc/svc_auth_gss.h>
#include <rpc/svc_mt.h>

#include "secured.h"

#define ROOM 300000 /* libtirpc seals what fits in its buffer */

void sec_prog_1(struct svc_req *request, SVCXPRT *xprt);

/* ---- who calls ---- */

static const char *service_name(rpc_gss_service_t service)
{
	static const char *const names[] = { "default", "none", "integrity", "privacy" };

	return names[service];
}

static void show_ticket(struct svc_req *request, char *text, size_t size)
{
	char *principal = svcauth_gss_get_principal(&SVC_XP_AUTH(request->rq_xprt));
	rpc_gss_ucred_t *user = NULL;
	rpc_gss_rawcred_t *raw;
	void *cookie;

	if (!rpc_gss_getcred(request, &raw, &user, &cookie))
		snprintf(text, size, "%s, no credential", principal);
	else
		snprintf(text, size, "%s: %.*s by %s, %s, uid %d", principal,
			 raw->client_principal->len, raw->client_principal->name, raw->mechanism,
			 service_name(raw->service), user ? (int)user->uid : -1);
	free(principal);
}

static void show_caller(struct svc_req *request, char *text, size_t size)
{
	const struct authunix_parms *sys = (const struct authunix_parms *)request->rq_clntcred;

	switch (request->rq_cred.oa_flavor) {
	case RPCSEC_GSS:
		show_ticket(request, text, size);
		break;
	case AUTH_SYS:
		snprintf(text, size, "uid %d says he", (int)sys->aup_uid);
		break;
	default:
		snprintf(text, size, "nobody");
	}
}

sec_text *sec_caller_1_svc(void *argument, struct svc_req *request)
{
	static char text[200];
	static sec_text result = text;

	(void)argument;
	show_caller(request, text, sizeof(text));
	return &result;
}

sec_bytes *sec_echo_1_svc(sec_bytes *argument, struct svc_req *request)
{
	(void)request;
	return argument;
}

sec_text *sec_child_1_svc(void *argument, struct svc_req *request)
{
	sec_text *result = sec_caller_1_svc(argument, request);

	if (fork() > 0)
		return NULL;
	svc_sendreply(request->rq_xprt, (xdrproc_t)xdr_sec_text, (char *)result);
	_exit(0);
}

/* ---- who may ---- */

static bool_t refuse_bob(struct svc_req *request, gss_cred_id_t delegated, gss_ctx_id_t context,
			 rpc_gss_lock_t *lock, void **cookie)
{
	const rpc_gss_principal_t caller = lock->raw_cred->client_principal;

	(void)request;
	(void)delegated;
	(void)context;
	(void)cookie;
	return caller->len < 3 || memcmp(caller->name, "bob", 3) != 0;
}

static void name_as_of_old(char *principal)
{
	gss_buffer_desc text = { strlen(principal), principal };
	OM_uint32 minor;
	gss_name_t name;

	if (gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name) != GSS_S_COMPLETE ||
	    !svcauth_gss_set_svc_name(name))
		errx(1, "%s cannot be its name", principal);
	gss_release_name(&minor, &name);
}

static void name_itself(const char *how, char *principal)
{
	rpc_gss_callback_t callback = { SEC_PROG, SEC_V1, refuse_bob };

	if (strcmp(how, "old") == 0)
		name_as_of_old(principal);
	else if (!rpc_gss_set_svc_name(principal, "kerberos_v5", 0, SEC_PROG, SEC_V1))
		errx(1, "%s cannot be its name", principal);
	if (!rpc_gss_set_callback(&callback))
		errx(1, "nobody can be refused");
}

/* ---- where ---- */

static SVCXPRT *create_transport(int type)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 128) < 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		err(1, "cannot listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return type == SOCK_STREAM ? svc_vc_create(fd, ROOM, ROOM) : svc_dg_create(fd, 0, 0);
}

int main(int argc, char **argv)
{
	SVCXPRT *xprt;

	if (argc != 4)
		errx(64, "usage: server tcp|udp old|new PRINCIPAL");
	signal(SIGCHLD, SIG_IGN);
	name_itself(argv[2], argv[3]);
	xprt = create_transport(strcmp(argv[1], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM);
	if (!xprt || !svc_reg(xprt, SEC_PROG, SEC_V1, sec_prog_1, NULL))
		errx(1, "libtirpc makes no server of it");
	svc_run();
	return 1;
}
