/* Cases of accumulate, which changes something: each with a register that nobody else has. */
#include "check/registers.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "check/ask.h"

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

/* Adds to it, and whether the server answers as the reference does. */
static bool add(struct exchange *exchange, const struct name *name, const char *amount)
{
	const char *const words[] = { "accumulate", name->text, amount, NULL };
	struct buffer message = { 0 };
	struct question question = { .message = &message,
				     .xid = ++exchange->xid,
				     .at = 8,
				     .length = 2 + sizeof(name->text) - 1 + 8 };

	exchange->reply.outcome = CHECK_SILENT;
	if (reference_call(words, question.xid, &message) == 0 &&
	    exchange_expect_equal(exchange, &message))
		exchange_ask(exchange, &question);
	buffer_release(&message);
	if (exchange->reply.outcome != CHECK_SUCCESS)
		snprintf(exchange->note, sizeof(exchange->note), "accumulate %s %s", name->text,
			 amount);
	return exchange->reply.outcome == CHECK_SUCCESS;
}

void run_register(struct exchange *exchange, const struct check_case *row)
{
	const struct name name = new_name();

	(void)row;
	if (add(exchange, &name, "5") && add(exchange, &name, "5"))
		add(exchange, &name, "-11");
}

void run_full_register(struct exchange *exchange, const struct check_case *row)
{
	const struct name name = new_name();

	(void)row;
	if (add(exchange, &name, "9223372036854775807") && add(exchange, &name, "1"))
		add(exchange, &name, "0");
}

void run_shared_register(struct exchange *exchange, const struct check_case *row)
{
	const struct name name = new_name();

	(void)row;
	if (!add(exchange, &name, "5"))
		return;
	exchange->deadline = clock_now() + exchange->target->timeout;
	if (exchange_connect(exchange))
		add(exchange, &name, "5");
}
