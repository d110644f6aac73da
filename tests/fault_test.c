/* One table of faults through every endpoint: what the caller sees is the exit code that says what
 * happened, in time, and whether the call may have been executed; and others are served. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kit/fake.h"
#include "tests/kit/faults.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CASE_TIME    240  /* seconds after which one fault at one endpoint counts as hanging */
#define WIDTH        4    /* of a column of the table of faults */
#define ROOM         4096 /* bytes of what is wrong with it */

/* ---- the table ---- */

/*
 * The exit code that the victim sees, and what is said of its call: that it may have been executed
 * (?), that it was not (-), that it was (+).  75 comes at the deadline, any other code before it.
 * Where the victim is the server's, it is another caller who sees 0.  Blank: not to be had.
 *
 * By udp a death is seen when the call is sent again (libtirpc does that after 15 seconds), and
 * what is no reply is passed over; a reply that lacks its end says that there was one.  A server
 * that is frozen cannot be met on fifo and shm, while a socket's kernel takes connection and call.
 *
 * The baseline is not asked about bad clients, one of which can hold up or end it; nor by udp about
 * datagrams that are not its reply, which it takes for the time-out (docs/tirpc.md).
 */
/* clang-format off */
static const struct fault {
	const char *name;
	void (*happen)(struct scene *scene, struct sight *sight);
	const char *sights; /* WIDTH characters a column */
} faults[] = {
/*                                                      rpc and raw             tirpc       */
/*                                                      tcp udp unix    fifo    tcp udp unix */
/*                                                                  pipe    shm              */
{ "server killed in a call",     fault_server_killed,  "69? 69? 69? 69? 69? 69? 69? 75? 69? " },
{ "server frozen before a call", fault_server_frozen,  "75? 75? 75? 75? 75- 75- 75? 75? 75? " },
{ "server frozen in a call",     fault_frozen_in_call, "75? 75? 75? 75? 75? 75? 75? 75? 75? " },
{ "reply too late",              fault_reply_late,     "0   0   0   0   0   0   0       0   " },
{ "client killed in a call",     fault_client_killed,  "0   0   0   0   0   0               " },
{ "half a call",                 fault_half_call,      "0   0   0   0   0   0               " },
{ "garbage from a client",       fault_garbage_call,   "0   0   0   0   0   0               " },
{ "half a reply, and silence",   fault_half_reply,     "75? 65+ 75? 75? 75? 75? 75? 65+ 75? " },
{ "half a reply, and the end",   fault_cut_off_reply,  "69? 65+ 69? 69? 69? 69? 69? 65+ 69? " },
{ "garbage from a server",       fault_garbage_reply,  "76? 75? 76? 76? 76? 76? 75?     75? " },
{ "second server",               fault_second_server,  "69  69  69      69  69  69  69  69  " },
};
/* clang-format on */

static const struct cell {
	enum endpoint_protocol protocol;
	enum endpoint_transport transport;
	unsigned int column;
} cells[] = {
	{ ENDPOINT_RPC, ENDPOINT_TCP, 0 },    { ENDPOINT_RAW, ENDPOINT_TCP, 0 },
	{ ENDPOINT_RPC, ENDPOINT_UDP, 1 },    { ENDPOINT_RAW, ENDPOINT_UDP, 1 },
	{ ENDPOINT_RPC, ENDPOINT_UNIX, 2 },   { ENDPOINT_RAW, ENDPOINT_UNIX, 2 },
	{ ENDPOINT_RPC, ENDPOINT_PIPE, 3 },   { ENDPOINT_RAW, ENDPOINT_PIPE, 3 },
	{ ENDPOINT_RPC, ENDPOINT_FIFO, 4 },   { ENDPOINT_RAW, ENDPOINT_FIFO, 4 },
	{ ENDPOINT_RPC, ENDPOINT_SHM, 5 },    { ENDPOINT_RAW, ENDPOINT_SHM, 5 },
	{ ENDPOINT_TIRPC, ENDPOINT_TCP, 6 },  { ENDPOINT_TIRPC, ENDPOINT_UDP, 7 },
	{ ENDPOINT_TIRPC, ENDPOINT_UNIX, 8 },
};

