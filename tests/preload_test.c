/*
 * `sidecall run`: a server that knows libtirpc alone, as it is, under us, and linked with us.  What
 * its clients see is written down, byte for byte, and must be the same.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include "tests/kit/harness.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- cases ---- */

/* What is served is what is served. */
static void ask_usual(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	odd_make_call(notes, odd, fd, 0, 0);
	odd_make_call(notes, odd, fd, COUNT, 1);
	odd_make_call(notes, odd, other, COUNT, 1);
	odd_make_text_call(notes, odd, fd, &odd_nobody, CALLER);
	odd_make_call(notes, odd, fd, BYTES, 8000);
	odd_make_call(notes, odd, fd, DO, NOTHING);
	odd_make_call(notes, odd, fd, 77, 0);
	odd_ask_as(odd, fd, &odd_nobody, 2, COUNT, 1);
	odd_take_reply(notes, odd, fd);
	odd_ask_as(odd, fd, &odd_nobody, 9, COUNT, 1);
	odd_take_reply(notes, odd, fd);
	close(fd);
	odd_make_call(notes, odd, other, COUNT, 1);
	close(other);
}

/* Several processes count each for itself. */
static void ask_workers(struct notes *notes, struct odd *odd)
{
	for (int i = 0; i < 20; i++) {
		int fd = odd_connect(odd);

		odd_make_call(notes, odd, fd, DO, NOTHING);
		close(fd);
	}
}

static void ask_long(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, BYTES, ODD_LONG_REPLY);
	odd_make_call(notes, odd, fd, DO, READ_WHILE_ENCODING);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

/* While a child replies at length to somebody who does not read yet, others are served. */
static void stream_from_child(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	odd_ask(odd, fd, DO, STREAM_FROM_CHILD);
	odd_make_call(notes, odd, other, COUNT, 1);
	odd_take_reply(notes, odd, fd);
	odd_make_call(notes, odd, fd, COUNT, 1);
	/* Behind others in one message, whose replies come first. */
	odd_ask(odd, fd, COUNT, 1);
	odd_ask(odd, fd, COUNT, 1);
	odd_ask(odd, fd, DO, STREAM_FROM_CHILD);
	for (int i = 0; i < 3; i++)
		odd_take_reply(notes, odd, fd);
	close(other);
	close(fd);
}

static void use_children(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, COUNT, 1);
	odd_make_call(notes, odd, fd, DO, CHILD_EXITS);
	odd_make_call(notes, odd, fd, DO, CHILD_REPLIES);
	odd_make_call(notes, odd, fd, DO, SECOND_REPLIES);
	odd_make_call(notes, odd, fd, DO, RUN_PROGRAM);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void exit_after_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, REPLY_AND_EXIT);
	odd_note_end(notes, odd);
	close(fd);
}

static void exit_behind_others(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), silent = odd_connect(odd);
	struct odd_call calls[3];
	uint32_t all[200];
	size_t length = 0;

	for (int i = 0; i < 3; i++) {
		odd_begin_call(&calls[i], 1, i < 2 ? COUNT : DO, &odd_nobody);
		odd_add_word(&calls[i], REPLY_AND_EXIT);
		calls[i].words[0] = htonl(0x80000000 | (uint32_t)(4 * calls[i].count - 4));
		memcpy(all + length, calls[i].words, 4 * calls[i].count);
		length += calls[i].count;
	}
	odd_send_all(fd, all, 4 * length);
	for (int i = 0; i < 4; i++)
		odd_take_reply(notes, odd, fd);
	odd_note_end(notes, odd);
	close(silent);
	close(fd);
}

static void exit_after_long_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, LONG_REPLY_AND_EXIT);
	odd_note_end(notes, odd);
	close(fd);
}

/* Somebody has not read a long reply yet when another one's call ends the program. */
static void exit_while_others_read(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), slow = odd_connect(odd);

	odd_ask(odd, slow, BYTES, ODD_LONG_REPLY);
	poll(&(struct pollfd){ .fd = slow, .events = POLLIN }, 1, ODD_LONG_TIME);
	odd_make_call(notes, odd, fd, DO, REPLY_AND_EXIT);
	odd_take_reply(notes, odd, slow);
	odd_note_end(notes, odd);
	close(slow);
	close(fd);
}

/* It works until it hears that its reply came. */
static void work_after_reply(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, REPLY_AND_WORK);
	odd_ask(odd, other, COUNT, 1);
	(void)!write(odd->in, "", 1);
	odd_take_reply(notes, odd, other);
	close(other);
	close(fd);
}

