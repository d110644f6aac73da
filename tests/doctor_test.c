/*
 * sidecall doctor: each fault is made here, found, and mended by the command that is printed.  All
 * happens in a network, mounts and processes of our own.
 *
 * What no command can do here: no package is installed (apt-get install rpcbind, netbase), for that
 * asks a mirror; a kernel is not replaced, nor is a container's filter lifted from within, so what
 * the filter hides is looked for without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "common/fork.h"
#include "doctor/holder.h"
#include "doctor/say.h"
#include "idl/calc.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/registered.h"
#include "tests/kit/rpcbind.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DIRECTORY    "/run/doctor"
#define FILTERED     "--filtered" /* our first word, where we become sidecall with a filter */
#define NOBODYS      0x20004711

/* ---- what doctor says ---- */

struct said {
	int status;
	size_t ok, wrong;                             /* findings of each kind */
	char state[16], finding[1024], command[2048]; /* the first that is not ok */
};

static void take_text(char *to, size_t size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	snprintf(to, size, "%s", text ? text : "");
}

static void take_finding(struct said *said, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	char state[16];

	CHECK_THAT(object != NULL, "no JSON: %s", line);
	take_text(state, sizeof(state), object, "state");
	if (strcmp(state, "ok") == 0)
		said->ok++;
	else if (said->wrong++ == 0) {
		take_text(said->state, sizeof(said->state), object, "state");
		take_text(said->finding, sizeof(said->finding), object, "finding");
		take_text(said->command, sizeof(said->command), object, "command");
	}
	json_decref(object);
}

static struct said read_said(const struct outcome *outcome)
{
	struct said said = { .status = outcome->status };
	char *rest = outcome->out;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			take_finding(&said, line);
	return said;
}

static struct said ask(const char *check)
{
	const char *argv[] = { program_path("sidecall"), "--json", "doctor", check, NULL };
	struct outcome outcome = process_run(argv, NULL);
	struct said said = read_said(&outcome);

	outcome_release(&outcome);
	return said;
}

static void run(const char *command)
{
	char line[2200];
	const char *argv[] = { "/bin/sh", "-c", line, NULL };
	struct outcome outcome;

	snprintf(line, sizeof(line), "( %s ) </dev/null >/dev/null 2>&1", command);
	outcome = process_run(argv, NULL);
	CHECK_THAT(outcome.status == 0, "%s: %d", command, outcome.status);
	outcome_release(&outcome);
}

static bool is_well(const char *check)
{
	struct said said = ask(check);

	return said.ok && !said.wrong && said.status == 0;
}

/* There is a fault, or a note, that says this and names a command that begins so; the command mends
 * it. */
static void check_mended(const char *check, const char *state, const char *finding,
			 const char *command)
{
	struct said said = ask(check);
	bool well;

	CHECK_THAT(strcmp(said.state, state) == 0 && strstr(said.finding, finding) &&
			   strncmp(said.command, command, strlen(command)) == 0 &&
			   said.status == (*state == 'f' ? 2 : 0),
		   "%s: not %s \"%s\" and \"%s\" but %s \"%s\" and \"%s\" (%d)", check, state,
		   finding, command, said.state, said.finding, said.command, said.status);
	if (!*said.command)
		return;
	run(said.command);
	AWAIT((well = is_well(check)));
	CHECK_THAT(well, "%s: not mended by: %s", check, said.command);
}

/* ---- the faults ---- */

static bool is_possible(void)
{
	if (!rpcbind_missing())
		return true;
	harness_skip(rpcbind_missing());
	return false;
}

static bool has_tool(const char *tool)
{
	char command[64];
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct outcome outcome;
	bool there;

	snprintf(command, sizeof(command), "command -v %s", tool);
	outcome = process_run(argv, NULL);
	there = outcome.status == 0;
	outcome_release(&outcome);
	if (!there)
		harness_skip(tool);
	return there;
}

