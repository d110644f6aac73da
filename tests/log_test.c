/* What clients make the daemon say: so much, and each kind of it by itself. */
#include "server/runtime/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kit/harness.h"

#define MANY    1000
#define MOST    10   /* lines of a kind */
#define LONGEST 1024 /* bytes of a line, with its newline */

static void flood(void)
{
	for (int i = 0; i < MANY; i++)
		log_peer(NULL, "a flood, %d", i);
	log_peer(NULL, "a word of another");
	log_line("what no client causes");
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

/* Runs with standard error in a file, and returns what came to be there. */
static void capture(void (*run)(void), char *text, size_t size)
{
	int was = dup(STDERR_FILENO), file = memfd_create("log", MFD_CLOEXEC);
	ssize_t n;

	dup2(file, STDERR_FILENO);
	run();
	dup2(was, STDERR_FILENO);
	n = pread(file, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(was);
	close(file);
}

static void test_flood(void)
{
	static char text[MANY * 64];

	capture(flood, text, sizeof(text));
	CHECK_INT(count(text, "sidecalld: a flood, "), MOST);
	CHECK_INT(count(text, "sidecalld: a word of another\n"), 1);
	CHECK_INT(count(text, "sidecalld: what no client causes\n"), 1);
	CHECK_INT(count(text, "\n"), MOST + 2);
}

/* ---- lines that are long ---- */

#define PREFIX "sidecalld: "

static char long_text[3 * LONGEST];
static void (*say)(const char *format, ...);

static void say_and_go_on(void)
{
	say("%s", long_text);
	say("the next");
}

/* However long a text is, it is one line of at most so many bytes, which lacks its end alone; and
 * the next line begins where it should. */
static void check_long(size_t length)
{
	char text[2 * sizeof(long_text)];
	const char *next;
	size_t shown;

	memset(long_text, 'x', length);
	long_text[length] = '\0';
	capture(say_and_go_on, text, sizeof(text));
	CHECK_THAT(strncmp(text, PREFIX, strlen(PREFIX)) == 0, "%s", text);
	shown = strspn(text + strlen(PREFIX), "x");
	next = text + strlen(PREFIX) + shown;
	CHECK_THAT(shown == length || (shown < length && shown >= LONGEST - 64),
		   "of %zu bytes %zu are written", length, shown);
	CHECK_THAT(next + 1 - text <= LONGEST, "of %zu bytes comes a line of %zu", length,
		   (size_t)(next + 1 - text));
	CHECK_STR(next, "\n" PREFIX "the next\n");
}

static void test_long(void)
{
	say = log_line;
	for (size_t length = LONGEST - 30; length < LONGEST + 30; length++)
		check_long(length);
	check_long(0);
	check_long(sizeof(long_text) - 1);
}

static void say_of_a_client(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say_of_a_client(const char *format, ...)
{
	char text[sizeof(long_text)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_peer(NULL, "%s", text);
}

/* The same for what clients cause, which has a limit of its own on lines. */
static void test_long_of_a_client(void)
{
	say = say_of_a_client;
	check_long(sizeof(long_text) - 1);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a flood of one kind hides no other", test_flood },
		{ "long lines", test_long },
		{ "long lines that a client causes", test_long_of_a_client },
		{ 0 },
	};

	program_invocation_short_name = (char *)"sidecalld";
	return harness_run("log", tests);
}
