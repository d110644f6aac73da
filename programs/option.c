/* Options: a row each. */
#include "programs/option.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/number.h"

#define MOST_OPTIONS   32
#define ROOM_FOR_NAMES (OPTION_WRONG - 100)

bool option_usual(const struct option_row *row, char usual[OPTION_USUAL])
{
	bool mebibytes = row->value && strcmp(row->value, "BYTES") == 0 &&
			 row->usual_number % (1 << 20) == 0;
	int length = 0;

	if (row->usual_number)
		length = snprintf(
			usual, OPTION_USUAL, "%lld%s",
			(long long)(mebibytes ? row->usual_number >> 20 : row->usual_number),
			mebibytes ? " MiB" : "");
	snprintf(usual + length, OPTION_USUAL - (size_t)length, "%s", row->usual ? row->usual : "");
	return usual[0];
}

/* What stands in front of one of several, of which so many are left. */
static const char *separator_before(unsigned int left, bool first)
{
	return first ? "" : left == 1 ? " and " : ", ";
}

static bool begins_with(const struct option_row *row, const char *beginning, size_t length)
{
	return strncmp(row->name, beginning, length) == 0;
}

/* Those that begin so, as in "--quick, --only and --root".  How many. */
static unsigned int name_options(const struct option_row *rows, const char *beginning,
				 size_t length, char text[ROOM_FOR_NAMES])
{
	unsigned int count = 0, left;
	size_t end = 0;

	*text = '\0';
	for (const struct option_row *row = rows; row->name; row++)
		count += begins_with(row, beginning, length);
	left = count;
	for (const struct option_row *row = rows; left && end < ROOM_FOR_NAMES; row++)
		if (begins_with(row, beginning, length)) {
			end += (size_t)snprintf(text + end, ROOM_FOR_NAMES - end, "%s--%s",
						separator_before(left, left == count), row->name);
			left--;
		}
	return count;
}

/* A name that there is not, or the beginning of several; or a letter. */
static const char *no_option(const struct option_row *rows, const char *word,
			     char wrong[OPTION_WRONG])
{
	char names[ROOM_FOR_NAMES], letter[3] = { '-', (char)optopt };
	size_t length = optopt ? 0 : strcspn(word + 2, "="); /* behind "--" */

	if (length && name_options(rows, word + 2, length, names) > 1) {
		snprintf(wrong, OPTION_WRONG, "%.40s is short for %s", word, names);
		return wrong;
	}
	name_options(rows, "", 0, names);
	snprintf(wrong, OPTION_WRONG, "%.40s is no option; there are %s", optopt ? letter : word,
		 names);
	return wrong;
}

/* The table as getopt_long() has it.  "+": the first word that is none ends the options; ":": we
 * say ourselves what is wrong. */
static void list_options(const struct option_row *rows, struct option longs[MOST_OPTIONS],
			 char shorts[2 * MOST_OPTIONS + 3])
{
	shorts += sprintf(shorts, "+:");
	for (const struct option_row *row = rows; row->name; row++) {
		*longs++ = (struct option){ row->name, row->value ? required_argument : no_argument,
					    NULL, row->key };
		if (row->key < 256)
			shorts += sprintf(shorts, row->value ? "%c:" : "%c", row->key);
	}
	*longs = (struct option){ 0 };
}

/* The row of that key, or the one of zeroes. */
static const struct option_row *find_row(const struct option_row *rows, int key)
{
	while (rows->name && rows->key != key)
		rows++;
	return rows;
}

/* Reads the number of a row that is of one. */
static const char *read_number(const struct option_row *row, const char *value, int64_t *number,
			       char wrong[OPTION_WRONG])
{
	*number = 0;
	if (!row->most || number_read(value, row->least, row->most, number) == 0)
		return NULL;
	snprintf(wrong, OPTION_WRONG, "--%s takes a number from %lld to %lld, not \"%.100s\"",
		 row->name, (long long)row->least, (long long)row->most, value);
	return wrong;
}

/* Whether the word is one of those between the bars. */
static bool is_choice(const char *choices, const char *word)
{
	size_t length = strlen(word);

	for (const char *rest = choices; rest; rest = strchr(rest, '|')) {
		rest += rest != choices;
		if (strcspn(rest, "|") == length && strncmp(rest, word, length) == 0)
			return true;
	}
	return false;
}

/* As in "none or sys". */
static void name_choices(const char *choices, char text[ROOM_FOR_NAMES])
{
	size_t end = 0;

	for (; *choices && end + 4 < ROOM_FOR_NAMES; choices++)
		if (*choices != '|')
			text[end++] = *choices;
		else
			end += (size_t)sprintf(text + end,
					       strchr(choices + 1, '|') ? ", " : " or ");
	text[end] = '\0';
}

/* What is wrong with a word that is to be one of some. */
static const char *check_choice(const struct option_row *row, const char *value,
				char wrong[OPTION_WRONG])
{
	char names[ROOM_FOR_NAMES];

	if (!row->choices || strchr(row->value, ',') || is_choice(row->choices, value))
		return NULL;
	name_choices(row->choices, names);
	snprintf(wrong, OPTION_WRONG, "--%s takes %.300s, not \"%.100s\"", row->name, names, value);
	return wrong;
}

const char *option_take(int count, char **words, const struct option_row *rows, option_taker *take,
			void *what, char wrong[OPTION_WRONG])
{
	struct option longs[MOST_OPTIONS];
	char shorts[2 * MOST_OPTIONS + 3];
	const char *why = NULL;
	int64_t number;
	int key;

	list_options(rows, longs, shorts);
	opterr = 0;
	optind = 0;
	while (!why && (key = getopt_long(count, words, shorts, longs, NULL)) != -1) {
		const char *word = words[optind - 1];

		/* A name that there is, but without a value; else none, or a letter among others.
		 */
		if (key == '?' && !find_row(rows, optopt)->name)
			return no_option(rows, word, wrong);
		if (key == '?' || key == ':') {
			snprintf(wrong, OPTION_WRONG,
				 key == ':' ? "%.100s needs a value" : "%.100s: it takes no value",
				 word);
			return wrong;
		}
		why = read_number(find_row(rows, key), optarg, &number, wrong);
		if (!why)
			why = check_choice(find_row(rows, key), optarg, wrong);
		if (!why)
			why = take(what, key, optarg, number);
	}
	return why;
}
