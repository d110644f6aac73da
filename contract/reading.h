/*
 * How a contract is read: texts become tokens, tokens definitions with names in them, and in the
 * end the names are looked up.
 *
 * What is read lives in one arena.  Memory that is not there, and work beyond all measure, end the
 * reading at once, by longjmp() to whoever began it; so does an error in a definition, to whoever
 * reads the next one.
 */
#ifndef SIDECALL_CONTRACT_READING_H
#define SIDECALL_CONTRACT_READING_H

#include <setjmp.h>
#include <sys/types.h>

#include "contract/contract.h"

/* ---- texts and places in them ---- */

struct source {
	const char *name, *text;
	size_t length;
	unsigned int number; /* in the order in which they were read */
	bool predefined;     /* anybody's own definition is preferred to one in here */
	bool on_disk;        /* it may name others by #include */
	dev_t device;
	ino_t inode;
	const struct source *before; /* the one that was read before it */
};

/* ---- tokens ---- */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_NUMBER,
	TOKEN_TEXT, /* between quotes */
	TOKEN_SIGN,
	TOKEN_DIRECTIVE, /* the # that begins a line */
	TOKEN_PERCENT    /* the % that begins a line, which is for the C compiler */
};

#define SIGN(first, second) ((first) << 8 | (second)) /* of two characters */

#define LESS_OR_EQUAL    SIGN('<', '=')
#define GREATER_OR_EQUAL SIGN('>', '=')
#define EQUAL            SIGN('=', '=')
#define UNEQUAL          SIGN('!', '=')
#define SHIFT_LEFT       SIGN('<', '<')
#define SHIFT_RIGHT      SIGN('>', '>')
#define AND              SIGN('&', '&')
#define OR               SIGN('|', '|')

struct token {
	enum token_kind kind;
	int sign;         /* the character, or SIGN() */
	const char *text; /* as it is written; does not end in a zero byte */
	size_t length;
	struct position at, end;
};

struct macro {
	const char *name; /* first: what it is found by */
	struct token *body;
	size_t count;
	bool defined, with_arguments;
	bool busy; /* it is being read, and not replaced within itself */
};

/* An #if that waits for its #endif. */
struct condition {
	struct condition *outer;
	struct position at;
	bool taken; /* one of its branches was */
	bool last;  /* #else was there */
};

/* What tokens are taken from: a text, or a macro's body. */
struct input {
	struct input *below;
	const struct source *source;
	size_t offset;
	bool fresh;     /* nothing but blanks has been on this line */
	bool directive; /* the end of the line is the end */
	struct condition *conditions;
	struct macro *macro; /* else NULL */
	size_t next;         /* of the macro's tokens */
	struct token use;    /* where the macro's name stands */
};

/* ---- numbers, and names for them ---- */

enum expression_kind { EXPRESSION_NUMBER, EXPRESSION_NAME, EXPRESSION_UNARY, EXPRESSION_BINARY };

struct expression {
	enum expression_kind kind;
	int sign; /* of an operation */
	struct integer number;
	const char *name;
	struct expression *left, *right;
	unsigned int depth;
	struct position at;
};

enum value_state { VALUE_UNKNOWN, VALUE_BUSY, VALUE_KNOWN, VALUE_WRONG };

/* What a name stands for: a constant's, or an enumerator's. */
struct value {
	const char *name; /* first */
	struct position at;
	struct expression *expression;
	const char *text;
	enum value_state state;
	struct integer number;
	struct value *next; /* in order of the texts */
	bool constant;      /* else an enumerator */
};

/* A number of 32 bits that is known when all is read. */
struct number {
	uint32_t *slot;
	const char *what;
	const char *name;  /* of what has the number; NULL: a length's */
	const void *group; /* within which names and numbers are there once */
	struct expression *expression;
	struct position at;
	struct number *next;
};

/* ---- types ---- */

struct draft {
	struct type type; /* first */
	struct position at;
	const char *target; /* it is but a name for this type; NULL: it is a type */
	bool whole;         /* the body was read to its end */
	bool listed;        /* others see it among the types */
	bool followed, copied, entered, left, measured;
	bool alone; /* 'unsigned', and no more */
	unsigned int nesting;
	struct value **values;     /* of an enum, as many as enumerators */
	struct expression **cases; /* of a union, as many as labels */
	struct position *places;   /* of the members */
	struct draft *next;        /* in the order of their making */
};

struct named_draft {
	const char *name; /* first */
	struct draft *draft;
};

/* Something that must not be there twice. */
struct unique {
	const char *name; /* NULL: the number counts */
	struct integer number;
	struct position at;
	size_t order;
};

/* An array under way, whose last place is final when nothing more comes. */
struct growing_array {
	void *items;
	size_t count, room;
};

struct named_place {
	const char *name; /* first */
	struct position at;
};

struct reading {
	struct contract contract; /* first: what others see of it */
	struct chunk *chunks;
	jmp_buf *given_up;
	int reason; /* -errno, for giving up */

	struct input *input;
	struct input *spare; /* of macros that are over: the next ones' */
	unsigned int sources;
	const struct source *last_source;
	size_t work;
	unsigned int leaning; /* constants on each other, now */
	bool plain;           /* macros are not replaced now */
	bool quiet;           /* nobody is told what is wrong */
	void *macros;