/* Whether nobody listens at a path; who does is ended. */
static bool has_ended(const char *path)
{
	struct holder holder;

	if (holder_of_socket(path, &holder) < 0)
		return true;
	if (holder.pid > 1)
		kill(holder.pid, SIGKILL);
	return false;
}

static void end_server_at(const char *path)
{
	AWAIT(has_ended(path));
	unlink(path);
}

static void end_rpcbind(void)
{
	end_server_at(_PATH_RPCBINDSOCK);
	rpcbind_stop();
}

/* A process that has a port, or a socket, and answers nobody. */
static pid_t start_squatter(int type, int port, const char *path)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int ready[2], fd = socket(path ? AF_UNIX : AF_INET, type, 0);
	char byte;
	pid_t pid;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path ? path : "");
	CHECK_INT(pipe(ready), 0);
	pid = fork_tied();
	if (pid == 0) {
		/* The kernel names who called listen(). */
		if (bind(fd, path ? (struct sockaddr *)&un : (struct sockaddr *)&in,
			 path ? sizeof(un) : sizeof(in)) == 0 &&
		    (type == SOCK_DGRAM || listen(fd, 8) == 0) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	close(fd);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void fresh_directory(void)
{
	setenv("SIDECALL_DIR", DIRECTORY, 1);
	mkdir(DIRECTORY, 0700);
}

/* ---- the network and rpcbind ---- */

static void test_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (is_possible() && has_tool("ip")) {
		CHECK_INT(ioctl(fd, SIOCSIFFLAGS, &request), 0);
		check_mended("loopback", "fault", "it is down", "ip link set lo up");
	}
	close(fd);
}

/* A file without its lines about these, in the place of the real one. */
static void hide_lines(const char *file, const char *copy, const char *pattern)
{
	char command[256];

	snprintf(command, sizeof(command), "grep -Ev '%s' %s >%s; true", pattern, file, copy);
	run(command);
	CHECK_INT(mount(copy, file, NULL, MS_BIND, NULL), 0);
}

static void test_names(void)
{
	if (!is_possible())
		return;
	hide_lines("/etc/services", "/run/services", "^sunrpc");
	check_mended("netbase", "fault", "/etc/services lacks", "printf");
	umount("/etc/services");
	hide_lines("/etc/protocols", "/run/protocols", "^(tcp|udp)");
	check_mended("netbase", "fault", "/etc/protocols lacks", "printf");
	umount("/etc/protocols");
}

/* It started when names were missing, so it has its socket alone. */
static void test_rpcbind_without_ports(void)
{
	bool started;

	if (!is_possible())
		return;
	hide_lines("/etc/services", "/run/services", "^sunrpc");
	started = rpcbind_start();
	umount("/etc/services");
	CU_ASSERT_FATAL(started);
	check_mended("rpcbind-udp", "fault", "nobody has port 111 by udp", "kill ");
	CU_ASSERT(is_well("rpcbind-tcp"));
	end_rpcbind();
}

static void test_rpcbind_absent(void)
{
	if (!is_possible())
		return;
	check_mended("rpcbind", "fault", "it does not run", "rpcbind -w");
	CU_ASSERT(is_well("rpcbind-tcp"));
	CU_ASSERT(is_well("rpcbind-udp"));
	end_rpcbind();
}

static void test_rpcbind_silent(void)
{
	pid_t squatter;

	if (!rpcbind_start())
		return;
	process_halt(rpcbind_process(), SIGSTOP);
	check_mended("rpcbind", "fault", "it was stopped", "kill -CONT ");
	end_rpcbind();
	squatter = start_squatter(SOCK_STREAM, 0, _PATH_RPCBINDSOCK);
	check_mended("rpcbind", "fault", "and does not answer", "kill ");
	reap(squatter);
	end_rpcbind();
}

static void check_port_is_taken(int type, const char *check)
{
	pid_t squatter = start_squatter(type, 111, NULL);

	CU_ASSERT(rpcbind_start());
	check_mended(check, "fault", "is taken by doctor_test (process ", "kill ");
	reap(squatter);
	end_rpcbind();
}

static void test_rpcbind_port(void)
{
	if (!is_possible())
		return;
	check_port_is_taken(SOCK_STREAM, "rpcbind-tcp");
	check_port_is_taken(SOCK_DGRAM, "rpcbind-udp");
}

/* Nothing is said of what follows from another fault. */
static void test_unseen(void)
{
	static const char *const checks[] = { "rpcbind-tcp", "rpcbind-udp", "registered",
					      "registrations" };

	if (!is_possible())
		return;
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct said said = ask(checks[i]);

		CHECK_STR(said.state, "unseen");
		CHECK_INT(said.status, 0);
	}
}

