/* sidecall quiz [ENDPOINT]: questions about calls that it makes, and whether the answers are right.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client/failures.h"
#include "common/text.h"
#include "compare/lab/servers.h"
#include "programs/sidecall/command.h"
#include "quiz/calls.h"
#include "quiz/choose.h"
#include "quiz/ends.h"
#include "quiz/fields.h"
#include "quiz/tried.h"

#define WRONG     2 /* the exit code of who finds something, as of check */
#define ENDPOINTS 2
#define COLUMNS   100
#define INDENT    8

enum { SEED = 256, ANSWERS };

const struct option_row command_quiz_options[] = {
	OPTION_NUMBER("number", 'n', "N", "so many questions", 10, NULL, 1, 100),
	OPTION_NUMBER("seed", SEED, "N", "the same questions as with this number before", 0,
		      "by chance", 0, 999999),
	OPTION_FLAG("answers", ANSWERS, "the answers, too; nothing is asked"),
	{ 0 },
};

struct quiz {
	size_t wanted;
	int64_t seed; /* -1: none was given */
	bool answers;
	uint64_t state; /* of chance */
	struct server server;
	struct endpoint endpoints[ENDPOINTS];
	size_t endpoint_count;
	struct seen seen[ENDPOINTS];
	struct quiz_questions questions;
};

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct quiz *quiz = what;

	(void)value;
	if (key == 'n')
		quiz->wanted = (size_t)number;
	else if (key == SEED)
		quiz->seed = number;
	else
		quiz->answers = true;
	return NULL;
}

/* ---- the server, and the calls ---- */

static int take_endpoint(struct quiz *quiz, const char *text)
{
	struct endpoint *endpoint = &quiz->endpoints[0];
	const char *wrong = endpoint_parse(endpoint, text);

	if (!wrong && endpoint->protocol == ENDPOINT_TIRPC)
		wrong = "nobody sees the bytes of libtirpc's own client";
	if (wrong)
		return command_usage("quiz", "%.80s: %s", text, wrong);
	quiz->endpoint_count = 1;
	return 0;
}

static int start_server(struct quiz *quiz, struct failure *failure)
{
	static const char *const options[] = { "--listen", "raw+tcp://127.0.0.1:0", "--listen",
					       "rpc+tcp://127.0.0.1:0", NULL };
	int code = server_start(&quiz->server, options, "/dev/null", failure);

	if (code)
		return code;
	for (int i = 0; i < quiz->server.count && i < ENDPOINTS; i++)
		quiz->endpoints[quiz->endpoint_count++] = quiz->server.endpoints[i];
	return 0;
}

/* What the server does is tried where check can. */
static void try_server(struct quiz *quiz, const struct endpoint *endpoint, int64_t timeout)
{
	struct check_target target = { .program = CALC_PROG,
				       .version = CALC_V2,
				       .timeout = timeout };
	struct client client;
	struct failure failure;

	if (endpoint->transport != ENDPOINT_TCP && endpoint->transport != ENDPOINT_UDP &&
	    endpoint->transport != ENDPOINT_UNIX)
		return;
	client_init(&client, endpoint, timeout);
	if (check_find(&target, &client, false, &failure) == 0)
		ask_about_tried(&quiz->questions, &target);
	client_release(&client);
}

static int make_questions(struct quiz *quiz, int64_t timeout, struct failure *failure)
{
	int code = quiz->endpoint_count ? 0 : start_server(quiz, failure);

	for (size_t i = 0; code == 0 && i < quiz->endpoint_count; i++) {
		struct seen *seen = &quiz->seen[i];

		seen_init(seen);
		code = quiz_call(&quiz->endpoints[i], timeout, &quiz->state, seen, failure);
		ask_about_fields(&quiz->questions, seen);
		ask_about_ends(&quiz->questions, seen);
		if (code == 0)
			try_server(quiz, &quiz->endpoints[i], timeout);
	}
	return code;
}

/* ---- asking ---- */

static void show_why(const char *label, const char *right, const char *why)
{
	printf("%-*s", INDENT, label);
	printf("%s%s", right, *right ? ". " : "");
	text_wrap(stdout, INDENT + (int)strlen(right) + (*right ? 2 : 0), INDENT, COLUMNS, why);
}

