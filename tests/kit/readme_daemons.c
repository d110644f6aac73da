/* What README says of Debian's daemons, as tests/daemons/run --write puts it there. */
#include "tests/kit/readme_daemons.h"

#include <stdlib.h>
#include <string.h>

#include "common/duration.h"
#include "compare/failures/daemons.h"

#define WIDTH 118 /* columns of README */

/* What the honest client of ypserv sees, in the middle of a sentence. */
static const char *fate_words(const char *fate, double milliseconds, char room[64])
{
	if (strcmp(fate, "pass") == 0 || strcmp(fate, "slow") == 0)
		snprintf(room, 64, "takes at most %.0f ms", milliseconds);
	else if (strcmp(fate, "stalls") == 0)
		snprintf(room, 64, "has no answer after %.0f seconds", milliseconds / 1000);
	else
		snprintf(room, 64, "fails");
	return room;
}

static void write_two_bytes(const struct daemon_cell *cell, FILE *out)
{
	char stock[64], ours[64], text[400];

	snprintf(text, sizeof(text),
		 "One client that has sent two bytes is enough. Beside it a call to Debian's "
		 "`ypserv` %s. By `sidecall run` it %s.",
		 fate_words(cell->stock, cell->stock_ms, stock),
		 fate_words(cell->ours, cell->ours_ms, ours));
	text_wrap(out, 0, 0, WIDTH, text);
}

/* The smallest of bad clients, and what it does to others. */
static void write_smallest(const char *text, FILE *out)
{
	char *copy = strdup(text), *rest = copy;
	struct daemon_cell cell;

	while (daemon_cell_next(&rest, &cell))
		if (strcmp(cell.daemon, "ypserv") == 0 && strcmp(cell.name, "two-bytes") == 0)
			write_two_bytes(&cell, out);
	free(copy);
}

static void write_row(const json_t *row, FILE *out)
{
	fprintf(out, "| %s | %s | %s | %.0f | %.0f |\n", figure_text(row, &figures.daemon),
		figure_text(row, &figures.stock), figure_text(row, &figures.ours),
		figure_number(row, &figures.stock_ns) / MILLISECOND,
		figure_number(row, &figures.ours_ns) / MILLISECOND);
}

void readme_daemons(const char *text, FILE *out)
{
	json_t *daemons = daemons_read(text), *row;
	size_t i;

	write_smallest(text, out);
	fputs("\n| daemon | as it is | by `sidecall run` | slowest call as it is, ms | by "
	      "`sidecall run`, ms |\n|---|---|---|---|---|\n",
	      out);
	json_array_foreach (figure_get(daemons, &figures.rows), i, row)
		write_row(row, out);
	fprintf(out, "\n*Judged on %s, on %s.*\n", figure_text(daemons, &figures.date),
		figure_text(daemons, &figures.system));
	json_decref(daemons);
}