/* ---- the runtime directory ---- */

static void test_directory(void)
{
	FILE *file;

	if (!is_possible())
		return;
	setenv("SIDECALL_DIR", "/run/no/such/it's", 1);
	check_mended("directory", "fault", "cannot make it", "mkdir -p -m 700 '/run/no/such/it");
	setenv("SIDECALL_DIR", DIRECTORY, 1);
	file = fopen(DIRECTORY, "w");
	CU_ASSERT_FATAL(file != NULL);
	fclose(file);
	check_mended("directory", "fault", "is no directory", "mv -T ");
	CHECK_INT(mkdir(DIRECTORY, 0700), 0);
	CHECK_INT(chmod(DIRECTORY, 0777), 0);
	check_mended("directory", "fault", "mode 0777", "chmod 700 ");
	CHECK_INT(unlink(DIRECTORY ".old"), 0);
	CHECK_INT(chown(DIRECTORY, 65534, (gid_t)-1), 0);
	check_mended("directory", "fault", "is another user's", "mv -T ");
	CHECK_INT(access(DIRECTORY, F_OK), -1);
}

static void test_files(void)
{
	struct daemon daemon;

	if (!is_possible())
		return;
	if (!daemon_start_everywhere(&daemon, NULL, NULL))
		CU_FAIL_FATAL("the daemon does not start");
	CU_ASSERT(is_well("files"));
	process_halt(daemon.pid, SIGKILL);
	check_mended("files", "note", "6 in ", "rm -f -- ");
	CHECK_INT(daemon_stop(&daemon), 128 + SIGKILL);
}

/* A name that would forge a finding is shown on one line, and the command removes just that. */
static void test_forged_file(void)
{
	static const char name[] = DIRECTORY "/it's\nok      100%\\ \033[2J\303\244\302\233.fifo";
	const char *argv[] = { program_path("sidecall"), "doctor", "files", NULL };
	struct outcome outcome;
	const char *line;

	if (!is_possible())
		return;
	setenv("SIDECALL_DIR", DIRECTORY, 1);
	mkdir(DIRECTORY, 0700);
	CHECK_INT(mkfifo(name, 0600), 0);
	outcome = process_run(argv, NULL);
	CHECK_INT(strncmp(outcome.out, "note ", 5), 0);
	line = strchr(outcome.out, '\n');
	CHECK_THAT(line && strncmp(line + 1, "                       $ rm", 27) == 0, "%s",
		   outcome.out);
	CHECK_THAT(!strchr(outcome.out, '\033') && !strstr(outcome.out, "\302\233"), "%s",
		   outcome.out);
	outcome_release(&outcome);
	check_mended("files", "note", "1 in ", "rm -f -- \"$(printf %b '");
	CHECK_INT(rmdir(DIRECTORY), 0);
}

/* ---- servers ---- */

static void test_ports(void)
{
	if (!is_possible())
		return;
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		pid_t squatter = start_squatter(type, 7117, NULL);

		check_mended("ports", "fault", "Look first what it is for: ours may listen at",
			     "kill ");
		reap(squatter);
	}
}

