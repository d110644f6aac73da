/* Directives and macros, as rpcgen's users have them evaluated by cpp. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract/reading.h"

/* Bytes of tokens, and some for each: also of those that macros make; and of files. */
#define MOST_WORK     (64 << 20)
#define WORK_A_TOKEN  8
#define LONGEST_MACRO 256                /* of its name, with a zero byte */
#define MOST_INCLUDES 32                 /* within each other */
#define FIRST_ROOM    ((size_t)64 << 10) /* for a text whose length is not known */

/* ---- how much it may be ---- */

static void add_work(struct reading *reading, size_t work, struct position at)
{
	reading->work += work;
	if (reading->work <= MOST_WORK)
		return;
	reading->quiet = reading->plain = false;
	reading_error(reading, at, "here it has become too much to read");
	reading_give_up(reading, -EFBIG);
}

/* ---- texts ---- */

const struct source *reading_source(struct reading *reading, const char *name, const char *text,
				    size_t length)
{
	struct source *source = reading_take(reading, sizeof(*source));

	*source = (struct source){ .name = reading_copy(reading, name, strlen(name)),
				   .text = reading_copy(reading, text, length),
				   .length = length,
				   .number = reading->sources++,
				   .before = reading->last_source };
	reading->last_source = source;
	return source;
}

/* Reads until there is no more or no room.  -errno. */
static ssize_t read_into(int file, char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(file, bytes + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

/* The bytes of what does not say how long it is, to its end, into what grows with them.  -errno. */
static ssize_t read_to_end(struct reading *reading, int file, char **bytes)
{
	size_t length = 0, room = FIRST_ROOM;

	for (;; room *= 2) {
		char *more = reading_take(reading, room);
		ssize_t n;

		if (length)
			memcpy(more, *bytes, length);
		*bytes = more;
		n = read_into(file, more + length, room - length);
		if (n < 0)
			return n;
		length += (size_t)n;
		if (length > CONTRACT_MAX_TEXT)
			return -EFBIG;
		if (length < room)
			return (ssize_t)length;
	}
}

/* The bytes of an open file: a pipe, a terminal and the like only where somebody named it.
 * -errno. */
static ssize_t read_whole(struct reading *reading, int file, const struct stat *status, bool named,
			  char **bytes)
{
	if (S_ISDIR(status->st_mode))
		return -EISDIR;
	if (S_ISREG(status->st_mode)) {
		if (status->st_size > CONTRACT_MAX_TEXT)
			return -EFBIG;
		*bytes = reading_take(reading, (size_t)status->st_size + 1);
		return read_into(file, *bytes, (size_t)status->st_size);
	}
	return named ? read_to_end(reading, file, bytes) : -EINVAL;
}

/* An include opens no pipe that waits for a writer. */
static int open_file(const char *path, bool named, struct stat *status)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | (named ? 0 : O_NONBLOCK));

	if (file < 0)
		return -errno;
	if (fstat(file, status) == 0)
		return file;
	close(file);
	return -EIO;
}

bool reading_had(const struct reading *reading, const struct source *source)
{
	const struct source *other = reading->last_source;

	for (; other; other = other->before)
		if (other != source && other->on_disk && other->device == source->device &&
		    other->inode == source->inode)
			return true;
	return false;
}

const struct source *reading_file(struct reading *reading, const char *path, bool named, int *error)
{
	struct source *source = NULL;
	struct stat status;
	int file = open_file(path, named, &status);
	char *bytes = NULL;
	ssize_t size = file < 0 ? file : read_whole(reading, file, &status, named, &bytes);

	if (size >= 0) {
		source = reading_take(reading, sizeof(*source));
		*source = (struct source){ .name = reading_copy(reading, path, strlen(path)),
					   .text = bytes,
					   .length = (size_t)size,
					   .number = reading->sources++,
					   .on_disk = true,
					   .device = status.st_dev,
					   .inode = status.st_ino,
					   .before = reading->last_source };
		reading->last_source = source;
	}
	if (file >= 0)
		close(file);
	*error = size < 0 ? (int)size : 0;
	return source;
}

/* A text's own text begins behind a byte order mark. */
void reading_begin(struct reading *reading, const struct source *source)
{
	struct input *input = reading_take(reading, sizeof(*input));

	*input = (struct input){ .below = reading->input, .source = source, .fresh = true };
	if (source->length >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0)
		input->offset = 3;
	reading->input = input;
}

/* ---- macros ---- */

static struct macro *find_macro(struct reading *reading, const struct token *name)
{
	char text[LONGEST_MACRO];
	struct macro *macro;

	if (name->length >= sizeof(text))
		return NULL;
	memcpy(text, name->text, name->length);
	text[name->length] = '\0';
	macro = reading_find(&reading->macros, text);
	return macro && macro->defined ? macro : NULL;
}

