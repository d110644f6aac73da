/* What a case of the table asks, in the words of sidecall's command. */
#include <ctype.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/reply.h"
#include "idl/calc.h"
#include "programs/sidecall/check_show.h"

#define SHOWN_TEXT 160 /* bytes of an argument */

/* In quotes where it is no number.  What cannot be shown is "?". */
static void write_text(FILE *to, const char *text)
{
	const bool quoted = !*text || text[strspn(text, "-0123456789")];

	fputs(quoted ? " \"" : " ", to);
	for (size_t i = 0; text[i] && i < SHOWN_TEXT; i++)
		if (text[i] == '\t')
			fputs("\\t", to);
		else
			putc(isprint((unsigned char)text[i]) ? text[i] : '?', to);
	fprintf(to, "%s%s", strlen(text) > SHOWN_TEXT ? "..." : "", quoted ? "\"" : "");
}

/* Both statuses stand in front of the position, which ends a reply: of two bytes each by raw, and
 * four by rpc. */
static bool is_syntax(const struct buffer *came)
{
	static const uint8_t raw[] = { 0, 0, 0, CALC_SYNTAX },
			     rpc[] = { 0, 0, 0, 0, 0, 0, 0, CALC_SYNTAX };

	return (came->length == 14 && memcmp(came->data + 6, raw, sizeof(raw)) == 0) ||
	       (came->length == 32 && memcmp(came->data + 20, rpc, sizeof(rpc)) == 0);
}

/* Where in its expression a server that says SYNTAX stopped. */
static void write_position(FILE *to, const char *expression, const struct buffer *came)
{
	uint32_t at;

	if (!is_syntax(came))
		return;
	memcpy(&at, came->data + came->length - sizeof(at), sizeof(at));
	at = be32toh(at);
	fprintf(to, "; SYNTAX at %" PRIu32, at);
	if (at < strlen(expression)) {
		putc(':', to);
		write_text(to, expression + at);
	}
}

void check_write_asked(FILE *to, const struct check_case *row, const struct check_finding *finding)
{
	fputs(row->words[0], to);
	for (size_t i = 1; row->words[i]; i++)
		write_text(to, row->words[i]);
	if (strcmp(row->words[0], "evaluate") == 0)
		write_position(to, row->words[1], &finding->came->bytes);
}

char *check_asked(const struct check_case *row, const struct check_finding *finding)
{
	char *text = NULL;
	size_t length;
	FILE *to = row->words ? open_memstream(&text, &length) : NULL;

	if (!to)
		return NULL;
	check_write_asked(to, row, finding);
	fclose(to);
	return text;
}
