/* Threads of the runtime's own. */
#ifndef SIDECALL_SERVER_RUNTIME_THREAD_H
#define SIDECALL_SERVER_RUNTIME_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* As pthread_create(3).  It takes no signals: they are for whoever the program means to have them.
 * It logs where its maker does. */
int thread_start(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		 void *argument);

/* Whether this is one of them. */
bool thread_is_ours(void);

#endif
