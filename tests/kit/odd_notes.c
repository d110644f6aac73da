/* What clients of the server see that knows libtirpc alone, by each way to run it. */
#include "tests/kit/odd.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOWN 160 /* bytes of a reply that are written down; of more, a sum is */

const char *const odd_no_words[] = { NULL };

void notes_add(struct notes *notes, const char *format, ...)
{
	size_t room = sizeof(notes->text) - notes->length;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(notes->text + notes->length, room, format, arguments);
	va_end(arguments);
	notes->length += n > 0 && (size_t)n < room ? (size_t)n : 0;
}

/* Without its xid, which no two calls share. */
static void note_reply(struct notes *notes, const uint8_t *bytes, ssize_t length)
{
	uint32_t sum = 0;

	if (length < 4) {
		notes_add(notes, length == 0 ? "closed\n" : "nothing\n");
		return;
	}
	for (ssize_t i = 4; i < length && length <= SHOWN; i++)
		notes_add(notes, "%02x%s", bytes[i], i % 4 == 3 ? " " : "");
	for (ssize_t i = 4; i < length; i++)
		sum = sum * 31 + bytes[i];
	notes_add(notes, "%zd bytes, %08x\n", length, sum);
}

ssize_t odd_take_reply(struct notes *notes, const struct odd *odd, int fd)
{
	ssize_t length = odd_receive_reply(odd->way, fd);

	note_reply(notes, odd_reply, length);
	return length;
}

void odd_ask_as(const struct odd *odd, int fd, const struct odd_credential *who, uint32_t version,
		uint32_t procedure, uint32_t argument)
{
	struct odd_call call;

	odd_begin_call(&call, version, procedure, who);
	odd_add_word(&call, argument);
	odd_send_call(odd->way, fd, &call);
}

void odd_ask(const struct odd *odd, int fd, uint32_t procedure, uint32_t argument)
{
	odd_ask_as(odd, fd, &odd_nobody, 1, procedure, argument);
}

void odd_make_call(struct notes *notes, const struct odd *odd, int fd, uint32_t procedure,
		   uint32_t argument)
{
	odd_ask(odd, fd, procedure, argument);
	odd_take_reply(notes, odd, fd);
}

/* What it was answered with, behind a reply's header, which has a verifier. */
static uint8_t *find_result(void)
{
	uint32_t length;

	memcpy(&length, odd_reply + 16, sizeof(length));
	return odd_reply + 24 + ntohl(length);
}

/* Its first word. */
uint32_t odd_first_result(void)
{
	uint32_t word;

	memcpy(&word, find_result(), sizeof(word));
	return ntohl(word);
}

void odd_make_text_call(struct notes *notes, const struct odd *odd, int fd,
			const struct odd_credential *who, uint32_t procedure)
{
	char port[16], *found, *text;
	struct sockaddr_in own = { 0 };
	socklen_t size = sizeof(own);
	ssize_t length;
	struct odd_call call;

	odd_begin_call(&call, 1, procedure, who);
	odd_send_call(odd->way, fd, &call);
	length = odd_receive_reply(odd->way, fd);
	if (length < 28 || odd_first_result() > 2048) {
		note_reply(notes, odd_reply, length);
		return;
	}
	text = (char *)find_result() + 4;
	text[odd_first_result()] = '\0';
	getsockname(fd, (struct sockaddr *)&own, &size);
	snprintf(port, sizeof(port), ":%d ", ntohs(own.sin_port));
	while (odd->way != UNIX && (found = strstr(text, port)))
		memset(found + 1, 'P', strlen(port) - 2);
	snprintf(port, sizeof(port), ":%d ", odd->port);
	while (odd->way != UNIX && (found = strstr(text, port)))
		memset(found + 1, 'S', strlen(port) - 2);
	notes_add(notes, "%s\n", text);
}

/* ---- the same case by each way to run it ---- */

static void run_case(const struct odd_case *row, enum way way, enum how how, struct notes *notes)
{
	struct odd odd = { .how = how, .way = way, .standard = -1, .limit = row->limit };

	notes->length = 0;
	notes->text[0] = '\0';
	if (odd_start(&odd, row->words))
		row->run(notes, &odd);
	odd_stop(&odd);
	if (how != STOCK)
		CHECK_THAT(!*odd_errors(&odd), "%s: it says: %s", row->name, odd_errors(&odd));
}

/* Where the first line begins that is another one. */
static size_t first_difference(const char *text, const char *other)
{
	size_t start = 0;

	for (size_t i = 0; text[i] && text[i] == other[i]; i++)
		if (text[i] == '\n')
			start = i + 1;
	return start;
}

static void compare_case(const struct odd_case *row, enum way way)
{
	static struct notes stock, ours;
	const char *expected = row->differs;
	size_t at;

	if (!expected) {
		run_case(row, way, STOCK, &stock);
		expected = stock.text;
	}
	CHECK_THAT(*expected, "%s %s: nothing is seen", row->name, odd_way_names[way]);
	for (enum how how = OURS; how <= LINKED; how++) {
		run_case(row, way, how, &ours);
		if (expected[0] == '?')
			fprintf(stderr, "%s", ours.text);
		at = first_difference(ours.text, expected);
		CHECK_THAT(!ours.text[at] && !expected[at], "%s %s %s: seen\n%.*s\nnot\n%.*s",
			   row->name, odd_way_names[way], odd_how_names[how],
			   (int)strcspn(ours.text + at, "\n"), ours.text + at,
			   (int)strcspn(expected + at, "\n"), expected + at);
	}
}

void odd_compare_all(const struct odd_case *rows)
{
	for (; rows->name; rows++)
		for (enum way way = TCP; way < WAYS; way++)
			if (rows->on & 1 << way)
				compare_case(rows, way);
}

/* ---- usual checks ---- */

void odd_note_end(struct notes *notes, const struct odd *odd)
{
	char said[100];
	ssize_t n;

	notes_add(notes, "ended with %d", odd_wait(odd));
	n = read(odd->out, said, sizeof(said) - 1);
	notes_add(notes, ", said \"%.*s\"\n", n > 0 ? (int)n - 1 : 0, said);
}

void odd_check_served(const struct odd *odd, const char *beside)
{
	static struct notes notes;
	int fd = odd_connect(odd);

	notes = (struct notes){ 0 };
	odd_make_call(&notes, odd, fd, DO, NOTHING);
	CHECK_THAT(strncmp(notes.text, "00000001 ", 9) == 0, "beside %s: %s", beside, notes.text);
	close(fd);
}

bool odd_can_preload(void)
{
	if (OURS != RUN)
		harness_skip("with a sanitizer nothing can be preloaded");
	return OURS == RUN;
}