/* Whether a word is a macro's name, whose body comes next. */
static bool begin_macro(struct reading *reading, const struct token *word)
{
	struct macro *macro = reading->plain ? NULL : find_macro(reading, word);
	struct input *input;

	if (!macro || macro->busy)
		return false;
	if (macro->with_arguments) {
		reading_error(reading, word->at, "a macro with arguments is not understood: %s",
			      macro->name);
		return false;
	}
	input = reading->spare ? reading->spare : reading_take(reading, sizeof(*input));
	reading->spare = input->below;
	*input = (struct input){ .below = reading->input, .macro = macro, .use = *word };
	macro->busy = true;
	reading->input = input;
	return true;
}

/* The macro's next token, which stands where the macro is used.  False at its end. */
static bool next_of_macro(struct reading *reading, struct token *token)
{
	struct input *input = reading->input;

	if (input->next == input->macro->count) {
		input->macro->busy = false;
		reading->input = input->below;
		input->below = reading->spare;
		reading->spare = input;
		return false;
	}
	*token = input->macro->body[input->next++];
	token->at = input->use.at;
	token->end = input->use.end;
	return true;
}

/* ---- directives ---- */

/* Takes the next token as it stands. */
static void next_plain(struct reading *reading, struct token *token)
{
	reading->plain = true;
	reading_next(reading, token);
	reading->plain = false;
}

/* The name behind #define, #ifdef, ...  False after a complaint. */
static bool take_name(struct reading *reading, struct token *name)
{
	next_plain(reading, name);
	if (name->kind != TOKEN_WORD)
		reading_error(reading, name->at, "expected the name of a macro");
	return name->kind == TOKEN_WORD;
}

static struct macro *enter_macro(struct reading *reading, const char *name)
{
	struct macro *macro = reading_take(reading, sizeof(*macro));

	macro->name = name;
	macro = reading_enter(reading, &reading->macros, macro);
	*macro = (struct macro){ .name = macro->name, .defined = true, .busy = macro->busy };
	return macro;
}

static void obey_define(struct reading *reading)
{
	struct growing_array body = { 0 };
	struct token name, token;
	struct macro *macro;

	if (!take_name(reading, &name))
		return;
	macro = enter_macro(reading, reading_copy(reading, name.text, name.length));
	for (next_plain(reading, &token); token.kind != TOKEN_END; next_plain(reading, &token)) {
		if (body.count == 0 && token.sign == '(' && token.at.offset == name.end.offset)
			macro->with_arguments = true;
		*(struct token *)reading_grow(reading, &body, sizeof(token)) = token;
	}
	macro->body = body.items;
	macro->count = body.count;
}

static void obey_undef(struct reading *reading)
{
	struct token name;
	struct macro *macro;

	if (take_name(reading, &name) && (macro = find_macro(reading, &name)))
		macro->defined = false;
}

/* Passes branches that do not count, up to the directive that may end them. */
static void pass_dead_branch(struct input *input)
{
	static const char *const words[] = { "if", "el", "endif" };
	size_t depth = 0;

	input->directive = false;
	while (input->offset < input->source->length) {
		const char *at = input->source->text + input->offset;
		size_t begin;

		lexer_pass_line(input, *at == '%');
		lexer_pass_newline(input);
		lexer_pass_blanks(input);
		begin = input->offset;
		if (begin == input->source->length || input->source->text[begin] != '#')
			continue;
		input->offset++;
		lexer_pass_blanks(input);
		at = input->source->text + input->offset; /* it ends in a zero byte */
		input->offset = begin;
		if (strncmp(at, words[0], 2) == 0)
			depth++;
		else if (depth == 0 &&
			 (strncmp(at, words[1], 2) == 0 || strncmp(at, words[2], 5) == 0))
			return;
		else if (strncmp(at, words[2], 5) == 0)
			depth--;
	}
}

/* `defined NAME` and `defined(NAME)`, of which the first word was read. */
static void take_defined(struct reading *reading, struct token *token)
{
	struct token name;
	bool known, parenthesis;

	next_plain(reading, &name);
	parenthesis = name.sign == '(';
	if (parenthesis)
		next_plain(reading, &name);
	known = name.kind == TOKEN_WORD && find_macro(reading, &name);
	if (parenthesis)
		next_plain(reading, &name);
	*token = (struct token){ .kind = TOKEN_NUMBER,
				 .text = known ? "1" : "0",
				 .length = 1,
				 .at = token->at,
				 .end = token->end };
}

static void leave_macros(struct reading *reading)
{
	for (; reading->input->macro; reading->input = reading->input->below)
		reading->input->macro->busy = false;
}