static void test_server(void)
{
	if (!is_possible())
		return;
	fresh_directory();
	check_mended("server", "fault", "none listens at " DIRECTORY "/rpc.sock", "");
	CU_ASSERT(is_well("ports"));
	end_server_at(DIRECTORY "/rpc.sock");
}

static void test_registered(void)
{
	static const char *const here[] = { "--listen", "rpc+unix", "--listen",
					    "rpc+tcp://127.0.0.1:0", NULL };
	struct daemon daemon;
	char path[128];

	if (!rpcbind_start())
		return;
	if (!daemon_start(&daemon, NULL, here))
		CU_FAIL_FATAL("the daemon does not start");
	snprintf(path, sizeof(path), "%s/run/rpc.sock", daemon.directory);
	check_mended("registered", "note", "the one at ", "kill ");
	CU_ASSERT(is_well("server"));
	CU_ASSERT(is_well("registrations"));
	end_server_at(path);
	CHECK_INT(daemon_stop(&daemon), 0);
	end_rpcbind();
}

/* Nobody has these ports: the network is our own.  One command removes what is all stale. */
static void check_stale(const struct daemon *daemon)
{
	const char *here = daemon_endpoint(daemon, "rpc+unix");

	registered_add(NOBODYS, 1, "tcp", "127.0.0.1.0.9");
	registered_add(NOBODYS, 1, "udp", "127.0.0.1.0.9");
	check_mended("registrations", "fault", "and at 1 more address: nobody listens there",
		     "rpcinfo -d 536889105 1");
	registered_add(NOBODYS, 1, "local", strchr(here, ':') + 1);
	check_mended("registrations", "fault", "is another program", "rpcinfo -d 536889105 1");
	registered_add(CALC_PROG, 1, "udp", "127.0.0.1.0.9");
	check_mended("registrations", "fault", "nobody listens there",
		     "rpcinfo -d -T udp 748797952 1");
}

static void check_silent(void)
{
	pid_t squatter = start_squatter(SOCK_STREAM, 9, NULL);

	registered_add(NOBODYS, 1, "tcp", "127.0.0.1.0.9");
	check_mended("registrations", "fault", "does not answer, which is doctor_test (process ",
		     "kill -9 ");
	reap(squatter);
}

/* An ordinary user names the port of root's server: who follows the advice ends no server. */
static void check_forged(void)
{
	pid_t squatter = start_squatter(SOCK_STREAM, 9, NULL), child = fork();
	int status;

	if (child == 0) {
		if (setresuid(65534, 65534, 65534) < 0)
			_exit(77);
		registered_add(NOBODYS, 1, "tcp", "127.0.0.1.0.9");
		_exit(0);
	}
	CHECK_INT(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77)
		harness_skip("there is no other user here");
	else
		check_mended("registrations", "fault", "does not answer, which is doctor_test",
			     "rpcinfo -d ");
	reap(squatter);
}

static void test_registrations(void)
{
	static const char *const here[] = { "--listen", "rpc+unix", "--listen",
					    "rpc+tcp://127.0.0.1:0", NULL };
	struct daemon daemon;

	if (!is_possible() || !has_tool("rpcinfo") || !rpcbind_start())
		return;
	if (!daemon_start_registered(&daemon, NULL, here))
		CU_FAIL_FATAL("the daemon does not start");
	CU_ASSERT(is_well("registrations"));
	check_stale(&daemon);
	check_silent();
	check_forged();
	process_halt(daemon.pid, SIGSTOP);
	check_mended("registrations", "fault", "and was stopped", "kill -CONT ");
	CHECK_INT(daemon_stop(&daemon), 0);
	end_rpcbind();
}

/* ---- the kernel ---- */

