/* Our own server: which program it is, and how it is run as a child on pipes. */
#ifndef SIDECALL_CLIENT_SIDECALLD_H
#define SIDECALL_CLIENT_SIDECALLD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/endpoint.h"

#define SIDECALLD "sidecalld"

/*
 * What $SIDECALLD names, else sidecalld beside the running program, else in ../sbin from there,
 * else its plain name, for execvp() to look for in PATH.  The result may lie in `path`.
 */
const char *sidecalld_program(char *path, size_t size);

struct sidecalld_command {
	const char *argv[4]; /* as execvp() takes it; it may point into `path` */
	char path[4096];
};

/* Whether the endpoint is a pipe for which nobody named a program: then it is ours, by this
 * command. */
bool sidecalld_is_child(const struct endpoint *endpoint, struct sidecalld_command *command);

#endif