static bool condition_holds(struct reading *reading)
{
	struct cursor cursor = { .reading = reading, .next = reading_next };
	struct expression *expression;
	struct integer number;

	if (setjmp(cursor.escape)) {
		leave_macros(reading);
		return false;
	}
	cursor_advance(&cursor);
	expression = expression_parse(&cursor, false);
	if (cursor.token.kind != TOKEN_END)
		cursor_fail_expected(&cursor, "the end of the line");
	return expression_value(reading, expression, true, &number) && number.low;
}

static void enter_condition(struct reading *reading, const struct token *hash, bool holds)
{
	struct condition *condition = reading_take(reading, sizeof(*condition));
	struct input *input = reading->input;

	*condition = (struct condition){ .outer = input->conditions,
					 .at = hash->at,
					 .taken = holds };
	input->conditions = condition;
	if (!holds)
		pass_dead_branch(input);
}

static void obey_ifdef(struct reading *reading, const struct token *hash, bool wanted)
{
	struct token name;

	if (!take_name(reading, &name))
		return enter_condition(reading, hash, true);
	enter_condition(reading, hash, (find_macro(reading, &name) != NULL) == wanted);
}

/* #else, #elif and #endif belong to an #if of the same text.  NULL after a complaint. */
static struct condition *open_condition(struct reading *reading, const struct token *hash,
					bool ends)
{
	struct condition *condition = reading->input->conditions;

	if (!condition || (condition->last && !ends)) {
		reading_error(reading, hash->at, "there is no #if that this belongs to");
		return NULL;
	}
	return condition;
}

static void obey_else(struct reading *reading, const struct token *hash, bool with_condition)
{
	struct condition *condition = open_condition(reading, hash, false);

	if (!condition)
		return;
	condition->last = !with_condition;
	if (condition->taken || (with_condition && !condition_holds(reading)))
		pass_dead_branch(reading->input);
	else
		condition->taken = true;
}

/* The path of a file beside another one. */
static char *path_beside(struct reading *reading, const char *other, const struct token *name)
{
	const char *slash = strrchr(other, '/');
	size_t directory = slash && *name->text != '/' ? (size_t)(slash + 1 - other) : 0;
	char *path = reading_take(reading, directory + name->length + 1);

	memcpy(path, other, directory);
	memcpy(path + directory, name->text, name->length);
	return path;
}

static unsigned int includes_within(const struct input *input)
{
	unsigned int count = 0;

	for (; input; input = input->below)
		count++;
	return count;
}

/* Only what stands beside the text: <rpc/types.h> and its like say nothing to us. */
static void obey_include(struct reading *reading)
{
	struct input *input = reading->input;
	const struct source *source;
	struct token name;
	char *path;
	int error;

	next_plain(reading, &name);
	if (name.kind != TOKEN_TEXT)
		return;
	if (!input->source->on_disk)
		return reading_error(reading, name.at, "a text that is no file includes none");
	if (includes_within(input) > MOST_INCLUDES)
		return reading_error(reading, name.at, "files include each other without an end");
	path = path_beside(reading, input->source->name, &name);
	source = reading_file(reading, path, false, &error);
	add_work(reading, strlen(path) + (source ? source->length : 0), name.at);
	if (!source)
		return reading_error(reading, name.at, "cannot read %.90s: %s", path,
				     strerror(-error));
	lexer_pass_line(input, false);
	input->directive = false;
	reading_begin(reading, source);
}

static void obey_word(struct reading *reading, const struct token *hash, const struct token *word)
{
	static const char *const ignored[] = { "pragma", "ident", "line", "warning", "assert" };

	if (token_is(word, "define"))
		return obey_define(reading);
	if (token_is(word, "undef"))
		return obey_undef(reading);
	if (token_is(word, "include"))
		return obey_include(reading);
	if (token_is(word, "ifdef") || token_is(word, "ifndef"))
		return obey_ifdef(reading, hash, word->length == 5);
	if (token_is(word, "if"))
		return enter_condition(reading, hash, condition_holds(reading));
	if (token_is(word, "else") || token_is(word, "elif"))
		return obey_else(reading, hash, word->text[2] == 'i');
	if (token_is(word, "endif")) {
		struct condition *condition = open_condition(reading, hash, true);

		reading->input->conditions = condition ? condition->outer : NULL;
		return;
	}
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (token_is(word, ignored[i]))
			return;
	if (word->kind != TOKEN_END && word->kind != TOKEN_NUMBER)
		reading_error(reading, word->at, "a directive that is not understood: #%.*s",
			      (int)(word->length < 40 ? word->length : 40), word->text);
}

