/* dir_client HOST DIRECTORY: `rpcgen -a` wrote the frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dir.h"

static void
dirprog_1(char *host, char *path)
{
	CLIENT *clnt;
	readdir_res  *result_1;
	u_int  *result_2;
	namelist entry;

	clnt = clnt_create (host, DIRPROG, DIRVERS, "tcp");
	if (clnt == NULL) {
		clnt_pcreateerror (host);
		exit (1);
	}

	result_1 = readdir_1(&path, clnt);
	if (result_1 == NULL) {
		clnt_perror (clnt, "call failed");
		exit (1);
	}
	if (result_1->error) {
		fprintf (stderr, "%s: %s\n", path, strerror (result_1->error));
		exit (1);
	}
	for (entry = result_1->readdir_res_u.list; entry != NULL; entry = entry->next)
		printf ("%s\n", entry->name);

	result_2 = listed_1(NULL, clnt);
	if (result_2 == NULL) {
		clnt_perror (clnt, "call failed");
		exit (1);
	}
	printf ("%u listed\n", *result_2);
	xdr_free ((xdrproc_t) xdr_readdir_res, (char *) result_1);
	clnt_destroy (clnt);
}

int
main (int argc, char *argv[])
{
	if (argc < 3) {
		printf ("usage: %s server_host directory\n", argv[0]);
		exit (1);
	}
	dirprog_1 (argv[1], argv[2]);
	exit (0);
}
