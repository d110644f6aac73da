/* libtirpc's own functions, behind those that we put in their place. */
#include "server/preload/libtirpc.h"

#include <dlfcn.h>
#include <string.h>

/* A part of the program that was loaded later may have brought libtirpc along for itself alone. Its
 * calls come to us all the same. */
static void *find_loaded_later(const char *name)
{
	void *library = dlopen("libtirpc.so.3", RTLD_LAZY | RTLD_NOLOAD), *found;

	if (!library)
		return NULL;
	found = dlsym(library, name);
	dlclose(library); /* whoever loaded it has it still */
	return found;
}

/* Programs of before 2018 may use the C library's own functions.  It has kept them, under the
 * version that it had first on each kind of machine, and by that alone. */
static void *find_in_libc(const char *name)
{
	static const char *const versions[] = { "GLIBC_2.0", "GLIBC_2.2.5", "GLIBC_2.4",
						"GLIBC_2.17" };
	void *found = NULL;

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]) && !found; i++)
		found = dlvsym(RTLD_NEXT, name, versions[i]);
	return found;
}

void *libtirpc_find(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		found = find_loaded_later(name);
	return found ? found : find_in_libc(name);
}

bool libtirpc_is_here(void)
{
	Dl_info library;
	void *function = dlsym(RTLD_NEXT, "svc_reg");

	return function && dladdr(function, &library) && strstr(library.dli_fname, "/libtirpc.so");
}

/* The program may have a copy of the variable in the place of libtirpc's. */
bool libtirpc_is_waiting(void)
{
	const int *transports = dlsym(RTLD_DEFAULT, "svc_max_pollfd");

	return !transports || *transports;
}
