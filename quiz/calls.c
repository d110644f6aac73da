/* The calls that a quiz is about: they are made. */
#include "quiz/calls.h"

#include <stdio.h>

#include "client/procedures.h"
#include "quiz/choose.h"

#define VALUES 3 /* that are summarized */

/* From `least` on. */
static quad_t some_number(uint64_t *state, unsigned int least)
{
	return (quad_t)(least + choose_next(state) % 200);
}

/* A client that is connected, whose calls have names that follow from the seed. */
static int connect_client(struct client *client, const struct endpoint *endpoint, int64_t timeout,
			  uint64_t *state, struct seen *seen, struct failure *failure)
{
	int code;

	client_init(client, endpoint, timeout);
	client->operand = true;
	client->observer = &seen->observer;
	code = client_connect(client, CALC_PROG, CALC_V1, client_deadline(client), failure);
	if (code == 0 && client->channel)
		client->channel->first_id = client->channel->next_id = (uint32_t)choose_next(state);
	return code;
}

/* 0, or the failure's code where the connection is of no use any more. */
static int call(struct client *client, const char *name, void *arguments, struct failure *failure)
{
	const struct procedure *procedure = procedure_find(name);
	union procedure_result result;
	int code = procedure_call(procedure, client, arguments, &result, failure);

	procedure_release(procedure, NULL, &result);
	return code == FAILURE_PROTOCOL ? 0 : code;
}

static int call_all(struct client *client, uint64_t *state, struct failure *failure)
{
	const quad_t b = some_number(state, 2);
	calc_operands quotient = { b * some_number(state, 2), b };
	calc_operands by_zero = { some_number(state, 1), 0 };
	calc_operands difference = { some_number(state, 1), some_number(state, 250) };
	quad_t numbers[VALUES] = { some_number(state, 1), -some_number(state, 1),
				   some_number(state, 1) };
	calc_values values = { VALUES, numbers };
	char text[32];
	calc_expression expression = text;
	int code;

	snprintf(text, sizeof(text), "%lld*(3+4)", (long long)some_number(state, 2));
	code = call(client, "divide", &quotient, failure);
	if (code == 0)
		code = call(client, "subtract", &difference, failure);
	if (code == 0)
		code = call(client, "divide", &by_zero, failure);
	if (code == 0)
		code = call(client, "evaluate", &expression, failure);
	return code ? code : call(client, "summarize", &values, failure);
}

int quiz_call(struct endpoint *endpoint, int64_t timeout, uint64_t *state, struct seen *seen,
	      struct failure *failure)
{
	struct client first, second;
	int code = connect_client(&first, endpoint, timeout, state, seen, failure);

	if (code) {
		client_release(&first);
		return code;
	}
	*endpoint = first.endpoint;
	code = call_all(&first, state, failure);
	if (code == 0)
		code = connect_client(&second, endpoint, timeout, state, seen, failure);
	else
		client_init(&second, endpoint, timeout);
	if (code == 0)
		code = call(&second, "null", NULL, failure);
	client_release(&second);
	client_release(&first);
	return code;
}
