/* Clients that mean a server no good: what they do, again and again, until they are ended. */
#include "tests/kit/attacks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/blocking.h"
#include "common/fork.h"
#include "common/rendezvous.h"
#include "compare/lab/directory.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"
#include "tests/kit/samples.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define THOUSAND     1000
#define FILES        4096

/* ---- connections ---- */

static bool is_rpc(const struct attacker *attacker)
{
	return attacker->endpoint.protocol != ENDPOINT_RAW;
}

static bool is_on(const struct attacker *attacker, unsigned int transports)
{
	return transports & 1U << attacker->endpoint.transport;
}

/* Where messages are marked; a datagram, or a message in shared memory, has no mark. */
static bool is_framed(const struct attacker *attacker)
{
	return is_on(attacker, ON_STREAMS | ON_PIPE);
}

/* Numerical Recipes' generator: the same attack in every run. */
static uint32_t draw_number(struct attacker *attacker, uint32_t below)
{
	attacker->random = attacker->random * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)attacker->random * below >> 32);
}

static void leave_place(struct attacker *attacker, unsigned int place)
{
	struct wire *wire = attacker->wires[place];

	if (!wire)
		return;
	if (!wire_close(wire))
		_exit(EXIT_FAILURE); /* the server of a pipe ended badly */
	free(wire);
	attacker->wires[place] = NULL;
}

/* Its connection in this place, a new one if there is none; *is_new says which.  NULL when the
 * server does not let it in. */
static struct wire *enter_place(struct attacker *attacker, unsigned int place, bool *is_new)
{
	struct wire *wire = attacker->wires[place];

	*is_new = !wire;
	if (wire)
		return wire;
	attacker->wires[place] = wire = calloc(1, sizeof(*wire));
	if (wire && wire_connect(wire, &attacker->endpoint)) {
		blocking_set(wire->in, false);
		blocking_set(wire->out, false);
		return wire;
	}
	leave_place(attacker, place);
	return NULL;
}

/* A new connection in the next of so many places; who was there leaves. */
static struct wire *enter_anew(struct attacker *attacker, unsigned int places)
{
	unsigned int place = attacker->round % places;
	bool is_new;

	leave_place(attacker, place);
	return enter_place(attacker, place, &is_new);
}

/* Writes what the server takes now, and never waits.  False when the session has ended. */
static bool throw_bytes(struct wire *wire, const void *bytes, size_t length)
{
	char woken[64];
	ssize_t n;

	if (!wire->memory)
		return write(wire->out, bytes, length) >= 0 || errno == EAGAIN;
	ring_write(&wire->writer, bytes, length);
	shm_wake(wire->in);
	do
		n = recv(wire->in, woken, sizeof(woken), MSG_DONTWAIT);
	while (n > 0);
	return n < 0;
}

/* Reads what there is, and forgets it. */
static void drink_replies(struct wire *wire)
{
	struct buffer reply = { 0 };
	char bytes[65536];

	if (!wire->memory) {
		while (read(wire->in, bytes, sizeof(bytes)) > 0)
			;
		return;
	}
	while (ring_read(&wire->reader, &reply, wire->size) > 0)
		reply.length = 0;
	buffer_release(&reply);
}

/* Throws, at its only connection. */
static void throw_at(struct attacker *attacker, const void *bytes, size_t length)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, 0, &is_new);

	if (wire && throw_bytes(wire, bytes, length))
		drink_replies(wire);
	else
		leave_place(attacker, 0);
}

/* ---- messages that do not end ---- */

static const uint8_t *zeroes(void)
{
	static const uint8_t bytes[65536];

	return bytes;
}

static void two_bytes(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, attacker->round % 50, &is_new);

	if (wire && is_new)
		throw_bytes(wire, "\200", 2);
}

/* Most of a message, and nothing after it; a thousand times at once, for the places are few
 * enough that each is taken again and again. */
