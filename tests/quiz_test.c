/* sidecall quiz: its own answers are right, others are not, and no question comes twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quiz/calls.h"
#include "quiz/choose.h"
#include "quiz/ends.h"
#include "quiz/fields.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct outcome quiz(const char *number, const char *last, const char *endpoint,
			   const char *answers)
{
	const char *argv[] = {
		program_path("sidecall"), "quiz", "--seed", "7", "-n", number, last, endpoint, NULL
	};

	return process_run(argv, answers);
}

/* Every answer, "answer  X. Why", as a line of its own. */
static char *answers_of(const char *out)
{
	char *lines = calloc(1, strlen(out) + 1);
	size_t length = 0;

	for (const char *at = strstr(out, "\nanswer "); at; at = strstr(at, "\nanswer ")) {
		at += strlen("\nanswer ");
		at += strspn(at, " ");
		length += (size_t)sprintf(lines + length, "%.*s\n", (int)strcspn(at, "."), at);
	}
	return lines;
}

/* All that can be asked: with its own answers all is right. */
static void check_answers(const char *endpoint, const char *least)
{
	struct outcome shown = quiz("100", "--answers", endpoint, NULL), asked;
	char *answers = answers_of(shown.out);
	int count = 0, right = 0, of = 0;

	CHECK_INT(shown.status, 0);
	CHECK_STR(shown.error, "");
	asked = quiz("100", "--", endpoint, answers);
	CHECK_INT(asked.status, 0);
	CHECK_STR(asked.error, "");
	for (const char *at = answers; (at = strchr(at, '\n')); at++)
		count++;
	if (strstr(asked.out, "\nno "))
		printf("%s", asked.out);
	CHECK_INT(sscanf(strrchr(asked.out, '>') ? strstr(strrchr(asked.out, '>'), "\n\n") + 2 : "",
			 "%d of %d right", &right, &of),
		  2);
	CHECK_INT(right, count);
	CHECK_INT(of, count);
	CHECK_THAT(count >= atoi(least), "%s: %d questions", endpoint, count);
	free(answers);
	outcome_release(&shown);
	outcome_release(&asked);
}