/* False at the end of what can be read, or written. */
static bool ask(const struct quiz_question *question, bool *right)
{
	char *line = NULL;
	size_t size = 0;
	bool read;

	printf("> ");
	if (fflush(stdout) == EOF)
		return false;
	read = getline(&line, &size, stdin) >= 0;
	if (!read)
		putchar('\n');
	else if (!isatty(STDIN_FILENO)) /* a terminal has shown it */
		printf("%s%s", line, strchr(line, '\n') ? "" : "\n");
	*right = read && question_is_right(question, line);
	free(line);
	if (read)
		show_why(*right ? "right" : "no", *right ? "" : question->right, question->why);
	return read;
}

static void show_end(const struct quiz *quiz, size_t asked, size_t right)
{
	printf("%zu of %zu right", right, quiz->wanted);
	if (asked < quiz->wanted)
		printf("; %zu not answered", quiz->wanted - asked);
	putchar('\n');
}

static int ask_all(struct quiz *quiz)
{
	const struct quiz_question *question;
	size_t asked = 0, right = 0;
	bool goes_on = true;

	for (size_t i = 0; goes_on && i < quiz->wanted; i++) {
		bool is_right = false;

		question = choose_question(&quiz->questions, &quiz->state);
		printf("%zu of %zu\n\n", i + 1, quiz->wanted);
		question_show(question, stdout);
		if (quiz->answers)
			show_why("answer", question->right, question->why);
		else
			goes_on = ask(question, &is_right);
		putchar('\n');
		asked += goes_on;
		right += is_right;
	}
	if (quiz->answers)
		return 0;
	show_end(quiz, asked, right);
	return right == quiz->wanted ? 0 : WRONG;
}

/* How many different ones there are. */
static size_t count_questions(const struct quiz_questions *questions)
{
	size_t count = 0;

	for (size_t i = 0; i < questions->count; i++) {
		size_t before = 0;

		while (before < i && !question_same(&questions->all[before], &questions->all[i]))
			before++;
		count += before == i;
	}
	return count;
}

static int begin(struct quiz *quiz)
{
	char name[ENDPOINT_MAX_TEXT];
	size_t most = count_questions(&quiz->questions);

	if (quiz->wanted > most)
		quiz->wanted = most;
	for (size_t i = 0; i < quiz->endpoint_count; i++) {
		endpoint_format(&quiz->endpoints[i], name);
		printf("%s%s", i ? " and " : "", name);
	}
	printf(": %zu question%s, --seed %" PRId64 "\n\n", quiz->wanted,
	       quiz->wanted == 1 ? "" : "s", quiz->seed);
	return ask_all(quiz);
}

/* ---- the command ---- */

static void choose_seed(struct quiz *quiz)
{
	uint32_t chance = 0;

	if (quiz->seed < 0 && getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		chance = (uint32_t)clock_now();
	if (quiz->seed < 0)
		quiz->seed = chance % 1000000;
	quiz->state = (uint64_t)quiz->seed;
}

static int run_quiz(struct context *context, struct quiz *quiz)
{
	struct failure failure = { 0 };
	int code;

	choose_seed(quiz);
	code = make_questions(quiz, context->client.timeout, &failure);
	if (code) {
		context->client.endpoint = quiz->endpoints[0];
		code = command_failed(context, "quiz", NULL, &failure);
	} else {
		code = begin(quiz);
	}
	server_stop(&quiz->server);
	for (size_t i = 0; i < quiz->endpoint_count; i++)
		seen_release(&quiz->seen[i]);
	return code;
}

int command_quiz(struct context *context, int count, char **words)
{
	struct quiz *quiz = calloc(1, sizeof(*quiz));
	int code;

	if (!quiz)
		return command_out_of_memory("quiz");
	quiz->wanted = 10;
	quiz->seed = -1;
	code = command_take_options("quiz", count, words, command_quiz_options, take_option, quiz);
	if (code == 0)
		code = command_options_first("quiz", count, words);
	if (code == 0 && count - optind > 1)
		code = command_usage("quiz", "one server is called: ENDPOINT");
	if (code == 0 && count > optind)
		code = take_endpoint(quiz, words[optind]);
	if (code == 0)
		code = run_quiz(context, quiz);
	free(quiz);
	return code;
}
