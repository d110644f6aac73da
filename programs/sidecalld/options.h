/* sidecalld's options, and the limits that follow from them. */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_OPTIONS_H
#define SIDECALL_PROGRAMS_SIDECALLD_OPTIONS_H

#include "server/runtime/worker.h"

#define OPTIONS_MAX_LISTEN 32

struct options {
	struct endpoint listen[OPTIONS_MAX_LISTEN];
	unsigned int listen_count;
	const char *root;
	unsigned int calc_version; /* the only one, or 0 */
	bool no_rpcbind;
	bool stock;
	unsigned int workers;
	const struct protocol *stdio; /* spoken on standard input and output, if at all */
	struct limits limits;
};

/* Reads the command line.  What is not said has its default then, endpoints included; and the limit
 * on descriptors is as high as it may be, and that on connections no higher than it bears.  Ends
 * the program when something is wrong (EX_USAGE), or when only help was asked for. */
void options_parse(struct options *options, int argc, char **argv);

#endif
