/* What passes between a client and a server is kept, up to a bound; beyond it nothing is claimed.
 */
#include "compare/bytes/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define CALLS 200

/* Calls with a large array each, one by one, through the relay; they take 32 KiB and more. */
static void call_often(struct relay *relay, int calls)
{
	static quad_t numbers[CALC_MAX_VALUES];
	calc_values values = { CALC_MAX_VALUES, numbers };
	union procedure_result result;

	for (int i = 0; i < calls; i++) {
		CHECK_INT(call_once(&relay->endpoint, 20 * SECOND, "summarize", &values, &result),
			  0);
		CHECK_INT(result.summary.calc_summary_result_u.summary.count, CALC_MAX_VALUES);
	}
}

static void check_known(struct relay *relay, struct byte_account *account)
{
	uint64_t sent, received, before;

	relay_traffic(relay, &before, &received);
	call_often(relay, 1);
	CU_ASSERT(relay_account(relay, account));
	relay_traffic(relay, &sent, &received);
	CU_ASSERT(sent - before > 8 * CALC_MAX_VALUES);
	CU_ASSERT(json_array_size(account->sent) > CALC_MAX_VALUES);
	CHECK_INT(account->count.unknown + account->count.missing, 0);
}

static void check_bound(const char *via, const char *directory)
{
	struct endpoint server = call_endpoint(via);
	struct relay relay = { .pid = 0 };
	struct byte_account account;
	char path[128];

	snprintf(path, sizeof(path), "%s/between.sock", directory);
	CHECK_INT(relay_start(&relay, &server, path), 0);
	byte_account_init(&account);
	account.observer.opened(&account.observer, NULL, &server, false);
	check_known(&relay, &account);
	call_often(&relay, CALLS); /* more than is kept */
	CU_ASSERT(!relay_account(&relay, &account));
	check_known(&relay, &account); /* and then all is well again */
	byte_account_release(&account);
	relay_stop(&relay);
	unlink(path);
}

static void test_bound(void)
{
	struct daemon daemon;

	if (!daemon_start_everywhere(&daemon, NULL, NULL)) {
		CU_FAIL("there is no server");
		return;
	}
	check_bound(daemon_endpoint(&daemon, "rpc+tcp"), daemon.directory);
	check_bound(daemon_endpoint(&daemon, "rpc+unix"), daemon.directory);
	check_bound(daemon_endpoint(&daemon, "rpc+udp"), daemon.directory);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static const struct test tests[] = {
	{ "more than is kept", test_bound },
	{ NULL, NULL },
};

int main(void)
{
	return program_use_built() ? harness_run("relay", tests) : EXIT_FAILURE;
}
