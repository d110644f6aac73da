/*
 * Options, of a program or of one of its commands: a row each, which the parser reads, and from
 * which help is made.
 */
#ifndef SIDECALL_PROGRAMS_OPTION_H
#define SIDECALL_PROGRAMS_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION_WRONG 512 /* bytes, for a text that says what is wrong */

/* A table ends with a row of zeroes. */
struct option_row {
	const char *name;  /* as in --name */
	int key;           /* what it is taken by; a character is its short form, as -k, too */
	const char *value; /* what its value is called; NULL when it takes none */
	const char *help;
	/* What holds where it is not given, behind the number if that is not 0; NULL and 0: nothing
	 * that is worth a word. */
	const char *usual;
	int64_t usual_number;
	int64_t least, most; /* of a whole number; both 0: the value is a text */
	/* The words that a text may be, as in "none|sys"; NULL: any.  Where its name has a comma it
	 * is a list of them, which is for who takes it to check. */
	const char *choices;
};

#define OPTION_FLAG(name, key, help)                                                               \
	{                                                                                          \
		name, key, NULL, help, NULL, 0, 0, 0, NULL                                         \
	}
#define OPTION_TEXT(name, key, value, help, usual)                                                 \
	{                                                                                          \
		name, key, value, help, usual, 0, 0, 0, NULL                                       \
	}
#define OPTION_CHOICE(name, key, value, choices, help, usual)                                      \
	{                                                                                          \
		name, key, value, help, usual, 0, 0, 0, choices                                    \
	}
#define OPTION_NUMBER(name, key, value, help, number, usual, least, most)                          \
	{                                                                                          \
		name, key, value, help, usual, number, least, most, NULL                           \
	}

#define OPTION_USUAL 128 /* bytes, for a text that says what holds */

/* What holds where the option is not given, for people: "32 MiB, or less".  False: nothing that is
 * worth a word. */
bool option_usual(const struct option_row *row, char usual[OPTION_USUAL]);

/* Gets the key, the value (or NULL), and the number where the row is of one.  What is wrong with
 * it, or NULL. */
typedef const char *option_taker(void *what, int key, const char *value, int64_t number);

/*
 * Takes the options in front of the words behind words[0].  `optind` (getopt(3)) is behind them
 * then. NULL, or what is wrong: in `wrong`, or as `take` said it.
 */
const char *option_take(int count, char **words, const struct option_row *rows, option_taker *take,
			void *what, char wrong[OPTION_WRONG]);

#endif
