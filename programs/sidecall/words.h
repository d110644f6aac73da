/* Lines of words, as a shell would split them. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_WORDS_H
#define SIDECALL_PROGRAMS_SIDECALL_WORDS_H

#include <stdio.h>

/*
 * Splits a line, in place, into words between blanks.  Quotes, ' and ", hold a word together; a
 * backslash makes the character behind it an ordinary one, except between single quotes; a word
 * that begins with # ends the line.  Nothing is expanded.
 *
 * How many words there are, with the first `most` in `words`; -1 when a quote is not closed.
 */
int words_split(char *line, char **words, int most);

/* Writes a word as a shell takes it for one: between quotes, also where it needs none. */
void words_quote(FILE *to, const char *word);

#endif