/* The limit is a shell's: the command raises that one's. */
static void test_descriptors(void)
{
	char command[512];
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct outcome outcome;
	struct said said;

	if (!is_possible() || !has_tool("prlimit"))
		return;
	snprintf(command, sizeof(command), "ulimit -n 512; exec %s --json doctor descriptors",
		 program_path("sidecall"));
	outcome = process_run(argv, NULL);
	said = read_said(&outcome);
	outcome_release(&outcome);
	CHECK_STR(said.state, "note");
	CU_ASSERT_PTR_NOT_NULL(strstr(said.finding, "a process may have 512"));
	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) != 1) {
		harness_skip("nobody may raise a limit here: no CAP_SYS_RESOURCE");
		return;
	}
	snprintf(command, sizeof(command), "ulimit -n 512; %.200s; exec %.200s doctor descriptors",
		 said.command, program_path("sidecall"));
	outcome = process_run(argv, NULL);
	CHECK_INT(outcome.status, 0);
	CHECK_THAT(strncmp(outcome.out, "ok ", 3) == 0, "%s: %s", said.command, outcome.out);
	outcome_release(&outcome);
}

/* Becomes sidecall on a kernel that lacks all that is looked for. */
static int become_filtered(char **words)
{
#define DENY(number)                                                                               \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		DENY(SYS_openat2),
		DENY(SYS_memfd_create),
		DENY(444),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 83, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 99;
	execv(words[0], words);
	return 98;
}

/* A filter does not see what is asked of socketcall(2), which some processors have. */
#ifdef SYS_socketcall
#define NOTES "2"
#else
#define NOTES "3"
#endif

static void test_kernel(void)
{
	static const char *const names[] = { "openat2()", "RESOLVE_CACHED",
					     "seals of memfd_create()", "landlock",
#ifndef SYS_socketcall
					     "SO_PASSRIGHTS"
#endif
	};
	const char *argv[] = { "/proc/self/exe", FILTERED, program_path("sidecall"),
			       "doctor",         "kernel", NULL };
	struct outcome outcome = process_run(argv, NULL);
	struct said without_filter = ask("kernel");

	if (outcome.status == 99) {
		harness_skip("not permitted to filter");
	} else {
		CHECK_INT(outcome.status, 2);
		for (size_t i = 0; i < COUNT(names); i++)
			CHECK_THAT(strstr(outcome.out, names[i]), "no %s: %s", names[i],
				   outcome.out);
		CU_ASSERT_PTR_NOT_NULL(strstr(outcome.out, "2 to mend, " NOTES " to know\n"));
		/* Some of these kernels are older than the last. */
		CU_ASSERT(!strstr(without_filter.finding, "openat2()"));
		CU_ASSERT(without_filter.wrong < COUNT(names));
	}
	outcome_release(&outcome);
}

/* Who has a port that is another user's is root's to know. */
static void test_another_users_port(void)
{
	pid_t squatter;
	struct said said;

	if (!is_possible())
		return;
	squatter = start_squatter(SOCK_STREAM, 7117, NULL);
	CHECK_INT(setresuid(65534, 65534, 0), 0);
	if (access(program_path("sidecall"), X_OK) == 0) {
		said = ask("ports");
		CU_ASSERT_PTR_NOT_NULL(strstr(said.finding, "a process of user 0"));
		CHECK_THAT(strncmp(said.command, "sudo /", 6) == 0 &&
				   strstr(said.command, "sidecall doctor ports"),
			   "%s", said.command);
	} else {
		harness_skip("another user may not run what was built here");
	}
	CHECK_INT(setresuid(0, 0, 0), 0);
	reap(squatter);
}

/* ---- what is said ---- */

static struct outcome run_sidecall(const char *via, const char *command, const char *operand)
{
	const char *argv[] = { program_path("sidecall"), "--via", via, command, operand, NULL };

	return process_run(argv, NULL);
}

static void test_words(void)
{
	struct outcome outcome = run_sidecall("rpc+unix", "doctor", "nothing");

	CHECK_INT(outcome.status, 64);
	CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error, "There are: loopback, netbase, rpcbind, "));
	outcome_release(&outcome);
}

