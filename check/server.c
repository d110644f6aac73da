/* A server that is run as a child, on pipes: its start and its end. */
#include "check/server.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/adopted.h"
#include "client/failures.h"
#include "client/runtime/child.h"
#include "client/runtime/clock.h"
#include "client/sidecalld.h"

#define MOMENT INT64_C(200000000) /* nanoseconds to end in, when that is not what is checked */

int check_server_start(const struct endpoint *endpoint, struct pipe_server *server,
		       struct failure *failure)
{
	const char *const named[] = { endpoint->path, NULL };
	struct sidecalld_command ours;
	const char *const *command = sidecalld_is_child(endpoint, &ours) ? ours.argv : named;
	char what[256];
	int r;

	adopt_orphans();
	r = pipe_start(command, true, server);
	if (r == 0)
		return 0;
	snprintf(what, sizeof(what), "cannot start the server, %.200s", command[0]);
	failure_system(failure, -r, what);
	failure_advise(failure,
		       "Is it a program, with a path (./NAME) and the right to be executed"
		       "? A script's first line names what runs it, as #!/usr/bin/python3");
	return failure->code;
}

bool check_server_ends(pid_t server, int64_t deadline)
{
	int fd = (int)syscall(SYS_pidfd_open, server, 0);
	bool ended = fd >= 0 && clock_wait(fd, POLLIN, deadline) == 0;

	if (fd >= 0)
		close(fd);
	return ended;
}

void check_server_end(pid_t server, struct server_end *end)
{
	siginfo_t how = { 0 };

	waitid(P_PID, (id_t)server, &how, WEXITED | WNOHANG | WNOWAIT);
	*end = (struct server_end){ 0 };
	if (how.si_code == CLD_EXITED) {
		end->status = how.si_status;
		snprintf(end->text, sizeof(end->text), "status %d", end->status);
	} else {
		end->signal = how.si_status;
		snprintf(end->text, sizeof(end->text), "signal %d (%s)", end->signal,
			 strsignal(end->signal));
	}
}

/* Its group's number is not given anew before it is waited for. */
void check_server_stop(pid_t server)
{
	check_server_ends(server, clock_now() + MOMENT);
	kill(-server, SIGKILL);
	child_reap(server, 0);
	end_adopted();
}
