/* A daemon's beginning and end: who starts it, what ends it, and what it does when nobody calls. */
#include <sys/resource.h>

#include "tests/daemons/lifetime.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/duration.h"
#include "tests/kit/observe.h"

#define CONFIGURATION "/run/inetd.conf"
#define A_WHILE       (500 * MILLISECOND)
#define ENDING        3000 /* milliseconds in which a daemon has to end */
#define IDLE          3000 /* milliseconds that it is watched doing nothing */
#define BUSY          30   /* milliseconds of CPU that are too much then */

/* ---- inetd ---- */

/* The program's path comes first, then all of its arguments, its name among them. */
static bool write_configuration(const struct lab *lab, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fprintf(file, "%s wait root %s", lab->daemon->inetd, lab->command[0]);
	for (const char *const *argument = lab->command; *argument; argument++)
		fprintf(file, " %s", *argument);
	fputc('\n', file);
	return fclose(file) == 0;
}

void lifetime_inetd(struct lab *lab, const struct test_case *test)
{
	static const char *const inetd[] = { "inetd", "-i", CONFIGURATION, NULL };
	struct daemon started = *lab->daemon;

	(void)test;
	if (!started.inetd) {
		lab_not_for(lab, "it cannot be started by inetd");
		return;
	}
	if (!write_configuration(lab, CONFIGURATION)) {
		lab_fail(lab, "%s cannot be written", CONFIGURATION);
		return;
	}
	/* What listens, and is there all the time, is inetd. */
	started.path = "/usr/sbin/inetd";
	lab->daemon = &started;
	lab->command = inetd;
	if (lab_start(lab, TCP | UDP) && lab_serves(lab, "by inetd", 2 * SECOND))
		lab_lives(lab);
}

/* ---- ends ---- */

static bool start_and_serve(struct lab *lab)
{
	return lab_start(lab, TCP | UDP) && lab_serves(lab, "before", A_WHILE);
}

/* Clients are connected when it dies, and come again when it is back. */
void lifetime_restart(struct lab *lab, const struct test_case *test)
{
	struct honest before;

	(void)test;
	if (!start_and_serve(lab))
		return;
	before = lab->honest;
	lab_kill(lab);
	if (lab_start(lab, TCP | UDP) && lab_serves(lab, "started again", A_WHILE))
		lab_lives(lab);
	if (before.slowest > lab->honest.slowest)
		lab->honest.slowest = before.slowest;
	honest_leave(&before);
}

static int count_registrations(const struct lab *lab)
{
	const struct honest *honest = &lab->honest;
	struct place place;
	int count = 0;

	if (strcmp(lab->daemon->name, "rpcbind") == 0)
		return 0;
	for (int a = 0; a < DAEMON_ASKS && honest->asks[a].name; a++)
		for (enum way way = 0; way < WAYS; way++)
			if (honest->found[a][way])
				count += place_find(honest->asks[a].program,
						    honest->asks[a].version, way, &place);
	return count;
}

/* As without us: by this signal, or by itself; and what it leaves when it is told to end. */
static void judge_end(struct lab *lab, int sent, int signal)
{
	int left = count_registrations(lab);

	if (signal == ENDS ? !WIFEXITED(lab->status)
			   : !WIFSIGNALED(lab->status) || WTERMSIG(lab->status) != signal)
		lab_fail(lab, "ends with wait status %#x, not %s", (unsigned int)lab->status,
			 signal == ENDS ? "by itself" : strsignal(signal));
	else if (left && !lab->daemon->leaves && sent == SIGTERM)
		lab_fail(lab, "leaves %d registrations", left);
	lab_note(lab, "%d registrations left", left);
}

static void run_signal(struct lab *lab, int signal, int expected)
{
	if (!start_and_serve(lab))
		return;
	kill(lab->pid, signal);
	if (expected == LIVES) {
		if (lab_serves(lab, "after the signal", SECOND))
			lab_lives(lab);
	} else if (!lab_ends(lab, ENDING)) {
		lab_fail(lab, "the signal does not end it in %d ms", ENDING);
	} else {
		judge_end(lab, signal, expected);
	}
}

void lifetime_sigterm(struct lab *lab, const struct test_case *test)
{
	(void)test;
	run_signal(lab, SIGTERM, lab->daemon->term ? lab->daemon->term : ENDS);
}

void lifetime_sighup(struct lab *lab, const struct test_case *test)
{
	(void)test;
	run_signal(lab, SIGHUP, lab->daemon->hup);
}

/* ---- what others see of it ---- */

/* tests/daemons/table.awk holds one run's against the other's. */
void lifetime_look(struct lab *lab, const struct test_case *test)
{
	char command[512], seen[256] = "";
	FILE *pipe;

	(void)test;
	if (!start_and_serve(lab))
		return;
	snprintf(command, sizeof(command), "%s %d", getenv("LAB_DESCRIBE"), lab->pid);
	pipe = popen(command, "r");
	if (!pipe || !fgets(seen, sizeof(seen), pipe))
		lab_fail(lab, "%s says nothing", command);
	seen[strcspn(seen, "\n")] = '\0';
	lab_note(lab, "%s", seen);
	if (pipe)
		pclose(pipe);
}

/* ---- nobody calls ---- */

void lifetime_idle(struct lab *lab, const struct test_case *test)
{
	long before;

	(void)test;
	if (!start_and_serve(lab))
		return;
	before = observe_cpu(lab->pid);
	poll(NULL, 0, IDLE);
	if (observe_cpu(lab->pid) - before > BUSY)
		lab_fail(lab, "uses %ld ms of CPU in %d ms without calls",
			 observe_cpu(lab->pid) - before, IDLE);
	else if (lab_serves(lab, "afterwards", A_WHILE))
		lab_lives(lab);
}
