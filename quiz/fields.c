/* Questions about the fields of messages that were seen. */
#include "quiz/fields.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HIGHEST_BIT(length) (UINT64_C(1) << (8 * (length)-1))

/* ---- what is known of a field by its name ---- */

/* Headers are the protocols', so their fields have a sentence each; all else is the contract's. */
static const char *meaning_of(const struct seen_message *message, const struct seen_field *field)
{
	static const struct {
		const char *name, *call, *reply;
	} known[] = {
		{ "length", "It counts what follows it, and not itself.", NULL },
		{ "record mark",
		  "The highest bit says that it is the record's last fragment; the other 31 are "
		  "the "
		  "length of what follows.",
		  NULL },
		{ "id", "The caller chooses it. It need only be unique among his calls.",
		  "It is that of the call: by nothing else the caller knows which one is "
		  "answered." },
		{ "xid", "The caller chooses it. It need only be unique among his calls.",
		  "It is that of the call: by nothing else the caller knows which one is "
		  "answered." },
		{ "message type", "0 is a call, and 1 a reply.", NULL },
		{ "RPC version", "There is version 2 alone: RFC 5531.", NULL },
		{ "program", "The contract gives the program this number.", NULL },
		{ "version", "A version is a promise: what changes has another one.", NULL },
		{ "procedure", "The contract gives the procedure this number.", NULL },
		{ "operation", "It is the procedure's number in the contract.",
		  "It is the call's, with the highest bit set: that says that this is a reply." },
		{ "status of the call", NULL,
		  "0: the call was understood. What the service says of it stands behind." },
		{ "accept status", NULL,
		  "0: the procedure was executed. What it says itself stands behind." },
		{ "reply status", NULL, "0: the call was accepted. 1 would be: denied." },
		{ "credential flavor", "0 is AUTH_NONE: nobody says who calls.", NULL },
		{ "credential length", "AUTH_NONE has no more to say.", NULL },
		{ "verifier flavor", "0 is AUTH_NONE: nothing is there to verify.", NULL },
		{ "verifier length", "AUTH_NONE has no more to say.", NULL },
		{ "status", NULL,
		  "A failure of the service is a result, too: the contract gives it a number." },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(field->name, known[i].name) == 0)
			return message->call || !known[i].reply ? known[i].call : known[i].reply;
	return NULL;
}

/* ---- numbers ---- */

