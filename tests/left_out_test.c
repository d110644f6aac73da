/* What is said of lines that were left out: of whom, and when. */
#include "server/runtime/log.h"

#include <stdio.h>
#include <string.h>

#include "tests/kit/harness.h"

#define MOST   10 /* lines of a cause in a while */
#define A_LOT  25
#define PERIOD 10 /* seconds */
#define PEERS  300

/* ---- a log in memory ---- */

struct log {
	struct log_target target, *before;
	unsigned int lines, summaries;
	char said[1 << 14]; /* the summaries */
};

static void take_line(void *context, const char *line)
{
	struct log *log = context;
	size_t length = strlen(log->said);

	log->lines++;
	if (!strstr(line, "were left out"))
		return;
	log->summaries++;
	snprintf(log->said + length, sizeof(log->said) - length, "%s\n", line);
}

static void log_open(struct log *log)
{
	memset(log, 0, sizeof(*log));
	log_target_init(&log->target, take_line, log, LOG_INFO);
	log->before = log_use(&log->target);
}

static void log_close(struct log *log)
{
	log_use(log->before);
	pthread_mutex_destroy(&log->target.lock);
}

static struct peer_id address(unsigned int number)
{
	return (struct peer_id){ .family = AF_INET,
				 .bytes = { 192, 0, (uint8_t)(number >> 8), (uint8_t)number } };
}

static void say_of(unsigned int number, unsigned int times)
{
	const struct peer_id peer = address(number);

	for (unsigned int i = 0; i < times; i++)
		log_event(EVENT_BUSY, &peer, "again");
}

/* As if so many seconds had gone by since. */
static void age(struct log_cause *cause)
{
	if (cause->start)
		cause->start -= PERIOD;
}

static void age_all(struct log *log)
{
	for (int i = 0; i < LOG_CAUSES; i++)
		age(&log->target.causes[i]);
	for (int i = 0; i < EVENTS; i++)
		age(&log->target.others[i]);
}

/* ---- of whom ---- */

static void test_next_period(void)
{
	static struct log log;

	log_open(&log);
	say_of(1, A_LOT);
	CHECK_INT(log.lines, MOST);
	age_all(&log);
	say_of(1, 1);
	CHECK_STR(log.said, "event=busy peer=192.0.0.1: 15 more such lines were left out\n");
	CHECK_INT(log.lines, MOST + 2);
	log_close(&log);
}

/* More peers than places: who has none of his own is not blamed for the others, nor is anybody. */
static void check_shared(bool at_the_end)
{
	static struct log log;
	const struct peer_id none = { 0 };
	char line[128];

	log_open(&log);
	for (unsigned int p = 0; p < PEERS; p++)
		say_of(p, A_LOT);
	if (at_the_end)
		log_say_left_out();
	else { /* but nobody's place is free */
		age(&log.target.others[EVENT_BUSY]);
		log_event(EVENT_BUSY, &none, "a newcomer");
	}
	snprintf(line, sizeof(line), "event=busy: %u more such lines were left out\n",
		 (PEERS - LOG_CAUSES) * A_LOT - MOST);
	CHECK_THAT(strstr(log.said, line), "%s", log.said);
	CHECK_INT(log.summaries, at_the_end ? LOG_CAUSES + 1 : 1);
	log_close(&log);
}

static void test_shared(void)
{
	check_shared(false);
}

/* ---- when ---- */

static void test_at_the_end(void)
{
	static struct log log;

	check_shared(true);
	log_open(&log);
	say_of(1, A_LOT);
	say_of(2, MOST);
	log_event(EVENT_TOO_LONG, NULL, "nobody's");
	log_say_left_out();
	CHECK_STR(log.said, "event=busy peer=192.0.0.1: 15 more such lines were left out\n");
	log_say_left_out();
	CHECK_INT(log.summaries, 1);
	age_all(&log);
	say_of(1, 1);
	CHECK_INT(log.summaries, 1); /* it has been said */
	log_close(&log);
}

/* Whatever happens next, one that is overdue is said, whose peer may never come again. */
static void test_overdue(void)
{
	static struct log log;

	log_open(&log);
	say_of(1, 1);
	for (unsigned int p = 2; p < PEERS; p++)
		say_of(p, A_LOT);
	for (int i = 0; i < LOG_CAUSES; i++)
		log_event(EVENT_NO_CALL, NULL, "something else");
	CHECK_INT(log.summaries, 0); /* their time is not over */
	age_all(&log);
	for (int i = 0; i < LOG_CAUSES + 1; i++)
		log_event(EVENT_NO_CALL, NULL, "something else");
	CHECK_INT(log.summaries, LOG_CAUSES + 1);
	CHECK_THAT(strstr(log.said, "event=busy peer=192.0.0.2: 15 more such lines"), "%s",
		   log.said);
	CHECK_THAT(strstr(log.said, "event=busy: "), "%s", log.said);
	CHECK_THAT(strstr(log.said, "event=no-call: "), "%s", log.said);
	log_close(&log);
}

static void test_reused(void)
{
	static struct log log;

	log_open(&log);
	say_of(2, MOST + 1);
	say_of(3, A_LOT);
	age_all(&log);
	say_of(5, 1); /* in place of the first */
	CHECK_STR(log.said, "event=busy peer=192.0.0.2: 1 more such lines were left out\n");
	log_close(&log);
}

int main(void)
{
	static const struct test tests[] = {
		{ "said when the same happens again", test_next_period },
		{ "more peers than places: nobody is blamed", test_shared },
		{ "what was not said is said at the end, once", test_at_the_end },
		{ "said when whatever happens later", test_overdue },
		{ "said when another one gets the place", test_reused },
		{ 0 },
	};

	return harness_run("left_out", tests);
}