static void reply_at_other_times(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_ask(odd, fd, DO, NEVER_REPLY);
	odd_make_call(notes, odd, fd, COUNT, 1);
	odd_make_call(notes, odd, fd, DO, REPLY_BY_TIMER);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void reply_later(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	odd_ask(odd, fd, DO, REPLY_LATER);
	odd_ask(odd, other, COUNT, 1);
	odd_take_reply(notes, odd, other);
	odd_make_call(notes, odd, other, DO, REPLY_NOW);
	odd_take_reply(notes, odd, fd);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(other);
	close(fd);
}

/* The second reply is nobody's. */
static void reply_twice(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_ask(odd, fd, DO, REPLY_TWICE);
	odd_take_reply(notes, odd, fd);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(fd);
}

static void refuse(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	for (uint32_t habit = NOPROC; habit <= PROGVERS; habit++)
		odd_make_call(notes, odd, fd, DO, habit);
	close(fd);
}

static void destroy_own(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, DESTROY);
	odd_take_reply(notes, odd, fd);
	odd_make_call(notes, odd, other, COUNT, 1);
	close(other);
	close(fd);
}

/* Of datagrams the transport is the socket. */
static void destroy_socket(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, DESTROY);
	odd_make_call(notes, odd, fd, COUNT, 1);
	notes_add(notes, "lives: %d\n", kill(odd->server, 0) == 0);
	close(fd);
}

/* What its client sent behind the last call is not heeded. */
static void destroy_behind_others(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other = odd_connect(odd);
	struct odd_call call;
	uint8_t both[200];
	size_t length = 0;

	for (uint32_t procedure = DO; procedure; procedure = procedure == DO ? COUNT : 0) {
		odd_begin_call(&call, 1, procedure, &odd_nobody);
		odd_add_word(&call, procedure == DO ? DESTROY : 1);
		call.words[0] = htonl(0x80000000 | (uint32_t)(4 * call.count - 4));
		memcpy(both + length, call.words, 4 * call.count);
		length += 4 * call.count;
	}
	odd_send_all(fd, both, length);
	odd_take_reply(notes, odd, fd);
	odd_take_reply(notes, odd, fd);
	odd_make_call(notes, odd, other, COUNT, 1);
	close(other);
	close(fd);
}

static void destroy_by_timer(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, DESTROY_BY_TIMER);
	odd_take_reply(notes, odd, fd);
	close(fd);
}

static void register_anew(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	for (uint32_t habit = UNREGISTER; habit <= REGISTER; habit++) {
		odd_ask_as(odd, fd, &odd_nobody, 2, COUNT, 1);
		odd_take_reply(notes, odd, fd);
		odd_make_call(notes, odd, fd, DO, habit);
	}
	odd_ask_as(odd, fd, &odd_nobody, 2, COUNT, 1);
	odd_take_reply(notes, odd, fd);
	close(fd);
}

static void open_and_close(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd), other;
	uint16_t port;

	odd_ask(odd, fd, DO, OPEN);
	odd_receive_reply(odd->way, fd);
	port = (uint16_t)odd_first_result();
	other = odd_connect_to(odd, port);
	notes_add(notes, "connected: %d\n", other >= 0);
	odd_make_call(notes, odd, other, COUNT, 1);
	odd_make_call(notes, odd, fd, DO, CLOSE);
	notes_add(notes, "connected: %d\n", odd_connect_to(odd, port) >= 0);
	odd_make_call(notes, odd, other, COUNT, 1);
	odd_make_call(notes, odd, fd, DO, OPEN_AND_CLOSE);
	odd_make_call(notes, odd, fd, COUNT, 1);
	close(other);
	close(fd);
}

static void leave_loop(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, DO, LEAVE);
	odd_note_end(notes, odd);
	close(fd);
}

static void end_by_signal(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, COUNT, 1);
	kill(odd->pid, SIGTERM);
	odd_note_end(notes, odd);
	close(fd);
}

static void hang_up(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_call(notes, odd, fd, COUNT, 1);
	kill(odd->pid, SIGHUP);
	odd_note_end(notes, odd);
	close(fd);
}

static void show_itself(struct notes *notes, struct odd *odd)
{
	int fd = odd_connect(odd);

	odd_make_text_call(notes, odd, fd, &odd_nobody, ITSELF);
	close(fd);
}

/* ---- who calls ---- */

#define AS_LONG_AS(WORDS) sizeof(WORDS), WORDS, LENGTH(WORDS)

static const uint32_t sixteen_groups[] = { 0x5e5e5e5e, 4,  0x68657265, 1001, 1002, 16, 1, 2,
					   3,          4,  5,          6,    7,    8,  9, 10,
					   11,         12, 13,         14,   15,   16 };
