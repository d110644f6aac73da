/* Our own server: which program it is, and how it is run as a child on pipes. */
#include "client/sidecalld.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The server beside the running program, or where it is installed, if there is one. */
static bool near_us(char *path, size_t size)
{
	static const char *const places[] = { SIDECALLD, "../sbin/" SIDECALLD };
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *name;

	if (length >= 0)
		path[length] = '\0';
	else if ((size_t)snprintf(path, size, "%s", program_invocation_name) >= size)
		return false;
	name = strrchr(path, '/'); /* there is none where there is no /proc, and we are in PATH */
	if (!name)
		return false;
	name++;
	size -= (size_t)(name - path);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if ((size_t)snprintf(name, size, "%s", places[i]) < size && access(path, X_OK) == 0)
			return true;
	return false;
}

const char *sidecalld_program(char *path, size_t size)
{
	const char *named = getenv("SIDECALLD");

	if (named && *named)
		return named;
	return near_us(path, size) ? path : SIDECALLD;
}

bool sidecalld_is_child(const struct endpoint *endpoint, struct sidecalld_command *command)
{
	if (endpoint->transport != ENDPOINT_PIPE || endpoint->path[0])
		return false;
	command->argv[0] = sidecalld_program(command->path, sizeof(command->path));
	command->argv[1] = "--stdio";
	command->argv[2] = endpoint_protocol_name(endpoint->protocol);
	command->argv[3] = NULL;
	return true;
}