static uint64_t number_in(const struct seen_message *message, const struct seen_field *field)
{
	const uint8_t *bytes = seen_bytes(message, field);
	uint64_t number = 0;

	for (size_t i = 0; i < field->length; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The first number in a text, as it is written there. */
static bool written_number(const char *text, char word[64], uint64_t *number)
{
	const char *at = text + strcspn(text, "0123456789");
	size_t length;

	if (at > text && at[-1] == '-')
		at--;
	length = strcspn(at, " ,");
	snprintf(word, 64, "%.*s", (int)length, at);
	*number = strtoull(word, NULL, strncmp(word, "0x", 2) == 0 ? 16 : 10);
	return length > 0 && !strchr(word, '.');
}

/* Whether the field is a number that its value names: the same one, but for a highest bit that says
 * something else.  Others, as a string or a double, nobody is asked to read. */
static bool is_number(const struct seen_message *message, const struct seen_field *field,
		      char word[64])
{
	uint64_t number, there;

	if (field->kind != FIELD_VALUE || !field->length || field->length > 8 ||
	    !written_number(field->value, word, &number))
		return false;
	there = number_in(message, field);
	if (field->length < 8)
		number &= (UINT64_C(1) << 8 * field->length) - 1;
	return there == number || there == (number | HIGHEST_BIT(field->length));
}

/* The name of what a number stands for: its last word, if that is one. */
static void also_named(const struct seen_field *field, char also[64])
{
	const char *last = strrchr(field->value, ' ');

	if (last && isupper((unsigned char)last[1]))
		snprintf(also, 64, "%s", last + 1);
}

/* ---- questions ---- */

static void spell(char *out, size_t size, const uint8_t *bytes, size_t length)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < length && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%02x", i ? " " : "", bytes[i]);
}

static struct quiz_question *ask(struct quiz_questions *questions,
				 const struct seen_message *message, const struct seen_field *field,
				 const char *kind)
{
	struct quiz_question *question = question_add(questions);

	if (!question)
		return NULL;
	question->kind = kind;
	question->rpc = message->rpc;
	question->call = message->call;
	question->message = message;
	question->field = field;
	if (field)
		question->about = field->name;
	return question;
}

static void explain(struct quiz_question *question, const char *text)
{
	const char *meaning = meaning_of(question->message, question->field);

	snprintf(question->why, sizeof(question->why), "%s%s%s", text, meaning ? " " : "",
		 meaning ? meaning : "");
}

static void ask_value(struct quiz_questions *questions, const struct seen_message *message,
		      const struct seen_field *field)
{
	char word[64], bytes[32], text[128];
	struct quiz_question *question;

	if (!is_number(message, field, word) ||
	    !(question = ask(questions, message, field, "value")))
		return;
	question->hides = QUESTION_HIDES_VALUE;
	snprintf(question->text, sizeof(question->text), "Which number stands in \"%s\"?",
		 field->name);
	snprintf(question->right, sizeof(question->right), "%s", word);
	also_named(field, question->also);
	spell(bytes, sizeof(bytes), seen_bytes(message, field), field->length);
	snprintf(text, sizeof(text), "%s, the most significant byte first.", bytes);
	explain(question, text);
}

static void ask_bytes(struct quiz_questions *questions, const struct seen_message *message,
		      const struct seen_field *field)
{
	char word[64], text[128];
	struct quiz_question *question;

	if (!is_number(message, field, word) ||
	    !(question = ask(questions, message, field, "bytes")))
		return;
	question->hides = QUESTION_HIDES_BYTES;
	question->answer = QUESTION_BYTES;
	snprintf(question->text, sizeof(question->text),
		 "Which %zu bytes are \"%s\"? In hexadecimal.", field->length, field->name);
	spell(question->right, sizeof(question->right), seen_bytes(message, field), field->length);
	snprintf(text, sizeof(text), "A number of %zu bytes, the most significant first.",
		 field->length);
	explain(question, text);
}

static void ask_offset(struct quiz_questions *questions, const struct seen_message *message,
		       const struct seen_field *field)
{
	struct quiz_question *question;

	if (field->kind != FIELD_VALUE || !field->offset ||
	    !(question = ask(questions, message, field, "offset")))
		return;
	question->hides = QUESTION_HIDES_OFFSETS;
	snprintf(question->text, sizeof(question->text), "At which byte does \"%s\" begin, from 0?",
		 field->name);
	snprintf(question->right, sizeof(question->right), "%zu", field->offset);
	snprintf(question->why, sizeof(question->why),
		 "So many bytes stand in front of it. A receiver finds it by counting: bytes have "
		 "no names.");
}

static void ask_length(struct quiz_questions *questions, const struct seen_message *message)
{
	struct quiz_question *question = ask(questions, message, NULL, "length");

	if (!question)
		return;
	question->about = "message";
	question->hides = QUESTION_HIDES_OFFSETS | QUESTION_HIDES_LENGTH;
	snprintf(question->text, sizeof(question->text),
		 "How many bytes are on the wire, with all that stands in front?");
	snprintf(question->right, sizeof(question->right), "%zu", message->wire.length);
	snprintf(question->why, sizeof(question->why), "All fields together.");
}

static size_t count_layer(const struct seen_message *message, enum field_layer layer)
{
	size_t count = 0;

	for (size_t i = 0; i < message->count; i++)
		count += message->fields[i].layer == layer ? message->fields[i].length : 0;
	return count;
}

static void ask_layer(struct quiz_questions *questions, const struct seen_message *message,
		      enum field_layer layer)
{
	static const char *const names[FIELD_LAYERS] = {
		[FIELD_FRAMING] = "say where the message ends",
		[FIELD_PROTOCOL] = "are the protocol's header",
		[FIELD_PAYLOAD] = "are what the procedure takes or returns",
	};
	static const char *const why[FIELD_LAYERS] = {
		[FIELD_FRAMING] = "A stream has no messages, so a length stands in front of each.",
		[FIELD_PROTOCOL] = "They say which call it is, what is wanted, what became of it.",
		[FIELD_PAYLOAD] = "They are all that is left behind the header.",
	};
	struct quiz_question *question = ask(questions, message, NULL, "layer");

	if (!question)
		return;
	question->about = names[layer];
	snprintf(question->text, sizeof(question->text), "How many of its %zu bytes %s?",
		 message->wire.length, names[layer]);
	snprintf(question->right, sizeof(question->right), "%zu", count_layer(message, layer));
	snprintf(question->why, sizeof(question->why), "%s", why[layer]);
}

static void ask_about_message(struct quiz_questions *questions, const struct seen_message *message)
{
	for (size_t i = 0; i < message->count; i++) {
		ask_value(questions, message, &message->fields[i]);
		ask_bytes(questions, message, &message->fields[i]);
		ask_offset(questions, message, &message->fields[i]);
	}
	ask_length(questions, message);
	for (enum field_layer layer = 0; layer < FIELD_LAYERS; layer++)
		if (count_layer(message, layer))
			ask_layer(questions, message, layer);
}

void ask_about_fields(struct quiz_questions *questions, const struct seen *seen)
{
	for (size_t i = 0; i < seen->message_count; i++)
		ask_about_message(questions, &seen->messages[i]);
}
