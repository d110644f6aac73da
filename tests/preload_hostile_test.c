/* `sidecall run` beside clients that mean no good, and beside the program's own threads and files.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc/rpc.h>

#include "tests/kit/harness.h"
#include "tests/kit/observe.h"
#include "tests/kit/odd.h"
#include "tests/kit/process.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- clients that mean no good ---- */

static void send_two_bytes(const struct odd *odd, int fd)
{
	(void)odd;
	odd_send_all(fd, "\x80", 1);
	odd_send_all(fd, "", 1);
}

static void send_half_a_call(const struct odd *odd, int fd)
{
	struct odd_call call;

	(void)odd;
	odd_begin_call(&call, 1, COUNT, &odd_nobody);
	call.words[0] = htonl(0x80000000 | 400);
	odd_send_all(fd, call.words, 4 * call.count);
}

static void send_garbage(const struct odd *odd, int fd)
{
	(void)odd;
	odd_send_all(fd, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", 36);
}

static void ask_and_never_read(const struct odd *odd, int fd)
{
	for (int i = 0; i < 8; i++)
		odd_ask(odd, fd, BYTES, ODD_LONG_REPLY);
}

static void stream_to_nobody(const struct odd *odd, int fd)
{
	for (int i = 0; i < 3; i++) {
		odd_ask(odd, fd, BYTES, 8000);
		odd_ask(odd, fd, DO, STREAM_FROM_CHILD);
	}
}

static void ask_and_close(const struct odd *odd, int fd)
{
	ask_and_never_read(odd, fd);
	shutdown(fd, SHUT_RDWR);
}

static const struct {
	const char *name;
	void (*act)(const struct odd *odd, int fd);
} attacks[] = {
	{ "two bytes", send_two_bytes },
	{ "half a call", send_half_a_call },
	{ "garbage", send_garbage },
	{ "one who never reads", ask_and_never_read },
	{ "one who closes with replies under way", ask_and_close },
	{ "one whose children stream to nobody", stream_to_nobody },
};

static void attack(struct odd *odd, size_t index)
{
	int bad[8];

	for (size_t i = 0; i < LENGTH(bad); i++) {
		bad[i] = odd_connect(odd);
		attacks[index].act(odd, bad[i]);
		odd_check_served(odd, attacks[index].name);
	}
	CHECK_THAT(observe_idle(odd->server), "idle beside %s", attacks[index].name);
	for (size_t i = 0; i < LENGTH(bad); i++)
		close(bad[i]);
	odd_check_served(odd, "those who have gone");
}

static const char *const selecting[] = { "-l", "select", NULL };

/* It says something to nobody, or to one who never reads, or into a file of the program's. */
static void misuse_error(int error, bool file)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1, .error = error };
	static struct notes notes;
	int fd, bad;

	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		if (file) {
			odd_make_call(&notes, &odd, fd, DO, OPEN_AS_ERROR);
			CHECK_INT(odd_first_result(), STDERR_FILENO);
		}
		bad = odd_connect(&odd);
		send_garbage(&odd, bad);
		CHECK_INT(odd_receive_reply(TCP, bad), 0);
		close(bad);
		odd_check_served(&odd, "who reads no log");
		if (file) {
			odd_make_call(&notes, &odd, fd, DO, ERROR_LENGTH);
			CHECK_INT(odd_first_result(), 0);
		}
		close(fd);
	}
	odd_stop(&odd);
}

static void test_log(void)
{
	static const char page[4096];
	int both[2];

	misuse_error(0, true);
	CHECK_INT(pipe2(both, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(both[1], page, sizeof(page)) > 0)
		;
	CHECK_INT(fcntl(both[1], F_SETFL, 0), 0);
	misuse_error(both[1], false);
	close(both[0]);
	misuse_error(both[1], false);
	close(both[1]);
}

/* As a server does that has threads of its own. */
static void test_threads(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	bool well = odd_start(&odd, odd_no_words);
	int clients[32];

	for (int round = 0; round < 150 && well; round++) {
		for (size_t i = 0; i < LENGTH(clients); i++) {
			clients[i] = odd_connect(&odd);
			odd_ask(&odd, clients[i], DO, THREAD_REPLIES);
		}
		for (size_t i = 0; i < LENGTH(clients); i++) {
			well &= odd_receive_reply(TCP, clients[i]) == 28 &&
				odd_first_result() == THREAD_REPLIES;
			close(clients[i]);
		}
	}
	CHECK_THAT(well, "all are answered");
	odd_stop(&odd);
}

static void test_attacks(void)
{
	static const enum way ways[] = { TCP, UNIX };

	for (size_t i = 0; i < LENGTH(ways); i++) {
		struct odd odd = { .how = OURS, .way = ways[i], .standard = -1 };

		if (odd_start(&odd, i ? selecting : odd_no_words))
			for (size_t j = 0; j < LENGTH(attacks); j++)
				attack(&odd, j);
		odd_stop(&odd);
	}
}

/* All of one address: it loses its idlest, and the program has as many descriptors as it needs. */
static void test_few_descriptors(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1, .limit = 64 };
	static struct notes notes;
	int crowd[100], stayer;

	if (odd_start(&odd, odd_no_words)) {
		stayer = odd_connect(&odd);
		for (int i = 0; i < 100; i++) {
			crowd[i] = odd_connect(&odd);
			notes = (struct notes){ 0 };
			odd_make_call(&notes, &odd, stayer, DO, OPEN_AND_CLOSE);
			CHECK_THAT(strstr(notes.text, " 00000015 28 bytes"), "client %d: %s", i,
				   notes.text);
		}
		odd_check_served(&odd, "a hundred clients");
		CHECK_THAT(observe_descriptors(odd.server) <= 40, "%d descriptors",
			   observe_descriptors(odd.server));
		CHECK_THAT(observe_idle(odd.server), "idle beside a hundred clients");
		for (int i = 0; i < 100; i++)
			close(crowd[i]);
		close(stayer);
	}
	odd_stop(&odd);
}

