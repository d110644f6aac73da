/*
 * The guest book's server, unchanged, on the runtime: server ENDPOINT... prints where it listens,
 * and serves until SIGTERM; server without words serves one client on standard input and output.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <sidecall/svc.h>

#include "guestbook.h"

void guestbook_prog_1(struct svc_req *request, SVCXPRT *transport);

static struct sidecall_svc *book;

static void stop(int signal)
{
	(void)signal;
	sidecall_svc_stop(book);
}

static void listen_at(const char *endpoint)
{
	char why[SIDECALL_SVC_WHY];
	const char *wrong = sidecall_svc_listen(book, endpoint, why);

	if (wrong)
		errx(EXIT_FAILURE, "cannot listen on %s: %s", endpoint, wrong);
}

int main(int argc, char **argv)
{
	static const struct sidecall_svc_procedure procedures[] = {
		{ GUESTBOOK_SIGN, SIDECALL_NO_WAIT, SIDECALL_REPEAT_NEVER, 0 },
		{ GUESTBOOK_AWAIT, SIDECALL_SHORT_WAIT, SIDECALL_REPEAT_FREELY, 0 },
	};
	static const struct sidecall_svc_program programs[] = {
		{ .program = GUESTBOOK_PROG,
		  .version = GUESTBOOK_V1,
		  .dispatch = guestbook_prog_1,
		  .procedures = procedures,
		  .procedure_count = sizeof(procedures) / sizeof(procedures[0]),
		  .others = SIDECALL_REPEAT_FREELY },
		{ 0 },
	};
	const char *address;
	int r;

	book = sidecall_svc_create(programs, NULL, NULL);
	if (!book)
		err(EXIT_FAILURE, "cannot start");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	for (int i = 1; i < argc; i++)
		listen_at(argv[i]);
	if (argc == 1 && sidecall_svc_standard(book) < 0)
		errx(EXIT_FAILURE, "standard input and output are no connection");
	for (unsigned int i = 0; (address = sidecall_svc_address(book, i)); i++)
		printf("%s\n", address);
	fflush(stdout);
	r = sidecall_svc_run(book);
	sidecall_svc_destroy(book);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