static void half_record(struct attacker *attacker)
{
	static const uint8_t rpc[] = { 0x80, 0, 0xff, 0 }, raw[] = { 0, 0, 0xff, 0 };
	struct wire *wire = enter_anew(attacker, attacker->connections);
	uint8_t bytes[60000] = { 0 };

	if (!wire)
		return;
	memcpy(bytes, is_rpc(attacker) ? rpc : raw, sizeof(rpc));
	throw_bytes(wire, bytes, sizeof(bytes));
}

/* In rpc, marks of empty fragments of a record without an end; in raw, lengths that are none. */
static void empty_fragments(struct attacker *attacker)
{
	throw_at(attacker, zeroes(), 65536);
}

static void growing_fragments(struct attacker *attacker)
{
	static const uint8_t mark[] = { 0, 0, 0x10, 0 };
	uint8_t bytes[16 * (4 + 4096)] = { 0 };

	for (size_t i = 0; i < 16; i++)
		memcpy(bytes + i * (4 + 4096), mark, sizeof(mark));
	throw_at(attacker, bytes, sizeof(bytes));
}

static void giant_length(struct attacker *attacker)
{
	static const uint32_t lengths[] = { 0xffffffff, 0x7fffffff, 0x80100001, 0x00100001,
					    0xfffffffc, 0x40000000, 0x7ffffffc, 0x80000000 };
	uint32_t length = lengths[attacker->round % COUNT(lengths)], mark = htobe32(length);
	struct wire *wire = enter_anew(attacker, 32);

	if (!wire)
		return;
	if (!wire->memory) {
		throw_bytes(wire, &mark, sizeof(mark));
		return;
	}
	memcpy(wire->writer.bytes, &length, sizeof(length));
	wire->writer.control->tail = wire->size;
	shm_wake(wire->in);
}

/* ---- replies that nobody takes ---- */

/* Calls for pages of a megabyte, as many as the server takes now. */
static bool ask_for_pages(struct attacker *attacker, struct wire *wire)
{
	char path[] = ".";
	const fileinfo_list_args arguments = { path, 0, 1 << 20 };
	struct buffer calls = { 0 };
	bool taken = true;

	for (uint32_t id = 1; id <= 20; id++) {
		if (!is_framed(attacker))
			calls.length = 0;
		call_make(&calls, is_rpc(attacker), is_framed(attacker), id, "list", &arguments);
		if (!is_framed(attacker))
			taken = throw_bytes(wire, calls.data, calls.length);
	}
	if (is_framed(attacker))
		taken = throw_bytes(wire, calls.data, calls.length);
	buffer_release(&calls);
	return taken;
}

static void never_read(struct attacker *attacker)
{
	unsigned int place = attacker->round % 16;
	bool is_new;
	struct wire *wire = enter_place(attacker, place, &is_new);

	if (wire && (is_new || attacker->round % 64 < 16) && !ask_for_pages(attacker, wire))
		leave_place(attacker, place);
}

/* The socket has room for little, so that a byte taken now and then makes no difference to it. */
static void read_slowly(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, 0, &is_new);
	char byte;

	if (!wire)
		return;
	if (is_new && !ask_for_pages(attacker, wire))
		leave_place(attacker, 0);
	else if (attacker->round % 1000 == 0 && read(wire->in, &byte, 1) == 0)
		leave_place(attacker, 0);
}

static void leave_early(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, 0, &is_new);

	if (wire)
		ask_for_pages(attacker, wire);
	leave_place(attacker, 0);
}

/* As a debugger stops a client, or a terminal's ^Z, with replies under way. */
static void stop_oneself(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, attacker->round % 8, &is_new);

	if (wire)
		ask_for_pages(attacker, wire);
	if (attacker->round == 16)
		raise(SIGSTOP);
}

/* ---- calls that wait for a thread ---- */

