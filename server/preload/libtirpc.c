/* libtirpc's own functions, behind those that we put in their place. */
#include "server/preload/libtirpc.h"

#include <dlfcn.h>
#include <string.h>

void *libtirpc_find(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

bool libtirpc_is_here(void)
{
	Dl_info library;
	void *function = libtirpc_find("svc_reg");

	return function && dladdr(function, &library) && strstr(library.dli_fname, "/libtirpc.so");
}

/* The program may have a copy of the variable in the place of libtirpc's. */
bool libtirpc_is_waiting(void)
{
	const int *transports = dlsym(RTLD_DEFAULT, "svc_max_pollfd");

	return !transports || *transports;
}
