/* Lines of words, as a shell would split them. */
#include "programs/sidecall/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Moves one word to `to`, without its quotes.  Its end in the line, or NULL when a quote is open.
 */
static char *take_word(char *from, char *to)
{
	char quote = '\0';

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (quote ? *from == quote : (*from == '\'' || *from == '"'))
			quote = quote ? '\0' : *from;
		else if (*from == '\\' && quote != '\'' && from[1])
			*to++ = *++from;
		else
			*to++ = *from;
	}
	if (quote)
		return NULL;
	if (*from)
		from++;
	*to = '\0';
	return from;
}

int words_split(char *line, char **words, int most)
{
	int count = 0;

	for (;;) {
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			return count;
		if (count < most)
			words[count] = line;
		count++;
		line = take_word(line, line);
		if (!line)
			return -1;
	}
}

void words_quote(FILE *to, const char *word)
{
	fputc('\'', to);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){ *word, '\0' }, to);
	fputc('\'', to);
}
