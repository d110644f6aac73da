/* Attacks beside which a second client calls: whether one client can keep another waiting. */
#include "check/hostile.h"

#include <endian.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "check/beside.h"
#include "common/internet.h"

#define BLOCK  (64U << 10)        /* bytes that are sent over and over */
#define BLOCKS 16                 /* of them, in a step */
#define SHORT  (HOSTILE_TIME / 2) /* where nothing builds up */
#define SLOWLY INT64_C(100000000) /* nanoseconds between two bytes */
#define SOON   INT64_C(20000000)  /* nanoseconds between two that leave */
#define LEFT   256                /* calls of who leaves before their replies */
#define ROOM   4096               /* bytes, for replies that nobody reads */

bool hostile_at_home(const struct check_target *target)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	struct exchange exchange;
	bool known;

	if (!endpoint_has_host(&target->endpoint))
		return true;
	exchange_init(&exchange, target);
	known = exchange_connect(&exchange) &&
		getpeername(exchange.link.in, (struct sockaddr *)&peer, &size) == 0;
	exchange_release(&exchange);
	return known && internet_is_loopback(&peer);
}

/* Some connections that mean no good. */
struct attack {
	struct exchange *lead, *others; /* the case's own, and so many besides */
	size_t count;
	struct buffer block; /* is sent over and over */
	size_t at;           /* what of it comes next */
	int64_t next;        /* when something is done again */
};

/* ---- what is sent ---- */

/* As many of them as a block has room for, up to so many. */
static int add_calls(struct exchange *exchange, size_t most, struct buffer *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < most && out->length < BLOCK; i++)
		r = message_null_marked(exchange->target, ++exchange->xid, out);
	return r;
}

/* Sends what of the block the server takes without our waiting for it. */
static void send_more(void *what)
{
	struct attack *attack = what;
	struct evidence *sent = &attack->lead->sent;

	for (int i = 0; i < BLOCKS && attack->block.length && sent->total < HOSTILE_BYTES; i++) {
		ssize_t n = send(attack->lead->link.out, attack->block.data + attack->at,
				 attack->block.length - attack->at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0)
			return;
		sent->total += (size_t)n;
		attack->at = (attack->at + (size_t)n) % attack->block.length;
	}
}

static bool is_time(struct attack *attack, int64_t interval)
{
	if (clock_now() < attack->next)
		return false;
	attack->next = clock_now() + interval;
	return true;
}

/* ---- beside a second client ---- */

static void run_attack(struct exchange *lead, int64_t time, void (*begin)(struct attack *attack),
		       void (*step)(void *what))
{
	struct attack attack = { .lead = lead };
	struct beside beside = { .step = step, .what = &attack };

	if (beside_begin(&beside, lead->target)) {
		begin(&attack);
		beside_watch(&beside, clock_now() + time);
	}
	beside_end(&beside, lead);
	for (size_t i = 0; i < attack.count; i++)
		exchange_release(&attack.others[i]);
	free(attack.others);
	buffer_release(&attack.block);
}

/* Sends the first bytes of a call; all decide. */
static void send_part(struct exchange *exchange, size_t length)
{
	struct buffer call = { 0 };

	if (message_null_marked(exchange->target, ++exchange->xid, &call) == 0)
		exchange_write(exchange, call.data, length ? length : call.length / 2);
	exchange->sent.at = 0;
	exchange->sent.length = exchange->sent.total;
	buffer_release(&call);
}

static void begin_mark(struct attack *attack)
{
	send_part(attack->lead, sizeof(uint32_t) / 2);
}

static void begin_call(struct attack *attack)
{
	send_part(attack->lead, 0);
}

void run_idle_mark(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_mark, NULL);
}

void run_idle_call(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_call, NULL);
}

/* ---- a byte now and then ---- */

static void begin_slow(struct attack *attack)
{
	message_null_marked(attack->lead->target, ++attack->lead->xid, &attack->block);
}

/* The last byte would make it a call. */
static void send_slowly(void *what)
{
	struct attack *attack = what;

	if (attack->at + 1 < attack->block.length && is_time(attack, SLOWLY))
		exchange_write(attack->lead, attack->block.data + attack->at++, 1);
}

void run_slow_call(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_slow, send_slowly);
}

/* ---- without end ---- */

/* The message begins as a call, and is answered by who does not wait for its end. */
static void begin_giant(struct attack *attack)
{
	static const uint8_t nothing[BLOCK];
	struct exchange *lead = attack->lead;
	const uint32_t mark = htobe32(check_raw(lead->target) ? INT32_MAX : UINT32_MAX);
	struct buffer call = { 0 };

	if (message_null(lead->target, ++lead->xid, &call) == 0 &&
	    buffer_append(&attack->block, nothing, sizeof(nothing)) == 0) {
		exchange_write(lead, &mark, sizeof(mark));
		exchange_write(lead, call.data, call.length);
	}
	lead->sent.length = sizeof(mark);
	buffer_release(&call);
}

void run_giant_message(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, HOSTILE_TIME, begin_giant, send_more);
}

static void begin_unread(struct attack *attack)
{
	const int room = ROOM;

	setsockopt(attack->lead->link.out, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	add_calls(attack->lead, SIZE_MAX, &attack->block);
	exchange_write(attack->lead, attack->block.data, attack->block.length);
}

void run_unread_replies(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, HOSTILE_TIME, begin_unread, send_more);
}

/* ---- many ---- */

static bool add_connection(struct attack *attack)
{
	struct exchange *exchange = &attack->others[attack->count];

	exchange_init(exchange, attack->lead->target);
	attack->count++;
	return exchange_connect(exchange);
}

/* Up to when the server takes no more, in a time that is bounded, too. */
static void begin_many(struct attack *attack, size_t bytes)
{
	const int64_t end = clock_now() + SHORT;

	attack->others = calloc(HOSTILE_CONNECTIONS - 1, sizeof(*attack->others));
	if (!attack->others)
		return;
	while (attack->count < HOSTILE_CONNECTIONS - 1 && clock_now() < end &&
	       add_connection(attack))
		if (bytes)
			send_part(&attack->others[attack->count - 1], bytes);
}

static void begin_many_idle(struct attack *attack)
{
	begin_many(attack, 0);
}

static void begin_many_calls(struct attack *attack)
{
	begin_many(attack, 3 * sizeof(uint32_t));
}

void run_many_idle(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_many_idle, NULL);
}

void run_many_calls(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_many_calls, NULL);
}

static void begin_leavers(struct attack *attack)
{
	add_calls(attack->lead, LEFT, &attack->block);
	exchange_write(attack->lead, attack->block.data, attack->block.length);
}

/* Connects, calls, and is gone. */
static void leave(void *what)
{
	struct attack *attack = what;
	struct exchange leaver;

	if (attack->at == HOSTILE_CONNECTIONS || !is_time(attack, SOON))
		return;
	attack->at++;
	exchange_init(&leaver, attack->lead->target);
	if (exchange_connect(&leaver))
		exchange_write(&leaver, attack->block.data, attack->block.length);
	exchange_release(&leaver);
}

void run_leavers(struct exchange *exchange, const struct check_case *row)
{
	(void)row;
	run_attack(exchange, SHORT, begin_leavers, leave);
}
