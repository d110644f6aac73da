/* What servers that know libtirpc alone, and have several threads, have in common. */
#include <err.h>
#include <pthread.h>
#include <stdlib.h>

#include <rpc/rpc.h>

#define PROGRAM 0x20000f0d

static void dispatch(struct svc_req *request, SVCXPRT *xprt)
{
	(void)request;
	svc_sendreply(xprt, (xdrproc_t)xdr_void, NULL);
}

static void *serve(void *argument)
{
	(void)argument;
	svc_run();
	return NULL;
}

static void start_thread(void *(*run)(void *argument))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) != 0)
		errx(EXIT_FAILURE, "it has no threads");
}
