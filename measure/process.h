/* The server's process, as far as it can be seen from here: its CPU time, and where it runs. */
#ifndef SIDECALL_MEASURE_PROCESS_H
#define SIDECALL_MEASURE_PROCESS_H

#include <sched.h>

#include "client/client.h"

/*
 * The process at the other end of what the client has connected: our child (pipes), who the kernel
 * says it is (Unix sockets, shm), or who has the other end open (tcp and udp of this machine,
 * FIFOs), which is found in /proc.  0 when it is not known: on another machine, or another user's.
 */
pid_t process_of_server(const struct client *client);

/* Seconds of CPU that a process has used, all its threads together; negative when not known. */
double process_cpu(pid_t pid);

/* Where client and server ran before, to be restored. */
struct saved_affinity {
	pid_t server;
	bool moved; /* whether there is anything to restore */
	cpu_set_t client_cpus, server_cpus;
	cpu_set_t place; /* where the server runs now */
	struct placed {
		pid_t thread;
		cpu_set_t cpus;
	} * threads; /* of the server; those that it starts meanwhile get server_cpus */
	size_t count;
};

/*
 * Has this thread run on CPU pin[0] only, and all threads of the server on pin[1]; -1 is anywhere.
 * 0; FAILURE_USAGE for a CPU that this machine does not let us have; or the failure's code.
 * process_unpin() undoes it, and has to be called also after a failure.
 */
int process_pin(struct saved_affinity *pinned, pid_t server, const int pin[2],
		struct failure *failure);
void process_unpin(struct saved_affinity *pinned);

#endif
