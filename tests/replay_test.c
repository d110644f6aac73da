/* The cache of replies to datagrams: what is known, what is refused, and what is forgotten when. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/runtime/replay.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SIZE         ((size_t)64 << 10)
#define AGE          1000 /* milliseconds */

/* ---- who asks ---- */

static struct sockaddr_storage ipv4(uint32_t address, uint16_t port)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&peer;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	in->sin_addr.s_addr = htonl(address);
	return peer;
}

static struct sockaddr_storage ipv6(uint32_t first, uint32_t last, uint16_t port)
{
	const uint32_t words[4] = { htonl(first), 0, 0, htonl(last) };
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, words, sizeof(words));
	return peer;
}

static struct replay_cache *cache_open(size_t size)
{
	struct replay_cache *cache = replay_cache_open(size, AGE);

	CU_ASSERT_FATAL(cache != NULL);
	return cache;
}

/* Looks the call up at that time; a new one is answered with this, or forgotten (NULL). */
static enum replay ask(struct replay_cache *cache, struct sockaddr_storage peer, const void *call,
		       size_t length, int64_t now, const char *reply)
{
	struct replay_entry *entry;
	enum replay replay = replay_begin(cache, &peer, call, length, true, now, &entry);

	if (replay == REPLAY_NEW && reply)
		replay_end(cache, entry, reply, strlen(reply));
	else if (replay == REPLAY_NEW)
		replay_forget(cache, entry);
	return replay;
}

/* The same without leaving a trace. */
static bool is_known(struct replay_cache *cache, struct sockaddr_storage peer, const void *call,
		     size_t length)
{
	return ask(cache, peer, call, length, 0, NULL) == REPLAY_KNOWN;
}