static void obey_directive(struct reading *reading, const struct token *hash)
{
	struct input *input = reading->input;
	struct token word;

	input->directive = true;
	next_plain(reading, &word);
	obey_word(reading, hash, &word);
	if (input->directive)
		lexer_pass_line(input, false);
	input->directive = false;
}

/* `%#define NAME VALUE`, of which the first words were read: what the name is worth when nothing
 * else says so.  What is not understood is none. */
static void take_last_resort(struct reading *reading)
{
	struct cursor *cursor = reading_take(reading, sizeof(*cursor));
	struct token name;

	*cursor = (struct cursor){ .reading = reading, .next = reading_next };
	if (setjmp(cursor->escape))
		return;
	cursor_advance(cursor);
	name = cursor->token;
	cursor_advance(cursor);
	if (name.kind != TOKEN_WORD || cursor->token.kind == TOKEN_END)
		return;
	value_offer(reading, reading_copy(reading, name.text, name.length), name.at,
		    expression_parse(cursor, false));
}

/* The name between the quotes, or the last part of the one between < and >; or what is none. */
static struct token take_header(struct reading *reading, struct input *input)
{
	struct token name;

	lexer_next(reading, input, &name);
	if (name.sign != '<')
		return name;
	name.kind = TOKEN_TEXT;
	name.length = strcspn(++name.text, ">\r\n");
	for (size_t i = name.length; i > 0; i--)
		if (name.text[i - 1] == '/') {
			name.text += i;
			name.length -= i;
			break;
		}
	return name;
}

/* The contract that rpcgen makes this header of, if it stands beside the text and was not read yet;
 * else NULL. */
static const struct source *contract_of_header(struct reading *reading, const struct token *name)
{
	const struct source *source = reading->input->source;
	char *path;
	int error;

	if (!source->on_disk || name->kind != TOKEN_TEXT || name->length < 3 ||
	    memcmp(name->text + name->length - 2, ".h", 2) != 0)
		return NULL;
	path = path_beside(reading, source->name, name);
	path[strlen(path) - 1] = 'x';
	source = reading_file(reading, path, false, &error);
	return source && !reading_had(reading, source) ? source : NULL;
}

/* A line for the C compiler says nothing to us, but where it has constants that nothing else has,
 * or names the header that comes of another contract.  The latter, or NULL. */
static const struct source *read_percent(struct reading *reading, struct token *hash)
{
	struct input *input = reading->input;
	struct token word, name;

	lexer_pass_blanks(input);
	if (input->source->text[input->offset] != '#')
		return NULL;
	lexer_next(reading, input, hash);
	lexer_next(reading, input, &word);
	if (token_is(&word, "define"))
		take_last_resort(reading);
	if (!token_is(&word, "include"))
		return NULL;
	name = take_header(reading, input);
	return contract_of_header(reading, &name);
}

static void pass_percent(struct reading *reading)
{
	struct input *input = reading->input;
	size_t begin = input->offset;
	const struct source *source;
	struct token hash;

	input->directive = reading->plain = reading->quiet = true;
	source = read_percent(reading, &hash);
	reading->quiet = reading->plain = input->directive = false;
	input->offset = begin;
	lexer_pass_line(input, true);
	if (!source || includes_within(input) > MOST_INCLUDES)
		return;
	reading_note(reading, hash.at, "%.100s is read for it", source->name);
	reading_begin(reading, source);
}

/* ---- tokens ---- */

/* The end of a text.  False when it was the last. */
static bool leave_text(struct reading *reading)
{
	struct input *input = reading->input;

	for (; input->conditions; input->conditions = input->conditions->outer)
		reading_error(reading, input->conditions->at, "this #if has no #endif");
	if (!input->below)
		return false;
	reading->input = input->below;
	return true;
}

/* Whether a token is for whoever asked for one; what else it is has been dealt with. */
static bool is_for_reader(struct reading *reading, struct token *token)
{
	switch (token->kind) {
	case TOKEN_END:
		return reading->input->directive || !leave_text(reading);
	case TOKEN_DIRECTIVE:
		obey_directive(reading, token);
		return false;
	case TOKEN_PERCENT:
		pass_percent(reading);
		return false;
	case TOKEN_WORD:
		if (!reading->plain && !reading->input->macro && reading->input->directive &&
		    token_is(token, "defined"))
			take_defined(reading, token);
		else
			return !begin_macro(reading, token);
		return true;
	default:
		return true;
	}
}

void reading_next(struct reading *reading, struct token *token)
{
	do {
		if (!reading->input->macro)
			lexer_next(reading, reading->input, token);
		else if (!next_of_macro(reading, token))
			continue;
		add_work(reading, token->length + WORK_A_TOKEN, token->at);
		if (is_for_reader(reading, token))
			return;
	} while (true);
}
