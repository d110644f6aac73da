/* sidecalld's options, and the limits that follow from them. */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_OPTIONS_H
#define SIDECALL_PROGRAMS_SIDECALLD_OPTIONS_H

#include "common/endpoint.h"
#include "programs/option.h"
#include "server/runtime/svc.h"

#define OPTIONS_MAX_LISTEN 32

struct options {
	struct endpoint listen[OPTIONS_MAX_LISTEN];
	unsigned int listen_count;
	const char *root;
	unsigned int calc_version; /* the only one, or 0 */
	char *allow;               /* who may call, as struct sidecall_svc_options has it */
	char *proxy_from;          /* proxies, likewise */
	char *require;             /* what calls need, likewise */
	struct endpoint metrics;   /* where they are read; port -1: nowhere */
	bool no_rpcbind;
	bool no_confine;
	bool stock;
	bool stdio; /* one client is served on standard input and output, by this protocol */
	enum endpoint_protocol stdio_protocol;
	struct sidecall_svc_options svc;
};

extern const struct option_row options_rows[];

/* Reads the command line.  What is not said has its default then; so have endpoints, unless sockets
 * were `given`, which --stock cannot serve and --stdio does not need.  Ends the program when
 * something is wrong (EX_USAGE), or when only help was asked for. */
void options_parse(struct options *options, int argc, char **argv, bool given);

#endif
