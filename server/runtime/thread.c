/* Threads of the runtime's own. */
#include "server/runtime/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "server/runtime/log_target.h"

/* What a thread is to do, and where it says what is wrong. */
struct beginning {
	void *(*run)(void *argument);
	void *argument;
	struct log_target *target;
};

static _Thread_local bool ours;

bool thread_is_ours(void)
{
	return ours;
}

static void *begin(void *argument)
{
	struct beginning beginning = *(struct beginning *)argument;

	free(argument);
	log_use(beginning.target);
	ours = true;
	return beginning.run(beginning.argument);
}

int thread_start(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		 void *argument)
{
	struct beginning *beginning = malloc(sizeof(*beginning));
	sigset_t all, before;
	int error;

	if (!beginning)
		return ENOMEM;
	*beginning = (struct beginning){ run, argument, log_target() };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, attributes, begin, beginning);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		free(beginning);
	return error;
}