static void test_peers(void)
{
	const struct {
		const char *name;
		struct sockaddr_storage added, asked;
		bool is_same;
	} cases[] = {
		{ "IPv4 itself", ipv4(0x7f000001, 9), ipv4(0x7f000001, 9), true },
		{ "another port", ipv4(0x7f000001, 9), ipv4(0x7f000001, 10), false },
		{ "another high byte of the port", ipv4(1, 0x109), ipv4(1, 0x209), false },
		{ "another address", ipv4(0x7f000001, 9), ipv4(0x7f000002, 9), false },
		{ "another network", ipv4(0x7f000001, 9), ipv4(0x0a000001, 9), false },
		{ "IPv6 itself", ipv6(0, 1, 9), ipv6(0, 1, 9), true },
		{ "another port of IPv6", ipv6(0, 1, 9), ipv6(0, 1, 10), false },
		{ "another last word", ipv6(0, 1, 9), ipv6(0, 2, 9), false },
		{ "another first word", ipv6(0xfe800000, 1, 9), ipv6(0, 1, 9), false },
		/* The address's bytes are the same as far as they go. */
		{ "another family", ipv4(0x20010db8, 9), ipv6(0x20010db8, 0, 9), false },
		{ "another family too", ipv6(0x20010db8, 0, 9), ipv4(0x20010db8, 9), false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct replay_cache *cache = cache_open(SIZE);

		CHECK_INT(ask(cache, cases[i].added, "call", 4, 0, "reply"), REPLAY_NEW);
		CHECK_THAT(is_known(cache, cases[i].asked, "call", 4) == cases[i].is_same, "%s",
			   cases[i].name);
		replay_cache_close(cache);
	}
}

/* A call that differs in one bit, or in its length, is another one. */
static void test_bytes(void)
{
	struct sockaddr_storage peer = ipv4(0x7f000001, 9);
	uint8_t bytes[44] = { 0 };

	for (size_t length = 0; length <= 40; length++) {
		struct replay_cache *cache = cache_open(SIZE);

		ask(cache, peer, bytes, length, 0, "reply");
		CU_ASSERT(is_known(cache, peer, bytes, length));
		for (size_t other = 0; other <= 44; other++)
			CHECK_INT(is_known(cache, peer, bytes, other), other == length);
		for (size_t bit = 0; bit < length * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CU_ASSERT(!is_known(cache, peer, bytes, length));
			bytes[bit / 8] = 0;
		}
		replay_cache_close(cache);
	}
}

static void check_reply(struct replay_cache *cache, const char *call, const char *reply)
{
	struct sockaddr_storage peer = ipv6(0, 1, 9);
	struct replay_entry *entry;
	const uint8_t *bytes;
	size_t length = 99;

	CHECK_INT(replay_begin(cache, &peer, call, strlen(call), true, 0, &entry), REPLAY_KNOWN);
	bytes = replay_reply(entry, &length);
	CHECK_INT(length, strlen(reply));
	if (length)
		CHECK_BYTES(bytes, reply, length);
}

static void test_replies(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage peer = ipv6(0, 1, 9);

	CHECK_INT(ask(cache, peer, "call", 4, 0, ""), REPLAY_NEW);
	CHECK_INT(ask(cache, peer, "other", 5, 0, "a reply"), REPLAY_NEW);
	check_reply(cache, "call", "");
	check_reply(cache, "other", "a reply");
	replay_cache_close(cache);
	replay_cache_close(NULL);
}

/* While it is executed, it is neither new nor known; and then it is either. */
static void test_under_way(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage peer = ipv4(1, 1);
	struct replay_entry *entry;

	for (int done = 0; done <= 1; done++) {
		CHECK_INT(replay_begin(cache, &peer, "call", 4, true, 0, &entry), REPLAY_NEW);
		CHECK_INT(ask(cache, peer, "call", 4, 2 * AGE, "reply"), REPLAY_UNDER_WAY);
		if (done)
			replay_end(cache, entry, "reply", 5);
		else
			replay_forget(cache, entry);
	}
	CU_ASSERT(is_known(cache, peer, "call", 4));
	replay_cache_close(cache);
}

/* A call that was executed, and has no reply yet. */
static void leave_unanswered(struct replay_cache *cache, const struct sockaddr_storage *peer,
			     const char *call, int64_t now)
{
	struct replay_entry *entry;

	CU_ASSERT_EQUAL(replay_begin(cache, peer, call, strlen(call), false, now, &entry),
			REPLAY_NEW);
	replay_end(cache, entry, NULL, 0);
	replay_await(cache, entry, peer, call);
}

static void check_known(struct replay_cache *cache, const struct sockaddr_storage *peer,
			const char *call, const char *reply)
{
	struct replay_entry *entry;
	size_t length = 0;
	const uint8_t *bytes;

	CU_ASSERT_EQUAL(replay_begin(cache, peer, call, strlen(call), false, 1, &entry),
			REPLAY_KNOWN);
	bytes = replay_reply(entry, &length);
	CU_ASSERT_EQUAL(length, strlen(reply));
	CU_ASSERT(length == 0 || memcmp(bytes, reply, length) == 0);
}

/* Replies that come later are their calls', by peer, port and number, and only the first one. */
static void test_late(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage peer = ipv4(1, 1), port = ipv4(1, 2), other = ipv4(2, 1);

	leave_unanswered(cache, &peer, "0001 ask", 0);
	leave_unanswered(cache, &peer, "0002 ask", 0);
	leave_unanswered(cache, &port, "0001 ask", 0);
	leave_unanswered(cache, &other, "0001 ask", 0);
	replay_answer(cache, &peer, "0001 told", 9);
	replay_answer(cache, &peer, "0001 again", 10);
	replay_answer(cache, &peer, "0003 nobody", 11);
	replay_answer(cache, &other, "0001 for other", 14);
	check_known(cache, &peer, "0001 ask", "0001 told");
	check_known(cache, &peer, "0002 ask", "");
	check_known(cache, &port, "0001 ask", "");
	check_known(cache, &other, "0001 ask", "0001 for other");
	leave_unanswered(cache, &peer, "0001 ask", AGE);
	replay_cache_close(cache);
}

/* After its age the same bytes are another call. */
static void test_age(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage peer = ipv4(1, 1);

	CHECK_INT(ask(cache, peer, "call", 4, 5, "reply"), REPLAY_NEW);
	CHECK_INT(ask(cache, peer, "call", 4, 4 + AGE, "reply"), REPLAY_KNOWN);
	CHECK_INT(ask(cache, peer, "call", 4, 5 + AGE, "reply"), REPLAY_NEW);
	CHECK_INT(ask(cache, peer, "call", 4, 6 + AGE, "reply"), REPLAY_KNOWN);
	replay_cache_close(cache);
}

/* ---- room ---- */

/* New calls of a peer until one is refused.  How many there were. */
static unsigned int fill(struct replay_cache *cache, uint32_t address, int64_t now)
{
	for (unsigned int i = 0;; i++) {
		enum replay replay = ask(cache, ipv4(address, (uint16_t)i), &i, sizeof(i), now,
					 "r");

		if (replay != REPLAY_NEW)
			return replay == REPLAY_FULL ? i : 0;
	}
}

/* A peer, whatever its ports, gets half of what is free, and others' calls are not forgotten for
 * it; for whoever comes next there is room, until both have as many.  Room comes back with age. */
static void test_shares(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage honest = ipv4(1, 1);
	unsigned int first, second;

	CHECK_INT(ask(cache, honest, "call", 4, 0, "reply"), REPLAY_NEW);
	first = fill(cache, 2, 0);
	second = fill(cache, 3, 0);
	CU_ASSERT(first > 100);
	CU_ASSERT(second > first / 2 && second < first);
	CU_ASSERT(is_known(cache, ipv4(3, 0), &(unsigned int){ 0 }, sizeof(unsigned int)));
	CHECK_INT(ask(cache, ipv4(2, 9), "another", 7, 0, "reply"), REPLAY_FULL);
	CU_ASSERT(is_known(cache, honest, "call", 4));
	CHECK_INT(ask(cache, honest, "another", 7, 0, "reply"), REPLAY_NEW);
	CU_ASSERT(fill(cache, 3, AGE) >= first); /* and down again */
	replay_cache_close(cache);
}

/* Many peers that take all there is: whoever comes then has room, the peer with most loses its
 * oldest, and those with few lose none. */
static void test_several_take_all(void)
{
	enum { PEERS = 40 };
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage honest = ipv4(1, 1);

	CHECK_INT(ask(cache, honest, "call", 4, 0, "reply"), REPLAY_NEW);
	for (uint32_t peer = 0; peer < PEERS; peer++)
		CU_ASSERT(fill(cache, 100 + peer, 0) > 1);
	CHECK_INT(ask(cache, ipv4(2, 1), "call", 4, 0, "reply"), REPLAY_NEW);
	CHECK_INT(ask(cache, ipv4(2, 1), "call", 4, 0, "reply"), REPLAY_KNOWN);
	CU_ASSERT(is_known(cache, honest, "call", 4));
	replay_cache_close(cache);
}

/* Many that have but one hide those that have most, and nobody who has few loses any for that. */
static void test_most_among_many(void)
{
	enum { BIG = 18, SMALL = 200, OWN = 5 };
	struct replay_cache *cache = cache_open((size_t)1 << 20);
	struct sockaddr_storage honest = ipv4(1, 1);
	unsigned int refused = 0;

	for (uint32_t i = 0; i < OWN; i++)
		CHECK_INT(ask(cache, honest, &i, sizeof(i), 0, "reply"), REPLAY_NEW);
	for (uint32_t peer = 0; peer < SMALL; peer++)
		CHECK_INT(ask(cache, ipv4(1000 + peer, 1), "call", 4, 0, "reply"), REPLAY_NEW);
	for (uint32_t peer = 0; peer < BIG; peer++)
		fill(cache, 100 + peer, 0);
	for (uint32_t peer = 0; peer < 2 * SMALL; peer++)
		refused += ask(cache, ipv4(5000 + peer, 1), "call", 4, 0, "r") != REPLAY_NEW;
	CHECK_INT(refused, 0);
	for (uint32_t i = 0; i < OWN; i++)
		CU_ASSERT(is_known(cache, honest, &i, sizeof(i)));
	replay_cache_close(cache);
}

/* Where nobody has more than a few, none of these makes way. */
static void test_many_with_few(void)
{
	enum { FEW = 5 };
	struct replay_cache *cache = cache_open((size_t)1 << 20);
	enum replay last = REPLAY_NEW;
	uint32_t asked = 0;

	while (asked < 100000 && ask(cache, ipv4(100 + asked / FEW, 1), &asked, sizeof(asked), 0,
				     "reply") == REPLAY_NEW)
		asked++;
	CHECK_THAT(asked > 1000 && asked < 100000, "%u are remembered", asked);
	for (uint32_t i = 0; i < 2 * FEW; i++) /* with one each, into what is left */
		last = ask(cache, ipv4(1000000 + i, 1), "call", 4, 0, "reply");
	CHECK_INT(last, REPLAY_FULL);
	for (uint32_t i = 0; i < FEW; i++)
		CU_ASSERT(is_known(cache, ipv4(100, 1), &i, sizeof(i)));
	replay_cache_close(cache);
}

/* Calls of which nobody knows whether they may come twice are never refused: of the same peer the
 * oldest reply makes way. */
static void test_oldest_makes_way(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage honest = ipv4(1, 1), peer = ipv4(2, 1);
	struct replay_entry *entry;
	uint32_t last = 2000;

	ask(cache, honest, "call", 4, 0, "reply");
	for (uint32_t i = 0; i <= last; i++) {
		CHECK_INT(replay_begin(cache, &peer, &i, sizeof(i), false, 0, &entry), REPLAY_NEW);
		CU_ASSERT(entry != NULL);
		replay_end(cache, entry, "r", 1);
	}
	CU_ASSERT(is_known(cache, honest, "call", 4));
	CU_ASSERT(is_known(cache, peer, &last, sizeof(last)));
	CU_ASSERT(!is_known(cache, peer, &(uint32_t){ 0 }, sizeof(last)));
	replay_cache_close(cache);
}

/* What is under way does not make way, and then a further call goes unremembered. */
static void test_nothing_makes_way(void)
{
	struct replay_cache *cache = cache_open(SIZE);
	struct sockaddr_storage peer = ipv4(2, 1);
	struct replay_entry *entry = NULL;
	unsigned int remembered = 0;

	for (uint32_t i = 0; i < 2000; i++) {
		CHECK_INT(replay_begin(cache, &peer, &i, sizeof(i), false, 0, &entry), REPLAY_NEW);
		remembered += entry != NULL;
	}
	CU_ASSERT(remembered > 100 && remembered < 1000);
	replay_end(cache, NULL, "r", 1);
	replay_forget(cache, NULL);
	replay_cache_close(cache);
}

/* ---- against a model: a plain list of what was asked ---- */

#define CALLS 300
#define STEPS 20000

static uint32_t draw(uint32_t *random, uint32_t below)
{
	*random = *random * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*random * below >> 32);
}