static void test_answers(void)
{
	struct daemon daemon;

	if (!daemon_start_everywhere(&daemon, NULL, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	check_answers(daemon_endpoint(&daemon, "raw+tcp"), "80");
	check_answers(daemon_endpoint(&daemon, "rpc+udp"), "80");
	check_answers(daemon_endpoint(&daemon, "raw+fifo"), "60");
	check_answers(daemon_endpoint(&daemon, "rpc+shm"), "60");
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void check_end(const char *number, const char *answers, const char *last)
{
	struct outcome outcome = quiz(number, "--", NULL, answers);
	size_t length = strlen(last);

	CHECK_INT(outcome.status, 2);
	CHECK_STR(outcome.error, "");
	CHECK_THAT(outcome.length >= length &&
			   strcmp(outcome.out + outcome.length - length, last) == 0,
		   "%s", outcome.out);
	outcome_release(&outcome);
}

static void test_wrong(void)
{
	check_end("3", "maybe\n\n123456\n", "\n0 of 3 right\n");
	check_end("3", "maybe", "\n0 of 3 right; 2 not answered\n");
	check_end("3", NULL, "\n0 of 3 right; 3 not answered\n");
}

static void test_refused(void)
{
	struct outcome outcome = quiz("0", "--", NULL, NULL);

	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
	outcome = quiz("3", "--", "tirpc+tcp://127.0.0.1:1", NULL);
	CHECK_INT(outcome.status, 64);
	outcome_release(&outcome);
	outcome = quiz("3", "--", "raw+unix:/nonexistent/socket", NULL);
	CHECK_INT(outcome.status, 69);
	CHECK_STR(outcome.out, "");
	outcome_release(&outcome);
}

/* ---- each question ---- */

struct asked {
	struct seen seen;
	struct quiz_questions questions;
	uint64_t state;
};

/* Questions about calls to a child of ours. */
static struct asked *ask_child(const char *where)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct endpoint endpoint;
	struct failure failure;

	endpoint_parse(&endpoint, where);
	seen_init(&asked->seen);
	CHECK_INT(quiz_call(&endpoint, CLIENT_TIMEOUT, &asked->state, &asked->seen, &failure), 0);
	ask_about_fields(&asked->questions, &asked->seen);
	ask_about_ends(&asked->questions, &asked->seen);
	return asked;
}

static void release(struct asked *asked)
{
	seen_release(&asked->seen);
	free(asked);
}

/* What docs/protocol.md says of each message. */
static void check_right(const struct asked *asked, bool call, const char *kind, const char *about,
			const char *right)
{
	const struct quiz_question *found = NULL;

	for (size_t i = 0; i < asked->questions.count && !found; i++) {
		const struct quiz_question *question = &asked->questions.all[i];

		if (question->call == call && strcmp(question->kind, kind) == 0 &&
		    strcmp(question->about, about) == 0)
			found = question;
	}
	CHECK_THAT(found != NULL, "%s of %s is asked", kind, about);
	if (found)
		CHECK_STR(found->right, right);
}

static void test_raw(void)
{
	struct asked *asked = ask_child("raw+pipe");

	check_right(asked, true, "value", "length", "24");
	check_right(asked, true, "bytes", "length", "00 00 00 18");
	check_right(asked, true, "offset", "operation", "10");
	check_right(asked, true, "value", "operation", "4");
	check_right(asked, true, "bytes", "operation", "00 04");
	check_right(asked, false, "bytes", "operation", "80 04");
	check_right(asked, false, "value", "operation", "4");
	check_right(asked, true, "offset", "b", "20");
	check_right(asked, true, "length", "message", "28");
	check_right(asked, false, "length", "message", "22");
	check_right(asked, true, "layer", "are the protocol's header", "8");
	release(asked);
}

static void test_rpc(void)
{
	struct asked *asked = ask_child("rpc+pipe");

	check_right(asked, true, "bytes", "record mark", "80 00 00 38");
	check_right(asked, true, "value", "record mark", "56");
	check_right(asked, true, "bytes", "program", "2c a1 c0 00");
	check_right(asked, true, "offset", "procedure", "24");
	check_right(asked, false, "value", "message type", "1");
	check_right(asked, true, "layer", "are the protocol's header", "40");
	check_right(asked, true, "layer", "say where the message ends", "4");
	release(asked);
}

/* Each kind has its turn, and none comes back. */
static void test_chosen(void)
{
	struct asked *asked = ask_child("raw+pipe");
	const struct quiz_question *chosen[QUESTIONS_MOST];
	size_t count = 0;

	while (count < QUESTIONS_MOST &&
	       (chosen[count] = choose_question(&asked->questions, &asked->state)))
		count++;
	CHECK_THAT(count > 50, "%zu questions", count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			CHECK_THAT(chosen[i]->call != chosen[j]->call ||
					   strcmp(chosen[i]->text, chosen[j]->text) != 0 ||
					   strcmp(chosen[i]->about, chosen[j]->about) != 0,
				   "%s of %s comes twice", chosen[i]->kind, chosen[i]->about);
	for (size_t i = 1; i < 5; i++)
		CHECK_THAT(strcmp(chosen[i]->kind, chosen[i - 1]->kind) != 0, "%s again",
			   chosen[i]->kind);
	release(asked);
}

static void test_given(void)
{
	static const struct {
		enum question_answer answer;
		const char *right, *given;
		bool is_right;
	} rows[] = {
		{ QUESTION_NUMBER, "24", "24", true },
		{ QUESTION_NUMBER, "24", " 0x18 \n", true },
		{ QUESTION_NUMBER, "24", "18", false },
		{ QUESTION_NUMBER, "24", "024", true },
		{ QUESTION_NUMBER, "24", "24 bytes", false },
		{ QUESTION_NUMBER, "24", "", false },
		{ QUESTION_NUMBER, "24", "-", false },
		{ QUESTION_NUMBER, "24", "18446744073709551640", false },
		{ QUESTION_NUMBER, "-7", "-7", true },
		{ QUESTION_NUMBER, "-7", "7", false },
		{ QUESTION_NUMBER, "0x0000001f", "31", true },
		{ QUESTION_NUMBER, "0", "calc_ok", true },
		{ QUESTION_NUMBER, "0", "CALC", false },
		{ QUESTION_BYTES, "00 00 00 1f", "0000001F", true },
		{ QUESTION_BYTES, "00 00 00 1f", " 0x0000001f", true },
		{ QUESTION_BYTES, "00 00 00 1f", "00 00 001 f", true },
		{ QUESTION_BYTES, "00 00 00 1f", "31", false },
		{ QUESTION_BYTES, "00 00 00 1f", "0000001f00", false },
		{ QUESTION_BYTES, "00 00 00 1f", "1f 00 00 00", false },
		{ QUESTION_BYTES, "00 00 00 1f", "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct quiz_question question = { .answer = rows[i].answer, .also = "CALC_OK" };

		snprintf(question.right, sizeof(question.right), "%s", rows[i].right);
		CHECK_THAT(question_is_right(&question, rows[i].given) == rows[i].is_right,
			   "%s for %s", rows[i].given, rows[i].right);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "its own answers are right", test_answers },
		{ "others are not", test_wrong },
		{ "what it does not ask about", test_refused },
		{ "raw messages", test_raw },
		{ "rpc", test_rpc },
		{ "no question comes twice", test_chosen },
		{ "how an answer may be written", test_given },
		{ 0 },
	};

	return program_use_built() ? harness_run("quiz", tests) : EXIT_FAILURE;
}