	/* Trees of tsearch(); in those at [1] is what counts when nothing else has the name. */
	void *values[2], *types[2], *programs;
	struct value *first_value, **last_value;
	struct number *first_number, **last_number;
	struct draft *first_draft, **last_draft;
	struct growing_array programs_read, program_places;
	struct growing_array complaints, complained;
};

/* ---- memory ---- */

/* Zeroes.  Never NULL: gives up instead. */
void *reading_take(struct reading *reading, size_t size);

/* A copy that ends in a zero byte. */
char *reading_copy(struct reading *reading, const char *text, size_t length);

/* One more item of an array, as zeroes. */
void *reading_grow(struct reading *reading, struct growing_array *growing, size_t size);

/* Ends the reading. */
_Noreturn void reading_give_up(struct reading *reading, int reason);

/* Finds what begins with a pointer to its name, in a tree of such. */
void *reading_find(void *const *tree, const char *name);

/* Adds it, unless the name is taken: then it is what was there before. */
void *reading_enter(struct reading *reading, void **tree, void *item);

/* ---- complaints ---- */

void reading_error(struct reading *reading, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reading_note(struct reading *reading, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts them in the order of the texts, for others to see. */
void reading_sort_complaints(struct reading *reading);

/* Complains of each that has the name, or number, of an earlier one. */
void reading_refuse_doubled(struct reading *reading, struct unique *all, size_t count,
			    const char *what);

/* ---- tokens ---- */

/* The next token of a text, with neither macros nor directives. */
void lexer_next(struct reading *reading, struct input *input, struct token *token);

/* Passes what is left of a line, with what a backslash or a comment makes part of it, but not its
 * end.  With `raw` a comment is none. */
void lexer_pass_line(struct input *input, bool raw);

/* Passes the end of a line; how many bytes that is.  0: it is not there. */
size_t lexer_pass_newline(struct input *input);
void lexer_pass_blanks(struct input *input);

bool token_is(const struct token *token, const char *word);

/* The next token, with macros replaced and directives obeyed.  TOKEN_END at the text's end, or at
 * the line's within a directive. */
void reading_next(struct reading *reading, struct token *token);

/* Enters a text, of which the next tokens come. */
void reading_begin(struct reading *reading, const struct source *source);

/* Copies a text, or reads a file, which may be a pipe or a device where somebody named it: an
 * include is none.  NULL and -errno. */
const struct source *reading_source(struct reading *reading, const char *name, const char *text,
				    size_t length);
const struct source *reading_file(struct reading *reading, const char *path, bool named,
				  int *error);

/* Whether the same file was read before. */
bool reading_had(const struct reading *reading, const struct source *source);

/* ---- what is read: a cursor over tokens ---- */

struct cursor {
	struct reading *reading;
	struct token token;     /* the next one */
	struct position behind; /* the last one */
	unsigned int depth;
	unsigned int braces; /* open ones, in this definition */
	unsigned int namespaces;
	void (*next)(struct reading *reading, struct token *token); /* where they come from */
	jmp_buf escape;
};

void cursor_advance(struct cursor *cursor);
bool cursor_at(const struct cursor *cursor, int sign);
bool cursor_accept(struct cursor *cursor, int sign);
bool cursor_accept_word(struct cursor *cursor, const char *word);
void cursor_expect(struct cursor *cursor, int sign);

/* Complains and leaves. */
_Noreturn void cursor_fail(struct cursor *cursor, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void cursor_fail_expected(struct cursor *cursor, const char *what);

/* One level down, or fails; up again. */
void cursor_descend(struct cursor *cursor);
void cursor_ascend(struct cursor *cursor);

/* ---- numbers ---- */

/* Reads an expression; within < and > comparisons need parentheses. */
struct expression *expression_parse(struct cursor *cursor, bool within_angles);
struct expression *expression_add(struct reading *reading, struct expression *left, int more);
struct expression *expression_named(struct reading *reading, const char *name, struct position at);

/* What it comes to.  False after a complaint; with `lenient` unknown names are 0. */
bool expression_value(struct reading *reading, const struct expression *expression, bool lenient,
		      struct integer *number);

/* What an operation comes to.  False: there is no such number, or it does not fit 64 bits. */
bool number_compute(int sign, struct integer a, struct integer b, struct integer *result);
bool number_compute_unary(int sign, struct integer a, struct integer *result);

/* Gives a number a name.  Complains of one that is taken. */
struct value *value_add(struct reading *reading, const char *name, struct position at,
			struct expression *expression);

/* The same for a name that counts when nothing else has it. */
void value_offer(struct reading *reading, const char *name, struct position at,
		 struct expression *expression);

/* What a name stands for.  False after a complaint. */
bool value_known(struct reading *reading, struct value *value);

/* ---- what follows from types, once they are known ---- */

/* Finds out how long the shortest values are, and what is a linked list. */
void reading_measure(struct reading *reading);

/* The comment that stands beside a place, or NULL: behind it on its line, or right above it. */
const char *reading_comment(struct reading *reading, struct position at);

/* ---- definitions ---- */

/* Reads a text's definitions to its end. */
void reading_definitions(struct reading *reading);

#endif
