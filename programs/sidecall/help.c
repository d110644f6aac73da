/* Help: on sidecall, and on each of its commands. */
#include "programs/sidecall/help.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LEAST_WIDTH 40 /* columns; narrower terminals break lines themselves */
#define MOST_WIDTH  100

struct page {
	int width;
	struct text out;
};

static struct page page_open(void)
{
	struct page page = { .width = 80, .out = text_to(stdout) };
	struct winsize size;

	if (page.out.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		page.width = size.ws_col;
	if (page.width > MOST_WIDTH)
		page.width = MOST_WIDTH;
	if (page.width < LEAST_WIDTH)
		page.width = LEAST_WIDTH;
	return page;
}

/* Writes words from this column on, and goes on below it where the line ends. */
static void write_words(const struct page *page, int column, const char *text)
{
	text_wrap(stdout, column, column, page->width, text);
}

/* A name, and what is said of it; beside it, or below where the name is too long. */
static void write_row(const struct page *page, const char *name, int column, const char *text)
{
	int width = printf("  %s", name);

	if (column > page->width / 2)
		column = 8;
	if (width + 2 > column)
		printf("\n%*s", column, "");
	else
		printf("%*s", column - width, "");
	write_words(page, column, text);
}

static void write_heading(const struct page *page, const char *heading)
{
	printf("\n%s%s%s\n", text_bold(&page->out), heading, text_plain(&page->out));
}

static void write_options(const struct page *page, const char *heading,
			  const struct command_option *options)
{
	char name[80];

	write_heading(page, heading);
	for (const struct command_option *o = options; o->name; o++) {
		int length = 0;

		if (o->key < 256)
			length = sprintf(name, "-%c, ", o->key);
		snprintf(name + length, sizeof(name) - (size_t)length, "--%s%s%s", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		write_row(page, name, 24, o->help);
	}
}

static const char before_lists[] =
	"Calls a calculator and file information by ONC RPC or by raw messages.";

/* Rows of three columns, the last of words. */
static const char *const endpoints[][2] = {
	{ "rpc+tcp://HOST", "also udp; the port is asked of rpcbind" },
	{ "rpc+tcp://HOST:PORT", "that port" },
	{ "raw+udp://[::1]", "also tcp; port 7117" },
	{ "raw+unix:PATH", "without :PATH, in the runtime directory; also shm" },
	{ "raw+fifo:DIRECTORY", "named pipes; the runtime directory" },
	{ "rpc+pipe", "a server of our own, in the working directory" },
	{ "tirpc+tcp://HOST", "libtirpc's own client; also udp, unix" },
};

static const char *const variables[][2] = {
	{ "SIDECALL_VIA", "the endpoint where --via is not given" },
	{ "SIDECALL_DIR", "the runtime directory" },
	{ "SIDECALLD", "the program that serves a pipe" },
};

static const char *const codes[][2] = {
	{ "0", "done" },
	{ "1", "the service says no" },
	{ "2", "a comparison differs or is worse" },
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
};

static void write_rows(const struct page *page, const char *heading, const char *const rows[][2],
		       size_t count, int column)
{
	write_heading(page, heading);
	for (size_t i = 0; i < count; i++)
		write_row(page, rows[i][0], column, rows[i][1]);
}

#define WRITE_ROWS(page, heading, rows, column)                                                    \
	write_rows(page, heading, rows, sizeof(rows) / sizeof((rows)[0]), column)

static void write_commands(const struct page *page, const struct command *commands)
{
	char name[80];

	write_heading(page, "Commands:");
	for (const struct command *c = commands; c->name; c++) {
		snprintf(name, sizeof(name), "%s%s%s", c->name, c->usage[0] ? " " : "", c->usage);
		write_row(page, name, 34, c->help);
	}
}

static void write_examples(const struct page *page)
{
	write_heading(page, "Examples:");
	fputs("  sidecall divide 84 2\n"
	      "  sidecall --via raw+tcp://localhost evaluate '2*(3+4)^2'\n"
	      "  seq 10 | sidecall summarize -\n"
	      "  sidecall --via rpc+unix list -l docs\n"
	      "  sidecall --json stat README.md | jq .size\n"
	      "  sidecall compare --quick --report compare.html\n",
	      stdout);
}

void help_all(const struct command *commands, const struct command_option *before)
{
	const struct page page = page_open();

	printf("Usage: sidecall [OPTION...] COMMAND [OPERAND...]\n");
	write_words(&page, 0, before_lists);
	write_options(&page, "Options:", before);
	write_commands(&page, commands);
	printf("\n");
	write_words(&page, 0, "More on one: sidecall help COMMAND");
	WRITE_ROWS(&page,
		   "Endpoints: PROTOCOL+TRANSPORT, with an address where there is no default:",
		   endpoints, 24);
	write_examples(&page);
	WRITE_ROWS(&page, "Environment:", variables, 24);
	WRITE_ROWS(&page, "Exit codes:", codes, 6);
}

void help_command(const struct command *command)
{
	const struct page page = page_open();

	printf("Usage: sidecall [OPTION...] %s%s%s\n", command->name, command->usage[0] ? " " : "",
	       command->usage);
	write_words(&page, 0, command->help);
	if (command->options)
		write_options(&page, "Options:", command->options);
	write_heading(&page, "Example:");
	printf("  %s\n\n", command->example);
	write_words(&page, 0, "Options before the command: sidecall help");
}