/* Writes all of it, if the server takes some of it all the while. */
static bool throw_all(struct wire *wire, const uint8_t *bytes, size_t length)
{
	struct pollfd room = { .fd = wire->out, .events = POLLOUT };

	while (length) {
		ssize_t n = write(wire->out, bytes, length);

		if (n < 0 && (errno != EAGAIN || poll(&room, 1, 20) <= 0))
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Digests that do not end, more of them as soon as the server is done with some. */
static void keep_digesting(struct attacker *attacker, unsigned int place)
{
	const char *huge = ATTACK_HUGE_FILE;
	bool is_new;
	struct wire *wire = enter_place(attacker, place, &is_new);
	struct buffer calls = { 0 };

	for (uint32_t id = 1; id <= 4; id++)
		call_make(&calls, is_rpc(attacker), true, id, "digest", &huge);
	if (!wire || !throw_bytes(wire, calls.data, calls.length))
		leave_place(attacker, place);
	else
		drink_replies(wire);
	buffer_release(&calls);
}

/* A call for a page, with zeroes behind its arguments: whoever keeps it for later, undecoded, keeps
 * a megabyte. */
static void make_long_list(const struct attacker *attacker, struct buffer *call)
{
	static const uint8_t megabyte[1000000];
	char path[] = ".";
	const fileinfo_list_args arguments = { path, 0, 4096 };

	call_make(call, is_rpc(attacker), true, 1, "list", &arguments);
	buffer_append(call, megabyte, sizeof(megabyte));
	framing_mark(is_rpc(attacker) ? &framing_record_marking : &framing_length_prefix,
		     call->data, call->length - FRAMING_HEADER);
}

static void long_lists_behind_digests(struct attacker *attacker)
{
	enum { DIGESTING = 2 };
	unsigned int place = DIGESTING + attacker->round % (attacker->connections - DIGESTING);
	struct buffer call = { 0 };
	struct wire *wire;
	bool is_new;

	if (attacker->round % 32 < DIGESTING)
		keep_digesting(attacker, attacker->round % 32);
	wire = enter_place(attacker, place, &is_new);
	if (!wire)
		return;
	make_long_list(attacker, &call);
	for (int i = 0; i < 4; i++)
		if (!throw_all(wire, call.data, call.length)) {
			leave_place(attacker, place);
			break;
		}
	buffer_release(&call);
}

/* ---- connections without calls ---- */

static void come_and_go(struct attacker *attacker)
{
	for (int i = 0; i < 10; i++)
		enter_anew(attacker, 1);
	leave_place(attacker, 0);
}

static void crowd_in(struct attacker *attacker)
{
	bool is_new;

	enter_place(attacker, attacker->round % attacker->connections, &is_new);
}

/* Greetings in the well-known FIFO, of clients that there are not, and lines that are none. */
static void greet_in_vain(struct attacker *attacker)
{
	char path[RENDEZVOUS_MAX_FIFO], greetings[64 * RENDEZVOUS_GREETING + 1];
	int fd;

	rendezvous_fifo(&attacker->endpoint, path);
	for (size_t i = 0; i < 64; i++)
		rendezvous_greet(draw_number(attacker, UINT32_MAX),
				 greetings + i * RENDEZVOUS_GREETING);
	greetings[draw_number(attacker, sizeof(greetings) - 1)] = (char)draw_number(attacker, 256);
	fd = rendezvous_open_fifo(path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, greetings, sizeof(greetings) - 1) < 0)
		poll(NULL, 0, 1); /* it is full, and others wait, too */
	close(fd);
}

/* ---- calls that are none ---- */

static void random_bytes(struct attacker *attacker)
{
	uint8_t bytes[512];
	struct wire *wire = enter_anew(attacker, 8);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)draw_number(attacker, 256);
	if (wire)
		throw_bytes(wire, bytes, draw_number(attacker, sizeof(bytes)));
}

/* A call of any procedure, with a few of its bytes changed. */
static void mutated_call(struct attacker *attacker)
{
	struct buffer call = { 0 };
	uint32_t count = 0, changes = draw_number(attacker, 4);

	while (samples[count].procedure)
		count++;
	sample_call(&samples[draw_number(attacker, count)], is_rpc(attacker), is_framed(attacker),
		    attacker->round, &call);
	for (uint32_t i = 0; i <= changes; i++)
		call.data[draw_number(attacker, (uint32_t)call.length)] ^= (uint8_t)draw_number(
			attacker, 256);
	throw_at(attacker, call.data, call.length);
	buffer_release(&call);
}

