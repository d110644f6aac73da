/* Help: on sidecall, and on each of its commands. */
#include "programs/sidecall/help.h"

#include <stdio.h>

#include "programs/help_page.h"

static const char before_lists[] =
	"Calls a calculator and file information by ONC RPC or by raw messages.";

static const char *const endpoints[][2] = {
	{ "rpc+tcp://HOST", "also udp; the port is asked of rpcbind" },
	{ "rpc+tcp://HOST:PORT", "that port" },
	{ "raw+udp://[::1]", "also tcp; port 7117" },
	{ "raw+unix:PATH", "without :PATH, in the runtime directory; also shm" },
	{ "raw+fifo:DIRECTORY", "named pipes; the runtime directory" },
	{ "rpc+pipe", "a server of our own, in the working directory" },
	{ "tirpc+tcp://HOST", "libtirpc's own client; also udp, unix" },
	{ NULL, NULL },
};

static const char *const variables[][2] = {
	{ "SIDECALL_VIA", "the endpoint where --via is not given" },
	{ "SIDECALL_DIR", "the runtime directory" },
	{ "SIDECALLD", "the program that serves a pipe" },
	{ NULL, NULL },
};

static const char *const codes[][2] = {
	{ "0", "done" },
	{ "1", "the service says no" },
	{ "2", "a comparison differs or is worse; lint, doctor or check found something" },
	{ "64", "usage" },
	{ "65", "data that cannot be encoded or decoded" },
	{ "68", "unknown host" },
	{ "69", "unreachable, refused, or not registered" },
	{ "70", "a bug of ours" },
	{ "71", "system error" },
	{ "73", "cannot write the output" },
	{ "75", "timed out, or the server is busy" },
	{ "76", "protocol, version or procedure mismatch" },
	{ "77", "not permitted" },
	{ NULL, NULL },
};

const struct help_list help_lists[] = {
	{ "endpoints", "Endpoints: PROTOCOL+TRANSPORT, with an address where there is no default:",
	  24, endpoints },
	{ "environment", "Environment:", 24, variables },
	{ "codes", "Exit codes:", 6, codes },
	{ NULL, NULL, 0, NULL },
};

static void write_commands(const struct help_page *page, const struct command *commands)
{
	char name[80];

	help_heading(page, "Commands:");
	for (const struct command *c = commands; c->name; c++) {
		snprintf(name, sizeof(name), "%s%s%s", c->name, c->usage[0] ? " " : "", c->usage);
		help_row(page, name, 34, c->help);
	}
}

static void write_examples(const struct help_page *page)
{
	help_heading(page, "Examples:");
	fputs("  sidecall divide 84 2\n"
	      "  sidecall --via raw+tcp://localhost evaluate '2*(3+4)^2'\n"
	      "  seq 10 | sidecall summarize -\n"
	      "  sidecall --via rpc+unix list -l docs\n"
	      "  sidecall --json stat README.md | jq .size\n"
	      "  sidecall compare --quick --report compare.html\n",
	      stdout);
}

void help_all(const struct command *commands, const struct option_row *before)
{
	const struct help_page page = help_page_open();

	printf("Usage: sidecall [OPTION...] COMMAND [OPERAND...]\n");
	help_words(&page, 0, before_lists);
	help_options(&page, "Options:", before);
	write_commands(&page, commands);
	printf("\n");
	help_words(&page, 0, "More on one: sidecall help COMMAND");
	help_list(&page, &help_lists[0]);
	write_examples(&page);
	for (const struct help_list *list = &help_lists[1]; list->name; list++)
		help_list(&page, list);
}

void help_command(const struct command *command)
{
	const struct help_page page = help_page_open();

	printf("Usage: sidecall [OPTION...] %s%s%s\n", command->name, command->usage[0] ? " " : "",
	       command->usage);
	help_words(&page, 0, command->help);
	if (command->options)
		help_options(&page, "Options:", command->options);
	help_heading(&page, "Example:");
	printf("  %s\n\n", command->example);
	help_words(&page, 0, "Options before the command: sidecall help");
}