static void test_no_growth(void)
{
	struct odd odd = { .how = OURS, .way = TCP, .standard = -1 };
	long before = 0, after;
	int descriptors = 0;

	if (odd_start(&odd, odd_no_words)) {
		for (int i = 0; i < 1200; i++) {
			if (i == 200) {
				before = observe_memory(odd.server);
				descriptors = observe_descriptors(odd.server);
			}
			odd_check_served(&odd, "nobody");
		}
		after = observe_memory(odd.server);
		CHECK_THAT(after - before < 512 * HARNESS_SLOWNESS, "%ld KiB after %ld", after,
			   before);
		CHECK_THAT(observe_descriptors_until(odd.server, descriptors) <= descriptors,
			   "%d descriptors after %d", observe_descriptors(odd.server), descriptors);
	}
	odd_stop(&odd);
}

/* ---- datagrams ---- */

static void test_datagrams(void)
{
	struct odd odd = { .how = OURS, .way = UDP, .standard = -1 };
	static struct notes once, again;
	struct odd_call call;
	int fd;

	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		odd_begin_call(&call, 1, COUNT, &odd_nobody);
		odd_add_word(&call, 1);
		odd_send_call(UDP, fd, &call);
		odd_take_reply(&once, &odd, fd);
		odd_send_call(UDP, fd, &call);
		odd_take_reply(&again, &odd, fd);
		CHECK_STR(again.text, once.text); /* it counted one call */
		again = once = (struct notes){ 0 };
		/* A text that is not there. */
		odd_begin_call(&call, 1, SAY, &odd_nobody);
		odd_add_word(&call, 600);
		odd_send_call(UDP, fd, &call);
		odd_take_reply(&again, &odd, fd);
		CHECK_STR(again.text, "00000001 00000000 00000000 00000000 00000004 "
				      "24 bytes, 50a9de05\n");
		CHECK_THAT(observe_idle(odd.server), "idle");
		close(fd);
	}
	odd_stop(&odd);
}

/* Sends a call, and returns the first word that it is answered with; others' replies are passed
 * over. */
static uint32_t ask_written(int fd, struct odd_call *call)
{
	ssize_t length;

	odd_send_call(UDP, fd, call);
	do
		length = odd_receive_reply(UDP, fd);
	while (length >= 28 && memcmp(odd_reply, &call->words[1], 4) != 0);
	return length >= 28 ? odd_first_result() : 0;
}

/* Its reply comes when the dispatcher has returned: until then what is sent again is dropped, and
 * afterwards it is answered so again. */
static void test_late_datagrams(void)
{
	struct odd odd = { .how = OURS, .way = UDP, .standard = -1 };
	struct odd_call late, count;
	int fd;

	if (odd_start(&odd, odd_no_words)) {
		fd = odd_connect(&odd);
		odd_begin_call(&late, 1, DO, &odd_nobody);
		odd_add_word(&late, COUNT_BY_TIMER);
		odd_begin_call(&count, 1, COUNT, &odd_nobody);
		odd_add_word(&count, 1);
		odd_send_call(UDP, fd, &late);
		odd_send_call(UDP, fd, &late);
		CHECK_INT(ask_written(fd, &late), 1);
		CHECK_INT(ask_written(fd, &late), 1);
		CHECK_INT(ask_written(fd, &count), 2);
		CHECK_INT(ask_written(fd, &late), 1);
		close(fd);
	}
	odd_stop(&odd);
}

static const struct test tests[] = {
	{ "beside clients that mean no good", test_attacks },
	{ "beside threads of its own that reply", test_threads },
	{ "whoever reads what it says", test_log },
	{ "a hundred clients at 64 descriptors", test_few_descriptors },
	{ "a thousand clients, one after the other", test_no_growth },
	{ "a datagram again, and one that claims more than it holds", test_datagrams },
	{ "a datagram again that is answered late", test_late_datagrams },
	{ 0 },
};

int main(void)
{
	program_use_built();
	return harness_run("preload_hostile", tests);
}