/* ---- one fault at one endpoint: in a process, and a group of processes, of its own ---- */

static void check_words(struct scene *scene, const char *text, char fate)
{
	bool maybe = strstr(text, "The call may have been executed");
	bool not = strstr(text, "not executed") || strstr(text, "not sent");
	bool was = strstr(text, "The call was executed");

	scene_check(scene, maybe == (fate == '?') && not == (fate == '-') && was == (fate == '+'),
		    "what became of the call is said wrong: %s", text);
}

/* Who sees anything but the time-out has seen it in time. */
static void check_sight(struct scene *scene, const struct sight *sight, const char *expected)
{
	const struct caller *victim = &sight->victim;
	int64_t time = victim->ended - victim->began;
	int code = atoi(expected);

	scene_check(scene, victim->code == code, "code %d: %s", victim->code, victim->text);
	if (code == 75)
		scene_check(scene, time >= (int64_t)(atof(sight->timeout) * (double)SECOND),
			    "it took %d ms only", (int)(time / MILLISECOND));
	check_words(scene, victim->text, expected[2]);
}

/* What is to be seen of a fault in a cell, or NULL. */
static const char *sight_at(const struct fault *fault, const struct cell *cell)
{
	const char *sight = fault->sights + (size_t)WIDTH * cell->column;

	return *sight == ' ' ? NULL : sight;
}

static void run_case(const struct fault *fault, const struct cell *cell, char *report)
{
	const char *expected = sight_at(fault, cell);
	struct sight sight = { .timeout = atoi(expected) == 75 ? "1" : SCENE_TIMEOUT };
	struct scene scene;

	if (scene_open(&scene, cell->protocol, cell->transport, report, ROOM)) {
		fault->happen(&scene, &sight);
		check_sight(&scene, &sight, expected);
	} else {
		scene_check(&scene, false, "no server");
	}
	scene_close(&scene);
}

static pid_t start_case(const struct fault *fault, const struct cell *cell, char *report)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CASE_TIME);
	run_case(fault, cell, report);
	fflush(NULL);
	_exit(EXIT_SUCCESS);
}

/* Whatever it started and did not end goes with it. */
static void end_case(const struct fault *fault, const struct cell *cell, pid_t pid, char *report)
{
	siginfo_t info = { 0 };
	char text[ROOM + 128];

	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (info.si_code != CLD_EXITED)
		snprintf(report, ROOM, "signal %d ended it", info.si_status);
	snprintf(text, sizeof(text), "%s, %s+%s: %s", fault->name,
		 endpoint_protocol_name(cell->protocol), endpoint_transport_name(cell->transport),
		 report);
	CU_assertImplementation(!report[0], __LINE__, text, __FILE__, "", CU_FALSE);
}

/* All endpoints at once: most of the time is spent waiting. */
static void through_all_cells(const struct fault *fault)
{
	char *reports = mmap(NULL, COUNT(cells) * ROOM, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[COUNT(cells)];

	CU_ASSERT_FATAL(reports != MAP_FAILED);
	for (size_t i = 0; i < COUNT(cells); i++)
		if (sight_at(fault, &cells[i]))
			pids[i] = start_case(fault, &cells[i], reports + i * ROOM);
	for (size_t i = 0; i < COUNT(cells); i++)
		if (sight_at(fault, &cells[i]))
			end_case(fault, &cells[i], pids[i], reports + i * ROOM);
	munmap(reports, COUNT(cells) * ROOM);
}

/* CUnit calls without an argument, but in the order of the table. */
static void test_next(void)
{
	static const struct fault *next = faults;

	through_all_cells(next++);
}

int main(int argc, char **argv)
{
	struct test tests[COUNT(faults) + 1] = { 0 };

	if (argc > 1)
		return fake_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (!program_use_built()) /* the server of a pipe is started in another directory */
		return EXIT_FAILURE;
	for (size_t i = 0; i < COUNT(faults); i++)
		tests[i] = (struct test){ faults[i].name, test_next };
	return harness_run("fault", tests);
}
