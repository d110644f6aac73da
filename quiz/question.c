/* A question, and whether somebody's answer is right. */
#include "quiz/question.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "trace/print.h"

#define COLUMNS 100

struct quiz_question *question_add(struct quiz_questions *questions)
{
	struct quiz_question *question;

	if (questions->count == QUESTIONS_MOST)
		return NULL;
	question = &questions->all[questions->count++];
	*question = (struct quiz_question){ .kind = "", .about = "" };
	return question;
}

bool question_same(const struct quiz_question *a, const struct quiz_question *b)
{
	return a->rpc == b->rpc && a->call == b->call && strcmp(a->kind, b->kind) == 0 &&
	       strcmp(a->about, b->about) == 0;
}

/* ---- answers ---- */

/* A number that is all there is; in hexadecimal behind 0x. */
static bool read_number(const char *text, uint64_t *number)
{
	const bool negative = *text == '-';
	const char *figures = text + negative;
	const int base = strncasecmp(figures, "0x", 2) == 0 ? 16 : 10;
	char *end;

	if (!isxdigit((unsigned char)*figures))
		return false;
	errno = 0;
	*number = strtoull(figures, &end, base);
	*number = negative ? 0 - *number : *number;
	return !*end && errno == 0;
}

/* Whether both have the same figures, blanks and 0x passed over. */
static bool same_bytes(const char *right, const char *given)
{
	if (strncasecmp(given, "0x", 2) == 0)
		given += 2;
	for (;;) {
		right += strspn(right, " ");
		given += strspn(given, " ");
		if (tolower((unsigned char)*right) != tolower((unsigned char)*given))
			return false;
		if (!*right)
			return true;
		right++;
		given++;
	}
}

/* Without what stands around it. */
static void trim(const char *text, char *out, size_t size)
{
	size_t length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	snprintf(out, size, "%.*s", (int)length, text);
}

bool question_is_right(const struct quiz_question *question, const char *given)
{
	uint64_t number, right;
	char word[256];

	trim(given, word, sizeof(word));
	if (question->answer == QUESTION_BYTES)
		return same_bytes(question->right, word);
	if (read_number(question->right, &right) && read_number(word, &number))
		return number == right;
	return strcasecmp(word, question->right) == 0 ||
	       (*question->also && strcasecmp(word, question->also) == 0);
}

/* ---- for people ---- */

static void show_field(const struct quiz_question *question, const struct seen_field *seen,
		       FILE *out)
{
	const unsigned int hides = question->hides;
	const bool hidden = seen == question->field;
	const struct field field = {
		.offset = hides & QUESTION_HIDES_OFFSETS ? SIZE_MAX : seen->offset,
		.length = seen->length,
		.bytes = hidden && hides & QUESTION_HIDES_BYTES
				 ? NULL
				 : seen_bytes(question->message, seen),
		.name = seen->name,
		.value = hidden && hides & QUESTION_HIDES_VALUE ? NULL : seen->value,
	};

	trace_print_field(out, &field);
}

static void show_message(const struct quiz_question *question, FILE *out)
{
	const struct seen_message *message = question->message;

	fprintf(out, "%s %s, %s", message->call ? "call" : "reply", message->procedure,
		message->rpc ? "rpc" : "raw");
	if (!(question->hides & QUESTION_HIDES_LENGTH))
		fprintf(out, ", %zu bytes", message->wire.length);
	fputc('\n', out);
	for (size_t i = 0; i < message->count; i++)
		show_field(question, &message->fields[i], out);
	fputc('\n', out);
}

void question_show(const struct quiz_question *question, FILE *out)
{
	if (question->message)
		show_message(question, out);
	else if (*question->shown)
		fprintf(out, "%s\n\n", question->shown);
	text_wrap(out, 0, 0, COLUMNS, question->text);
}
