/* Help on sidecalld. */
#include "programs/sidecalld/help.h"

#include <stdio.h>

static const char *const paragraphs[] = {
	("Without --listen it serves rpc and raw on loopback tcp and udp, and on unix, fifo and "
	 "shm "
	 "in $SIDECALL_DIR or the user's runtime directory. It prints each address it has, then "
	 "\"ready\"; SIGTERM ends it."),
	("Sockets that systemd opened (LISTEN_FDS) are served instead, or besides what --listen "
	 "names."),
	("With --stock the endpoints are tirpc+tcp, tirpc+udp and tirpc+unix, served by libtirpc "
	 "as "
	 "rpcgen's users get it."),
	"Example: sidecalld --root /srv --listen rpc+tcp://0.0.0.0:0",
	NULL,
};

static const char *const endpoints[][2] = {
	{ "rpc+tcp://127.0.0.1:0", "any free port, made known to rpcbind; also udp" },
	{ "raw+tcp://[::1]:7117", "that port; also udp" },
	{ "rpc+unix:/run/calc.sock", "also shm" },
	{ "raw+fifo:/run/calc", "a directory" },
	{ NULL, NULL },
};

static const char *const codes[][2] = {
	{ "0", "it was told to end, and did" },
	{ "64", "an option is wrong" },
	{ "66", "the root cannot be served" },
	{ "69", "an address is taken, or not to be had" },
	{ "71", "system error" },
	{ "73", "it cannot say that it is ready" },
	{ NULL, NULL },
};

const struct help_list daemon_lists[] = {
	{ "endpoints", "Endpoints: rpc or raw, + and the transport, and its address:", 28,
	  endpoints },
	{ "codes", "Exit codes:", 6, codes },
	{ NULL, NULL, 0, NULL },
};

void daemon_help(const struct option_row *rows)
{
	const struct help_page page = help_page_open();

	printf("Usage: sidecalld [OPTION...]\n");
	help_words(&page, 0,
		   "Serves a calculator and file information by ONC RPC and by raw messages.");
	help_options(&page, "Options:", rows);
	for (const struct help_list *list = daemon_lists; list->name; list++)
		help_list(&page, list);
	for (const char *const *paragraph = paragraphs; *paragraph; paragraph++) {
		printf("\n");
		help_words(&page, 0, *paragraph);
	}
}