/* A name of 4 KB, and then the arguments end: decoded in part, they have to be freed. */
static void cut_off_arguments(struct attacker *attacker)
{
	static char name[FILEINFO_MAX_PATH + 1];
	const fileinfo_list_args arguments = { name, 0, 4096 };
	struct buffer call = { 0 };

	memset(name, 'n', sizeof(name) - 1);
	call_make(&call, is_rpc(attacker), false, attacker->round, "list", &arguments);
	call.length -= 4;
	if (is_framed(attacker)) {
		struct buffer framed = { 0 };

		buffer_append(&framed, "????", FRAMING_HEADER);
		buffer_append(&framed, call.data, call.length);
		framing_mark(is_rpc(attacker) ? &framing_record_marking : &framing_length_prefix,
			     framed.data, call.length);
		buffer_release(&call);
		call = framed;
	}
	for (int i = 0; i < 8; i++)
		throw_at(attacker, call.data, call.length);
	buffer_release(&call);
}

/* Datagrams as long as can be, from many ports: whoever remembers them needs memory. */
static void long_datagram(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, attacker->round % 64, &is_new);
	struct buffer call = { 0 };

	if (!wire)
		return;
	call_make(&call, is_rpc(attacker), false, attacker->round, "null", NULL);
	buffer_append(&call, zeroes(), 60000);
	throw_bytes(wire, call.data, call.length);
	drink_replies(wire);
	buffer_release(&call);
}

/* ---- calls that cost ---- */

#define DEAR_CALLS 16 /* at a time, on a connection */

/* So many calls of one procedure at each of a few hundred connections, and more of them as soon as
 * some are answered. */
static void keep_asking(struct attacker *attacker, const char *procedure, const void *arguments)
{
	unsigned int place = attacker->round % attacker->connections;
	bool is_new;
	struct wire *wire = enter_place(attacker, place, &is_new);
	struct buffer calls = { 0 };
	bool taken = true;

	for (uint32_t i = 0; wire && taken && i < DEAR_CALLS; i++) {
		if (!is_framed(attacker))
			calls.length = 0;
		call_make(&calls, is_rpc(attacker), is_framed(attacker),
			  attacker->round * DEAR_CALLS + i, procedure, arguments);
		if (!is_framed(attacker))
			taken = throw_bytes(wire, calls.data, calls.length);
	}
	if (wire && is_framed(attacker))
		taken = throw_bytes(wire, calls.data, calls.length);
	if (wire && taken)
		drink_replies(wire);
	else
		leave_place(attacker, place);
	buffer_release(&calls);
}

/* 1,023 bytes that take longest of all to evaluate: remainders of large numbers by small ones. */
static void evaluate_remainders(struct attacker *attacker)
{
	char expression[CALC_MAX_EXPRESSION] = "";
	const char *text = expression;

	for (size_t i = 0; i + 8 < sizeof(expression); i += 7)
		memcpy(expression + i, i ? "%9e-300" : "0009e99", 8);
	keep_asking(attacker, "evaluate", &text);
}

/* As many values as there may be. */
static void summarize_many(struct attacker *attacker)
{
	static quad_t numbers[CALC_MAX_VALUES];
	const calc_values values = { CALC_MAX_VALUES, numbers };

	keep_asking(attacker, "summarize", &values);
}

/* A path that goes nowhere, as long as one may be; to a directory that there is. */
static void stat_in_circles(struct attacker *attacker)
{
	static char path[FILEINFO_MAX_PATH + 1];
	const char *text = path;

	for (size_t i = 0; i + 5 < sizeof(path); i += 5)
		memcpy(path + i, "d/../", 6);
	keep_asking(attacker, "stat", &text);
}

static void list_everywhere(struct attacker *attacker)
{
	char directory[] = ".";
	const fileinfo_list_args arguments = { directory, 0, 1 << 20 };

	keep_asking(attacker, "list", &arguments);
}

static void digest_everywhere(struct attacker *attacker)
{
	const char *huge = ATTACK_HUGE_FILE;

	keep_asking(attacker, "digest", &huge);
}

