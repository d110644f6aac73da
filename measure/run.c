/* A load under way, and what became of its calls. */
#include "measure/run.h"

#include <errno.h>

void run_answered(void *context, int64_t latency)
{
	struct run *run = context;

	histogram_add(&run->result->latency, latency);
	run->in_flight--;
}

void run_failed(void *context, unsigned int count, const struct failure *failure)
{
	struct run *run = context;

	if (!run->result->failure.code)
		run->result->failure = *failure;
	run->result->errors += count;
	run->result->busy += failure->error == EBUSY ? count : 0;
	run->in_flight -= count;
}

void run_look(struct run *run, int64_t now)
{
	if (!run->load->ends || now - run->looked < RUN_INTERVAL)
		return;
	run->looked = now;
	if (held_signals_pending())
		run->schedule.calls = run->schedule.begun;
}