/* Calls come and come again while time goes on: each is executed once in its age. */
static void test_model(void)
{
	struct replay_cache *cache = cache_open(SIZE * 64);
	int64_t executed[CALLS], now = 1;
	uint32_t random = 1;
	int wrong = 0;

	memset(executed, 0, sizeof(executed));
	for (int i = 0; i < STEPS; i++) {
		uint32_t call = draw(&random, CALLS);
		struct sockaddr_storage peer = call % 2 ? ipv4(call % 7, (uint16_t)call)
							: ipv6(call % 5, 1, (uint16_t)call);
		bool known = executed[call] && now < executed[call] + AGE;
		enum replay replay = ask(cache, peer, &call, sizeof(call), now, "reply");

		wrong += replay != (known ? REPLAY_KNOWN : REPLAY_NEW);
		if (replay == REPLAY_NEW)
			executed[call] = now;
		now += draw(&random, 5);
	}
	CHECK_INT(wrong, 0);
	replay_cache_close(cache);
}

int main(void)
{
	static const struct test tests[] = {
		{ "whose call it is", test_peers },
		{ "which call it is", test_bytes },
		{ "what it was answered", test_replies },
		{ "a call that is being executed", test_under_way },
		{ "a reply that comes later", test_late },
		{ "an age", test_age },
		{ "a peer's share", test_shares },
		{ "several peers that take all", test_several_take_all },
		{ "who has most, among many", test_most_among_many },
		{ "many peers that have few", test_many_with_few },
		{ "the oldest makes way", test_oldest_makes_way },
		{ "nothing can make way", test_nothing_makes_way },
		{ "what a plain list says", test_model },
		{ NULL, NULL },
	};

	return harness_run("replay", tests);
}
