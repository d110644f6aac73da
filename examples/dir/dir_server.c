/* The procedures: `rpcgen -a` wrote the frame. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dir.h"

static unsigned int listed;

readdir_res *
readdir_1_svc(char **argp, struct svc_req *rqstp)
{
	static readdir_res  result;
	DIR *directory;
	struct dirent *entry;
	namelist *next = &result.readdir_res_u.list;

	xdr_free((xdrproc_t) xdr_readdir_res, (char *) &result);	/* what was sent last */
	memset(&result, 0, sizeof (result));

	directory = opendir(*argp);
	if (directory == NULL) {
		result.error = errno;
		return &result;
	}
	while ((entry = readdir(directory)) != NULL) {
		*next = calloc(1, sizeof (namenode));
		if (*next == NULL)
			break;
		(*next)->name = strdup(entry->d_name);
		next = &(*next)->next;
	}
	closedir(directory);
	listed++;
	return &result;
}

u_int *
listed_1_svc(void *argp, struct svc_req *rqstp)
{
	static u_int  result;

	result = listed;
	return &result;
}