static const uint32_t seventeen_groups[] = { 1, 4, 0x68657265, 1,  2,  17, 1,  2,  3,  4,  5, 6,
					     7, 8, 9,          10, 11, 12, 13, 14, 15, 16, 17 };
static const uint32_t groups_missing[] = { 1, 4, 0x68657265, 1, 2, 16, 1, 2, 3 };
static const uint32_t groups_without_end[] = { 1, 4, 0x68657265, 1, 2, 0xffffffff, 1 };
static const uint32_t long_name[] = { 1, 300, 0x68657265, 1, 2, 0 };
static const uint32_t name_missing[] = { 1, 200, 0x68657265, 1, 2, 0 };
static const uint32_t name_without_end[] = { 1, 0xffffffff, 1, 2, 0 };
static const uint32_t no_name[] = { 1, 0, 7, 8, 0 };
static const uint32_t four_words[] = { 1, 2, 3, 4 };
/* RFC 2203: version, procedure, sequence number, service, context. */
static const uint32_t gss_begin[] = { 1, 1, 0, 1, 0 };
static const uint32_t gss_go_on[] = { 1, 2, 0, 1, 4, 0x01020304 };
static const uint32_t gss_data[] = { 1, 0, 1, 2, 4, 0x01020304 };
static const uint32_t gss_end[] = { 1, 3, 1, 1, 4, 0x01020304 };
static const uint32_t gss_of_tomorrow[] = { 2, 1, 0, 1, 0 };
static const uint32_t gss_no_service[] = { 1, 1, 0, 9, 0 };

static const struct odd_credential credentials[] = {
	{ AUTH_NONE, 0, NULL, 0, 0 },
	{ AUTH_NONE, AS_LONG_AS(four_words), 0 },
	{ AUTH_SYS, AS_LONG_AS(sixteen_groups), 0 },
	{ AUTH_SYS, AS_LONG_AS(sixteen_groups), 16 }, /* with a verifier */
	{ AUTH_SYS, AS_LONG_AS(no_name), 0 },
	{ AUTH_SYS, AS_LONG_AS(seventeen_groups), 0 },
	{ AUTH_SYS, AS_LONG_AS(groups_missing), 0 },
	{ AUTH_SYS, AS_LONG_AS(groups_without_end), 0 },
	{ AUTH_SYS, AS_LONG_AS(long_name), 0 },
	{ AUTH_SYS, AS_LONG_AS(name_missing), 0 },
	{ AUTH_SYS, AS_LONG_AS(name_without_end), 0 },
	{ AUTH_SYS, 8, sixteen_groups, 2, 0 },
	{ AUTH_SYS, 0, NULL, 0, 0 },
	{ AUTH_SHORT, AS_LONG_AS(four_words), 0 },
	{ AUTH_DES, AS_LONG_AS(four_words), 0 },
	{ 390007, AS_LONG_AS(four_words), 0 },
	{ RPCSEC_GSS, 0, NULL, 0, 0 },
	{ RPCSEC_GSS, AS_LONG_AS(four_words), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_begin), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_go_on), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_data), 16 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_end), 16 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_of_tomorrow), 0 },
	{ RPCSEC_GSS, AS_LONG_AS(gss_no_service), 0 },
};

/* Each by itself, then all on one connection, where libtirpc remembers what it began. */
static void say_who_calls(struct notes *notes, struct odd *odd)
{
	int same = odd_connect(odd);

	for (size_t i = 0; i < 2 * LENGTH(credentials); i++) {
		const struct odd_credential *who = &credentials[i % LENGTH(credentials)];
		int fd = i < LENGTH(credentials) ? odd_connect(odd) : same;

		odd_ask_as(odd, fd, who, 1, 0, 0);
		odd_take_reply(notes, odd, fd);
		odd_make_text_call(notes, odd, fd, who, CALLER);
		if (fd != same)
			close(fd);
	}
	odd_make_call(notes, odd, same, COUNT, 1);
	close(same);
}

static const struct odd_case identities[] = {
	{ "credentials", say_who_calls, ON_ALL, { NULL }, NULL, 0 }, { 0 }
};

static void test_identities(void)
{
	odd_compare_all(identities);
}