/* Where nobody is there, on this machine, an error names doctor; elsewhere it cannot know. */
static void test_errors_point_here(void)
{
	static const struct {
		const char *via;
		bool points;
	} calls[] = {
		{ "rpc+unix:/run/nobody", true },      { "raw+tcp://127.0.0.1:9", true },
		{ "raw+udp://localhost:9", true },     { "rpc+tcp", true },
		{ "raw+fifo:/run/nobody", true },      { "raw+tcp://127.0.0.1.invalid", false },
		{ "raw+pipe:/run/no/program", false },
	};

	if (!is_possible())
		return;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct outcome outcome = run_sidecall(calls[i].via, "ping", NULL);
		bool points = strstr(outcome.error, "sidecall doctor looks for the cause");

		CHECK_THAT(points == calls[i].points, "%s: %s", calls[i].via, outcome.error);
		outcome_release(&outcome);
	}
}

/* Whoever is not root gets sudo in front. */
static void test_commands(void)
{
	struct doctor_finding finding = doctor_finding(DOCTOR_FAULT, "it");
	char text[64];

	CU_ASSERT(doctor_quote("a/b-c", text, sizeof(text)));
	CHECK_STR(text, "a/b-c");
	CU_ASSERT(doctor_quote("it's $x", text, sizeof(text)));
	CHECK_STR(text, "'it'\\''s $x'");
	CU_ASSERT(doctor_quote("", text, sizeof(text)));
	CHECK_STR(text, "''");
	CU_ASSERT(doctor_quote("a\n'\\", text, sizeof(text)));
	CHECK_STR(text, "\"$(printf %b 'a\\0012'\\''\\0134')\"");
	CU_ASSERT(!doctor_quote("a\n", text, sizeof(text)));
	CU_ASSERT(!doctor_quote("one that is $longer", text, 16));
	if (geteuid() != 0 || seteuid(65534) < 0)
		return;
	doctor_command_of_root(&finding, "kill %d", 7);
	CHECK_STR(finding.command, "sudo kill 7");
	doctor_command_of_root(&finding, "kill %d; true", 7);
	CHECK_STR(finding.command, "sudo sh -c 'kill 7; true'");
	CHECK_INT(seteuid(0), 0);
}

static const struct test tests[] = {
	{ "the loopback interface is down", test_loopback },
	{ "names are missing", test_names },
	{ "rpcbind has no ports", test_rpcbind_without_ports },
	{ "rpcbind does not run", test_rpcbind_absent },
	{ "rpcbind does not answer", test_rpcbind_silent },
	{ "rpcbind's port is taken", test_rpcbind_port },
	{ "what cannot be looked at", test_unseen },
	{ "the runtime directory", test_directory },
	{ "what a crash left there", test_files },
	{ "a name that would forge a finding", test_forged_file },
	{ "the ports of raw messages are taken", test_ports },
	{ "another user has such a port", test_another_users_port },
	{ "no server", test_server },
	{ "a server that is not registered", test_registered },
	{ "registrations that lead nowhere", test_registrations },
	{ "few descriptors", test_descriptors },
	{ "an old kernel", test_kernel },
	{ "words", test_words },
	{ "errors of other commands", test_errors_point_here },
	{ "commands for a shell", test_commands },
	{ 0 },
};

/* In processes of our own, none of those that the commands start is left behind. */
static int run_tests(void)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	program_use_built();
	if (geteuid() == 0 && getpid() == 1 && mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 1;
	status = harness_run("doctor", tests);
	rpcbind_stop();
	return status;
}

int main(int argc, char **argv)
{
	int status = 1;
	pid_t child;

	if (argc > 2 && strcmp(argv[1], FILTERED) == 0)
		return become_filtered(argv + 2);
	rpcbind_enter();
	if (rpcbind_missing() || unshare(CLONE_NEWPID) < 0)
		return run_tests();
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(run_tests());
	}
	waitpid(child, &status, 0);
	/* What LeakSanitizer starts at exit() would be in the tests' namespace. */
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
