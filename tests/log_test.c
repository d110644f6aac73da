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
#define SIXTY   "012345678901234567890123456789012345678901234567890123456789"

static void flood(void)
{
	for (int i = 0; i < MANY; i++)
		log_event(EVENT_NO_CALL, NULL, "a flood, %d", i);
	log_event(EVENT_TOO_LONG, NULL, "a word of another");
	log_line(LOG_WARNING, "what no client causes");
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

static void note_priority(void *context, const char *line)
{
	snprintf(context, 64, "%d %s", log_priority(), line);
}

static void test_flood(void)
{
	static char text[MANY * 64];

	capture(flood, text, sizeof(text));
	CHECK_INT(count(text, "sidecalld: event=no-call: a flood, "), MOST);
	CHECK_INT(count(text, "sidecalld: event=too-long: a word of another\n"), 1);
	CHECK_INT(count(text, "sidecalld: what no client causes\n"), 1);
	CHECK_INT(count(text, "\n"), MOST + 2);
}

/* ---- lines that are long ---- */

static const char *front = "sidecalld: ";

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
	CHECK_THAT(strncmp(text, front, strlen(front)) == 0, "%s", text);
	shown = strspn(text + strlen(front), "x");
	next = text + strlen(front) + shown;
	CHECK_THAT(shown == length || (shown < length && shown >= LONGEST - 64),
		   "of %zu bytes %zu are written", length, shown);
	CHECK_THAT(next + 1 - text <= LONGEST, "of %zu bytes comes a line of %zu", length,
		   (size_t)(next + 1 - text));
	CHECK_INT(*next, '\n');
	CHECK_INT(strncmp(next + 1, front, strlen(front)), 0);
	CHECK_STR(next + 1 + strlen(front), "the next\n");
}