static const struct odd_case loops[] = {
	{ "svc_run", ask_usual, ON_ALL, { NULL }, NULL, 0 },
	{ "svc_getreqset", ask_usual, ON_ALL, { "-l", "select", "-c", "tli" }, NULL, 0 },
	{ "svc_getreq_common", ask_usual, ON_ALL, { "-l", "common", "-c", "old" }, NULL, 0 },
	{ "svc_getreq_poll", ask_usual, ON_ALL, { "-l", "poll", "-r", "register" }, NULL, 0 },
	{ "timers interrupt", ask_usual, ON_ALL, { "-i" }, NULL, 0 },
	{ "background, then register", ask_usual, ON_ALL, { "-b", "before" }, NULL, 0 },
	{ "register, then background", ask_usual, ON_ALL, { "-b", "after" }, NULL, 0 },
	{ "with a select of its own",
	  ask_usual,
	  ON_ALL,
	  { "-b", "after", "-l", "select" },
	  NULL,
	  0 },
	{ "register, then fork three", ask_workers, ON_ALL, { "-b", "workers" }, NULL, 0 },
	{ 0 }
};

static const struct odd_case habits[] = {
	{ "long replies", ask_long, ON_STREAMS, { NULL }, NULL, 0 },
	{ "long replies, interrupted", ask_long, ON_STREAMS, { "-i" }, NULL, 0 },
	{ "a child replies at length", stream_from_child, ON_STREAMS, { NULL }, NULL, 0 },
	{ "children", use_children, ON_ALL, { NULL }, NULL, 0 },
	{ "works after its reply", work_after_reply, ON_ALL, { NULL }, NULL, 0 },
	{ "no reply, and one by a timer", reply_at_other_times, ON_ALL, { NULL }, NULL, 0 },
	{ "a reply from another call", reply_later, ON_STREAMS, { NULL }, NULL, 0 },
	{ "refusals", refuse, ON_ALL, { NULL }, NULL, 0 },
	{ "unregister, register", register_anew, ON_ALL, { NULL }, NULL, 0 },
	{ "transports in a dispatcher", open_and_close, ON_TCP, { NULL }, NULL, 0 },
	{ 0 }
};

static const struct odd_case ends[] = {
	{ "exit after a reply", exit_after_reply, ON_ALL, { NULL }, NULL, 0 },
	{ "exit behind other calls", exit_behind_others, ON_STREAMS, { NULL }, NULL, 0 },
	{ "exit after a long reply", exit_after_long_reply, ON_STREAMS, { NULL }, NULL, 0 },
	{ "svc_exit", leave_loop, ON_ALL, { NULL }, NULL, 0 },
	{ "SIGTERM, handled", end_by_signal, ON_ALL, { "-e" }, NULL, 0 },
	{ "SIGHUP, handled", hang_up, ON_ALL, { "-e" }, NULL, 0 },
	{ "SIGTERM", end_by_signal, ON_ALL, { NULL }, NULL, 0 },
	{ "what it begins with", show_itself, ON_TCP, { NULL }, NULL, 0 },
	{ 0 }
};

#define REPLY(RESULT) "00000001 00000000 00000000 00000000 00000000 " RESULT
#define SUM(WORD)     " 28 bytes, " WORD "\n"

/* Stock does harm there, to itself or to the client. */
static const struct odd_case better[] = {
	{ "two replies",
	  reply_twice,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000008") SUM("0c98f589") REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys its own transport",
	  destroy_own,
	  ON_STREAMS,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "closed\n" REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys its socket",
	  destroy_socket,
	  ON_UDP,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "nothing\nlives: 1\n",
	  0 },
	{ "destroys it, and more calls are there",
	  destroy_behind_others,
	  ON_STREAMS,
	  { NULL },
	  REPLY("0000000c") SUM("0c98f58d") "closed\n" REPLY("00000001") SUM("0c98f582"),
	  0 },
	{ "destroys it later",
	  destroy_by_timer,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000017") SUM("0c98f598") "closed\n",
	  0 },
	{ "exit while others read",
	  exit_while_others_read,
	  ON_STREAMS,
	  { NULL },
	  REPLY("00000004") SUM("0c98f585") "1600028 bytes, a6699c6f\nended with 0, said \"\"\n",
	  0 },
	{ 0 }
};

static void test_better(void)
{
	odd_compare_all(better);
}

static void test_loops(void)
{
	odd_compare_all(loops);
}

static void test_habits(void)
{
	odd_compare_all(habits);
}

static void test_ends(void)
{
	odd_compare_all(ends);
}

static const struct test tests[] = {
	{ "whatever loop it has, and however it goes into the background", test_loops },
	{ "whatever its dispatcher does", test_habits },
	{ "however it ends", test_ends },
	{ "whoever calls", test_identities },
	{ "also where libtirpc does harm", test_better },
	{ 0 },
};

int main(void)
{
	program_use_built();
	return harness_run("preload", tests);
}
