/* What clients make the daemon say: so much, and each kind of it by itself. */
#include "server/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/harness.h"

#define MANY 1000
#define MOST 10 /* lines of a kind */

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

int main(void)
{
	static const struct test tests[] = {
		{ "a flood of one kind hides no other", test_flood },
		{ 0 },
	};

	return harness_run("log", tests);
}
