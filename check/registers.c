/* Cases of accumulate, which changes something: each with a register that nobody else has. */
#include "check/registers.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

#include "check/ask.h"
#include "check/calc_call.h"

#define REGISTERS 3 /* in which replies may get lost */

/* A register's name; with the longest that a server has. */
struct name {
	char text[33];
};

static struct name new_name(void)
{
	struct name name;
	uint64_t number[2] = { 0 };

	getrandom(number, sizeof(number), 0);
	snprintf(name.text, sizeof(name.text), "%016" PRIx64 "%016" PRIx64, number[0], number[1]);
	return name;
}

/* A register, and whether a call that changes it was sent more than once. */
struct use {
	struct name name;
	bool again;
};

/* Adds to it, and whether the server answers as the reference does. */
static bool add(struct exchange *exchange, struct use *use, const char *amount)
{
	const char *name = use->name.text, *const words[] = { "accumulate", name, amount, NULL };
	struct buffer message = { 0 };
	struct question question = { .message = &message,
				     .xid = ++exchange->xid,
				     .at = calc_call_arguments(exchange->target),
				     .length = SIZE_MAX };

	exchange->reply.outcome = CHECK_SILENT;
	if (reference_call(words, question.xid, &message) == 0 &&
	    calc_call(exchange->target, &message) == 0 && exchange_expect_equal(exchange, &message))
		exchange_ask(exchange, &question);
	buffer_release(&message);
	use->again |= exchange->sent.times > 1;
	if (exchange->reply.outcome != CHECK_SUCCESS)
		snprintf(exchange->note, sizeof(exchange->note), "accumulate %s %s", name, amount);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

static void add_all(struct exchange *exchange, struct use *use, const char *const amounts[])
{
	for (size_t i = 0; amounts[i] && add(exchange, use, amounts[i]); i++)
		;
}

/*
 * No rule says that a server remembers the calls that datagrams brought: a total is its own only
 * where each call was sent once.  So where one was sent again, all goes again by a new register.
 */
static void judge_totals(struct exchange *exchange, const char *const amounts[])
{
	for (int tries = REGISTERS; tries > 0; tries--) {
		struct use use = { .name = new_name() };

		exchange->note[0] = '\0';
		add_all(exchange, &use, amounts);
		if (exchange->reply.outcome != CHECK_BAD_REPLY || !use.again)
			return;
	}
	exchange->reply.outcome = CHECK_EXECUTED_AGAIN;
	exchange->reply.why = NULL;
}

void run_register(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	judge_totals(exchange, (const char *const[]){ "5", "5", "-11", NULL });
}

void run_full_register(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	judge_totals(exchange, (const char *const[]){ "9223372036854775807", "1", "0", NULL });
}

void run_shared_register(struct exchange *exchange, const struct check_case *row)
{
	struct use use = { .name = new_name() };

	(void)row;
	if (!add(exchange, &use, "5"))
		return;
	exchange->deadline = clock_now() + exchange->target->timeout;
	if (exchange_connect(exchange))
		add(exchange, &use, "5");
}
