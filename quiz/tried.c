/* Questions about what a server does: it is tried, by cases of `sidecall check`. */
#include "quiz/tried.h"

#include <string.h>

#define SHOWN 48 /* bytes */

/* What is done with each; and what is asked is what comes. */
static const struct trial {
	const char *name, *does;
} trials[] = {
	{ "segments-bytes", "The client sends this a byte at a time, with pauses." },
	{ "segment-half-mark", "The client sends two bytes of it, waits, and sends the others." },
	{ "caller-leaves", "A client sends this, and closes. Then another one calls." },
	{ "length-short", "The client sends this." },
	{ "length-giant", "The client sends this." },
	{ "fragments", "The client sends this." },
	{ "fragment-empty", "The client sends this." },
	{ "reply", "The client sends this, which has the mark of a reply." },
	{ "version-unknown", "The client sends this: its version is 2." },
	{ "operation-unknown", "The client sends this: its operation is 99." },
	{ "version-above", "The client sends this: a version that the server has not." },
	{ "procedure-unknown", "The client sends this: a procedure that the version has not." },
	{ "program-unknown", "The client sends this: a program that is not there." },
	{ "arguments-behind", "The client sends this: behind the arguments stands more." },
	{ "string-lies", "The client sends this: the string claims more than there is." },
	{ "array-lies", "The client sends this: the array claims more than there is." },
	{ "divide-by-zero", "The client sends this: 84 / 0." },
};

static const struct trial *find_trial(const char *name)
{
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		if (strcmp(trials[i].name, name) == 0)
			return &trials[i];
	return NULL;
}

static void spell(char *out, size_t size, const struct evidence *sent)
{
	size_t length = 0;
	const size_t shown = sent->bytes.length < SHOWN ? sent->bytes.length : SHOWN;

	out[0] = '\0';
	for (size_t i = 0; i < shown && length < size; i++)
		length += (size_t)snprintf(out + length, size - length, "%s%02x",
					   i && i % 4 == 0 ? " " : "", sent->bytes.data[i]);
	if (sent->total > shown && length < size)
		snprintf(out + length, size - length, " ...");
}

static const char *choice_of(enum check_outcome outcome)
{
	return outcome == CHECK_CLOSED ? "2" : outcome == CHECK_UNANSWERED ? "3" : "1";
}

struct asking {
	struct quiz_questions *questions;
	const struct trial *trial;
	bool rpc;
};

static void take_finding(void *context, const struct check_case *row,
			 const struct check_finding *finding)
{
	const struct asking *asking = context;
	struct quiz_question *question = finding->verdict == CHECK_FAIL
						 ? NULL
						 : question_add(asking->questions);

	if (!question)
		return;
	question->kind = "tried";
	question->about = row->name;
	question->rpc = asking->rpc;
	spell(question->shown, sizeof(question->shown), finding->sent);
	snprintf(question->text, sizeof(question->text),
		 "%s What does the server do? 1 it replies, 2 it closes the connection, 3 nothing, "
		 "and serves the next call.",
		 asking->trial->does);
	snprintf(question->right, sizeof(question->right), "%s", choice_of(finding->outcome));
	snprintf(question->why, sizeof(question->why), "%.380s", row->rule);
}

void ask_about_tried(struct quiz_questions *questions, const struct check_target *target)
{
	const struct check_case *row = check_raw(target) ? check_raw_cases : check_rpc_cases;
	const unsigned int where = check_datagrams(target) ? CHECK_DATAGRAMS : CHECK_STREAMS;
	struct asking asking = { .questions = questions, .rpc = !check_raw(target) };

	for (; row->name; row++) {
		asking.trial = row->on & where ? find_trial(row->name) : NULL;
		if (asking.trial && !check_make(target, row, take_finding, &asking))
			return;
	}
}