/* Of each kind above one, by each transport; but no digests by datagram: see below. */
static void ask_for_anything(struct attacker *attacker)
{
	static void (*const kinds[])(struct attacker *) = { evaluate_remainders, summarize_many,
							    stat_in_circles, list_everywhere,
							    digest_everywhere };

	kinds[attacker->round % (COUNT(kinds) - is_on(attacker, ON_UDP))](attacker);
}

/* ---- shared memory ---- */

/* Writes calls, and over them, and over the words that say where they are. */
static void scribble_over(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, attacker->round % 4, &is_new);
	_Atomic uint32_t *words;

	if (!wire)
		return;
	words = (_Atomic uint32_t *)(void *)wire->memory;
	if (!ask_for_pages(attacker, wire)) {
		leave_place(attacker, attacker->round % 4);
		return;
	}
	for (int i = 0; i < 1000; i++)
		words[(RING_HEADER + draw_number(attacker, 8192)) / 4] = draw_number(attacker,
										     UINT32_MAX);
	words[draw_number(attacker, 8) * 16] = draw_number(attacker, 2)
						       ? draw_number(attacker, UINT32_MAX)
						       : draw_number(attacker, 64) * 4;
	shm_wake(wire->in);
}

/* Each of many has the server go through all of its memory, and takes no reply. */
static void fill_rings(struct attacker *attacker)
{
	bool is_new;
	struct wire *wire = enter_place(attacker, attacker->round % attacker->connections, &is_new);
	struct buffer call = { 0 };

	if (!wire || !is_new)
		return;
	call_make(&call, is_rpc(attacker), false, 1, "null", NULL);
	while (ring_write(&wire->writer, call.data, call.length) > 0)
		;
	shm_wake(wire->in);
	buffer_release(&call);
}

/* ---- all of them ---- */

