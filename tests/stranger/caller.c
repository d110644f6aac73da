/*
 * The guest book's client: rpcgen's stubs, on whatever endpoint is named.
 *
 *	caller ENDPOINT TIMEOUT null PROGRAM VERSION     calls procedure 0, which every program has
 *	caller ENDPOINT TIMEOUT visit NAME               signs, reads and finds; prints the book
 *	caller ENDPOINT TIMEOUT await PATH               prints what is written into the pipe there
 *
 * TIMEOUT is in seconds.  The exit status is the error's code; 1 when a call failed.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sidecall/clnt.h>

#include "guestbook.h"

static CLIENT *create(const char *endpoint, const char *seconds, rpcprog_t program,
		      rpcvers_t version)
{
	const struct timeval timeout = { .tv_sec = atoi(seconds) };
	struct sidecall_error error;
	CLIENT *client = sidecall_clnt_create(endpoint, program, version, &timeout, &error);

	if (!client)
		errx(error.code, "%s (errno %d)", error.text, error.error);
	clnt_control(client, CLSET_TIMEOUT, (char *)&timeout);
	return client;
}

static int finish(CLIENT *client, bool_t done, const char *what)
{
	if (!done)
		clnt_perror(client, what);
	clnt_destroy(client);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int call_null(CLIENT *client)
{
	const struct timeval limit = { .tv_sec = 25 };

	return finish(client,
		      clnt_call(client, NULLPROC, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void,
				NULL, limit) == RPC_SUCCESS,
		      "null");
}

static void print_entry(const guestbook_entry *entry)
{
	printf("%s", entry->name);
	for (u_int i = 0; i < entry->days.days_len; i++)
		printf(" %d", entry->days.days_val[i]);
	printf(entry->uid < 0 ? ", nobody\n" : entry->uid == (int)getuid() ? ", us\n" : ", who?\n");
}

/* Once as nobody, and once as who he is. */
static int visit(CLIENT *client, char *name)
{
	int days[] = { 3, -1, 7 };
	guestbook_entry entry = { name, { 3, days }, 0 };
	u_int *count = guestbook_sign_1(&entry, client);
	guestbook_page *page;
	guestbook_found *found;
	AUTH *own = authunix_create_default();

	if (!count)
		return finish(client, FALSE, "sign");
	client->cl_auth = own;
	if (!guestbook_sign_1(&entry, client))
		return finish(client, FALSE, "sign");
	page = guestbook_read_1(NULL, client);
	if (!page)
		return finish(client, FALSE, "read");
	for (u_int i = 0; i < page->entries.entries_len; i++)
		print_entry(&page->entries.entries_val[i]);
	found = guestbook_find_1(&name, client);
	if (found)
		printf("%s\n", found->entry ? found->entry->name : "nobody");
	auth_destroy(own);
	return finish(client, found != NULL, "find");
}

static int await(CLIENT *client, char *path)
{
	char **text = guestbook_await_1(&path, client);

	if (text)
		puts(*text);
	return finish(client, text != NULL, "await");
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 6 && strcmp(argv[3], "null") == 0)
		return call_null(create(argv[1], argv[2], (rpcprog_t)atol(argv[4]),
					(rpcvers_t)atol(argv[5])));
	if (argc != 5)
		errx(2, "caller ENDPOINT TIMEOUT null PROGRAM VERSION | visit NAME | await PATH");
	return (strcmp(argv[3], "await") == 0 ? await : visit)(
		create(argv[1], argv[2], GUESTBOOK_PROG, GUESTBOOK_V1), argv[4]);
}
