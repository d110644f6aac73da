/* What a process holds and uses, as /proc tells. */
#ifndef SIDECALL_TESTS_KIT_OBSERVE_H
#define SIDECALL_TESTS_KIT_OBSERVE_H

#include <stdbool.h>
#include <sys/types.h>

/* Its descriptors that stay open; -1 when there is no such process, or it is another user's. */
int observe_descriptors(pid_t pid);

/* Waits until it has no more than `expected` descriptors; how many it has. */
int observe_descriptors_until(pid_t pid, int expected);

/* The lowest descriptor that it does not have open; and sets how many it may have, from there on:
 * its RLIMIT_NOFILE. */
unsigned int observe_lowest_free(pid_t pid);
void observe_limit_descriptors(pid_t pid, unsigned int count);

/* How many of its descriptors are files of that name, in whatever directory. */
int observe_open_files(pid_t pid, const char *name);

/* CPU that it has used, in milliseconds, as exact as the clock's tick. */
long observe_cpu(pid_t pid);

/* Whether one of its threads has something to do, be there a processor for it or not. */
bool observe_is_running(pid_t pid);

/* Waits until all its threads sleep, and are (nearly) not woken for 300 milliseconds.  Whether it
 * comes to that: who turns in circles never does, however little of the processor it gets. */
bool observe_idle(pid_t pid);

/* Its memory that is resident, in KiB. */
long observe_memory(pid_t pid);

/* The most memory that has been resident, in KiB, since it began or this was called. */
bool observe_peak_begin(pid_t pid);
long observe_peak(pid_t pid);

/* The first child found, dead ones (zombies) included; 0 when there is none. */
pid_t observe_child(pid_t parent);

/* One that stands still, after SIGSTOP; 0 when there is none. */
pid_t observe_stopped_child(pid_t parent);

/* What its first thread does, as a letter of proc(5): R when it has something to do, T when it was
 * stopped, Z when it is dead and not waited for; 0 when there is no such process. */
char observe_state(pid_t pid);

/* Whether there is such a process; a zombie counts. */
bool observe_is_there(pid_t pid);

/* The files in a directory, without . and ..; -1 when there is no such directory. */
int observe_files(const char *directory);

/* Whether a thread of this process sleeps. */
bool observe_thread_asleep(pid_t thread);

#endif