const struct attack attacks[] = {
	{ "two bytes of a mark, and silence", ON_STREAMS, ON_ALL, two_bytes,
	  "did not finish its message in 1 s (--message-timeout)", .stock = STALLS },
	{ "a thousand half-records", ON_STREAMS, ON_ALL, half_record, "(--max-memory)",
	  .options = { "--message-timeout", "20" }, .stock = UNHARMED },
	{ "empty fragments without end", ON_STREAMS, ON_ALL, empty_fragments, NULL,
	  .stock = UNHARMED },
	{ "fragments of a record without end", ON_STREAMS, ON_ALL, growing_fragments,
	  "longer than 1048576 bytes (--max-message)", .stock = UNHARMED },
	{ "giant lengths", ON_STREAMS | ON_SHM, ON_ALL, giant_length,
	  "longer than 1048576 bytes (--max-message)", .stock = UNHARMED },
	{ "replies of 1 MiB that nobody reads", ON_STREAMS | ON_SHM, ON_ALL, never_read,
	  "(--max-memory)", .options = { "--message-timeout", "20" }, .stock = STALLS },
	{ "a byte of the replies now and then", ON_STREAMS, ON_ALL, read_slowly,
	  "did not read its replies for 1 s (--message-timeout)", .stock = STALLS },
	/* A digest in the only thread is the program's own affair. */
	{ "lists of a megabyte behind digests", ON_STREAMS, ON_ALL, long_lists_behind_digests, NULL,
	  .stock = SPINS, .run = SPINS },
	{ "clients that leave before their replies", ON_STREAMS | ON_SHM, ON_ALL, leave_early, NULL,
	  .stock = DIES },
	{ "stopped clients", ON_FIFO | ON_SHM, ON_ALL, stop_oneself,
	  "did not read its replies for 1 s (--message-timeout)", .stock = UNHARMED },
	{ "connections opened and dropped", ON_STREAMS | ON_SHM, ON_ALL, come_and_go, NULL,
	  .stock = UNHARMED },
	{ "more connections than --max-connections", ON_STREAMS | ON_SHM, ON_UDP, crowd_in,
	  "as may be (--max-connections)", .options = { "--max-connections", "50" },
	  .stock = UNHARMED },
	{ "more connections than --max-per-address", ON_TCP, ON_ALL, crowd_in,
	  "as may be (--max-per-address)", .options = { "--max-per-address", "50" },
	  .stock = UNHARMED },
	{ "more connections than descriptors", ON_STREAMS | ON_SHM, ON_UDP, crowd_in,
	  "no descriptor is left (ulimit -n)", .descriptors = 20, .stock = SPINS },
	{ "greetings of nobody", ON_FIFO, ON_ALL, greet_in_vain, NULL, .stock = UNHARMED },
	{ "random bytes", ON_ALL, ON_ALL, random_bytes, "is no call; its session ends",
	  .stock = UNHARMED },
	{ "mutated calls", ON_ALL | ON_PIPE, ON_ALL, mutated_call, NULL, .stock = UNHARMED },
	/* What libtirpc's filters decode before they fail, rpcgen's dispatchers do not free. */
	{ "arguments that are cut off", ON_ALL, ON_ALL, cut_off_arguments, NULL, .stock = GROWS,
	  .run = GROWS },
	{ "long datagrams from many ports", ON_UDP, ON_ALL, long_datagram, NULL,
	  .stock = UNHARMED },
	{ "remainders, on hundreds of connections", ON_ALL, ON_ALL, evaluate_remainders, NULL,
	  .stock = UNHARMED },
	{ "summaries, on hundreds of connections", ON_ALL, ON_ALL, summarize_many, NULL,
	  .stock = UNHARMED },
	{ "paths in circles, on hundreds of connections", ON_ALL, ON_ALL, stat_in_circles, NULL,
	  .stock = UNHARMED },
	{ "lists, on hundreds of connections", ON_ALL, ON_ALL, list_everywhere, NULL,
	  .stock = UNHARMED },
	/* Not by datagram, where nobody can see that the caller has gone: they go on for a while.
	 */
	{ "digests, on hundreds of connections", ON_STREAMS | ON_SHM, ON_ALL, digest_everywhere,
	  NULL, .stock = UNHARMED },
	{ "all that costs, by all transports", ON_ALL, ON_ALL, ask_for_anything, NULL,
	  .stock = UNHARMED },
	{ "memory that is scribbled over", ON_SHM, ON_ALL, scribble_over,
	  "is no call; its session ends", .stock = UNHARMED },
	{ "a thousand rings filled", ON_SHM, ON_ALL, fill_rings, "(--max-memory)",
	  .options = { "--message-timeout", "20" }, .stock = UNHARMED },
	{ 0 },
};

bool attack_make_root(char *template)
{
	char name[256];
	int fd, directory = harness_directory(template)
				    ? open(template, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				    : -1;

	if (directory < 0)
		return false;
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "%0200d", i);
		fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
	}
	if (mkdirat(directory, "d", 0700) < 0)
		perror("d");
	close(directory);
	return make_huge_file(template, ATTACK_HUGE_FILE) == 0;
}

static unsigned int choose_attackers(const struct attack *attack, struct attacker *attackers,
				     const struct endpoint *endpoints, unsigned int count)
{
	unsigned int chosen = 0;

	for (unsigned int i = 0; i < count; i++)
		if (attack->on & 1U << endpoints[i].transport) {
			attackers[chosen].endpoint = endpoints[i];
			attackers[chosen].random = i;
			chosen++;
		}
	for (unsigned int i = 0; i < chosen; i++)
		attackers[i].connections = THOUSAND / chosen;
	return chosen;
}

pid_t attack_start(const struct attack *attack, const struct endpoint *endpoints,
		   unsigned int count)
{
	struct attacker *attackers;
	unsigned int chosen;
	pid_t pid = fork_tied();

	if (pid)
		return pid;
	signal(SIGPIPE, SIG_IGN);
	process_raise_descriptors();
	attackers = calloc(count, sizeof(*attackers));
	chosen = choose_attackers(attack, attackers, endpoints, count);
	for (;;)
		for (unsigned int i = 0; i < chosen; i++) {
			attack->act(&attackers[i]);
			attackers[i].round++;
		}
}

bool attack_end(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