static void say_of_nobody(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say_of_nobody(const char *format, ...)
{
	char text[sizeof(long_text)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_line(LOG_WARNING, "%s", text);
}

static void test_long(void)
{
	say = say_of_nobody;
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
	log_event(EVENT_MADE_WAY, NULL, "%s", text);
}

/* The same for what clients cause, which has a limit of its own on lines. */
static void test_long_of_a_client(void)
{
	say = say_of_a_client;
	front = "sidecalld: event=made-way: ";
	check_long(sizeof(long_text) - 1);
}

/* ---- what a stranger chose ---- */

#define CONTROLS                                                                                   \
	"\001\002\003\004\005\006\007\b\t\n\v\f\r\016\017\020\021\022\023\024\025\026\027\030\031" \
	"\032\033\034\035\036\037\177\200\237\302\200\302\233\302\237"
#define CLEANED "????????????????????????????????????????"
#define OTHERS  "\303\251 ~\302\240\342\202\233\240\377"

/* Whatever it is, it forges no line and plays with no terminal; what is no control character stays.
 */
static void say_controls(void)
{
	log_line(LOG_WARNING, "a path" CONTROLS OTHERS);
	log_event(EVENT_NO_DESCRIPTOR, NULL, "%s", "\n<3>sidecalld: \033[2J");
}

static void test_controls(void)
{
	struct log_target target, *before;
	char text[256] = "";

	capture(say_controls, text, sizeof(text));
	CHECK_STR(text, "sidecalld: a path" CLEANED OTHERS "\n"
			"sidecalld: event=no-descriptor: ?<3>sidecalld: ?[2J\n");
	log_target_init(&target, note_priority, text, LOG_WARNING);
	before = log_use(&target);
	log_line(LOG_WARNING, "%s", "to\033\nhim");
	CHECK_STR(text, "4 to??him");
	log_use(before);
}

static const struct {
	const char *name, *shown;
} programs[] = {
	{ "sidecalld", "sidecalld" },
	{ "", "" },
	{ "a\nb\033c\177", "a?b?c?" },
	{ SIXTY "1234", SIXTY "1234" },
	{ SIXTY "12345", SIXTY "1234" },
	/* A character that does not fit is left out whole. */
	{ SIXTY "12\303\251", SIXTY "12\303\251" },
	{ SIXTY "123\303\251", SIXTY "123" },
	{ SIXTY "1\360\237\230\200", SIXTY "1" },
};

static void say_a_word(void)
{
	log_line(LOG_WARNING, "a word");
}

static void check_program(const char *name, const char *shown)
{
	char text[256], expected[256];

	program_invocation_short_name = (char *)name;
	capture(say_a_word, text, sizeof(text));
	program_invocation_short_name = (char *)"sidecalld";
	snprintf(expected, sizeof(expected), "%s: a word\n", shown);
	CHECK_STR(text, expected);
}

/* However long it is, there is room for what is said. */
static void test_programs(void)
{
	char name[3 * LONGEST] = "";

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		check_program(programs[i].name, programs[i].shown);
	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, SIXTY "1234", 64);
	check_program(name, SIXTY "1234");
}

/* ---- who caused it, and how bad it is ---- */

static struct peer_id address(uint8_t last)
{
	return (struct peer_id){ .family = AF_INET, .bytes = { 192, 0, 2, last } };
}

/* 300 peers, each many times: nobody hides another one, and all together have a bound. */
static void flood_of_many(void)
{
	for (int i = 0; i < 2 * MOST; i++)
		for (unsigned int p = 0; p < 300; p++) {
			struct peer_id peer = address((uint8_t)p);

			peer.bytes[2] = (uint8_t)(p >> 8);
			log_event(EVENT_BUSY, &peer, "of one of many");
		}
}

static void test_peers(void)
{
	static char text[1 << 20];
	const struct event_count before = log_target_count(log_target(), EVENT_BUSY);
	struct event_count after;

	capture(flood_of_many, text, sizeof(text));
	CHECK_INT(count(text, "event=busy peer=192.0.0.1: of one of many\n"), MOST);
	CHECK_INT(count(text, "event=busy peer=192.0.0.100: of one of many\n"), MOST);
	CHECK_THAT(count(text, "of one of many\n") <= (LOG_CAUSES + 1) * MOST, "%u lines",
		   count(text, "of one of many\n"));
	after = log_target_count(log_target(), EVENT_BUSY);
	CHECK_INT(after.count - before.count, 2 * MOST * 300);
	CHECK_INT(after.peer.bytes[3], 299 & 0xff);
}

static void say_each_priority(void)
{
	const struct peer_id user = peer_of_user(1000);

	log_start();
	log_line(LOG_ERR, "an error");
	log_line(LOG_INFO, "a word");
	log_event(EVENT_IDLE_TIMEOUT, &user, "idle");
	log_event(EVENT_NO_MEMORY, NULL, "nobody's");
	log_stop();
}

/* To somebody else than a terminal, while it is started. */
static void test_priorities(void)
{
	char text[1024];

	capture(say_each_priority, text, sizeof(text));
	CHECK_STR(text, "<3>sidecalld: an error\n<6>sidecalld: a word\n"
			"<6>sidecalld: event=idle-timeout peer=\"user 1000\": idle\n"
			"<3>sidecalld: event=no-memory: nobody's\n");
}

static void test_levels(void)
{
	struct log_target target, *before;
	char text[64] = "";

	log_target_init(&target, note_priority, text, LOG_WARNING);
	before = log_use(&target);
	log_line(LOG_NOTICE, "a notice");
	CHECK_STR(text, "");
	log_event(EVENT_IDLE_TIMEOUT, NULL, "idle");
	CHECK_STR(text, "");
	CHECK_INT(log_target_count(&target, EVENT_IDLE_TIMEOUT).count, 1);
	log_line(LOG_WARNING, "a warning");
	CHECK_STR(text, "4 a warning");
	CHECK_INT(log_priority(), 0);
	log_use(before);
	CHECK_INT(log_level_named("err"), LOG_ERR);
	CHECK_INT(log_level_named("info"), LOG_INFO);
	CHECK_INT(log_level_named("loud"), 0);
}

/* Each event has a name of its own, which is fit for a key. */
static void test_names(void)
{
	for (int i = 0; i < EVENTS; i++) {
		CHECK_INT(strspn(event_name(i), "abcdefghijklmnopqrstuvwxyz-"),
			  strlen(event_name(i)));
		CU_ASSERT(event_priority(i) >= LOG_ERR && event_priority(i) <= LOG_INFO);
		for (int j = 0; j < i; j++)
			CU_ASSERT(strcmp(event_name(i), event_name(j)) != 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "a flood of one kind hides no other", test_flood },
		{ "long lines", test_long },
		{ "long lines that a client causes", test_long_of_a_client },
		{ "control bytes", test_controls },
		{ "names of programs", test_programs },
		{ "each peer has lines of its own, and all have a bound", test_peers },
		{ "priorities", test_priorities },
		{ "levels", test_levels },
		{ "events have names", test_names },
		{ 0 },
	};

	program_invocation_short_name = (char *)"sidecalld";
	return harness_run("log", tests);
}
