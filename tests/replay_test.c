/* The cache of replies to datagrams: what is found, what is not, and what is forgotten first. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/replay.h"
#include "tests/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check(bool ok, int line, const char *text)
{
	CU_assertImplementation(ok, (unsigned int)line, text, __FILE__, "", CU_FALSE);
}

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

static bool is_known(const struct replay_cache *cache, struct sockaddr_storage peer,
		     const void *call, size_t length)
{
	const uint8_t *reply;
	size_t reply_length;

	return replay_cache_find(cache, &peer, call, length, &reply, &reply_length);
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
		struct replay_cache *cache = replay_cache_open(4096);

		CU_ASSERT_FATAL(cache != NULL);
		replay_cache_add(cache, &cases[i].added, "call", 4, "reply", 5);
		check(is_known(cache, cases[i].asked, "call", 4) == cases[i].is_same, __LINE__,
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
		struct replay_cache *cache = replay_cache_open(4096);

		CU_ASSERT_FATAL(cache != NULL);
		replay_cache_add(cache, &peer, bytes, length, "reply", 5);
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

static void test_no_reply(void)
{
	struct replay_cache *cache = replay_cache_open(4096);
	struct sockaddr_storage peer = ipv6(0, 1, 9);
	const uint8_t *reply = NULL;
	size_t length = 99;

	CU_ASSERT_FATAL(cache != NULL);
	CU_ASSERT(!is_known(cache, peer, "call", 4));
	replay_cache_add(cache, &peer, "call", 4, NULL, 0);
	replay_cache_add(cache, &peer, "other", 5, "reply", 5);
	CU_ASSERT(replay_cache_find(cache, &peer, "call", 4, &reply, &length));
	CHECK_INT(length, 0);
	CU_ASSERT(replay_cache_find(cache, &peer, "other", 5, &reply, &length));
	CHECK_INT(length, 5);
	CHECK_BYTES(reply, "reply", 5);
	replay_cache_close(cache);
	replay_cache_close(NULL);
}

/* ---- against a model: a plain list of what was added ---- */

#define MODEL 8192 /* of the last entries; more than a cache under test ever holds */
#define ENTRY 64   /* bytes that an entry takes beside its call and its reply, at most */

/* The bytes of a call and of its reply follow from these. */
struct record {
	uint64_t name;
	unsigned int peer;
	size_t length, reply_length;
	bool is_shadowed; /* forgotten, and then added again */
};

struct model {
	struct replay_cache *cache;
	size_t size, most; /* bytes of the cache; of a call and its reply */
	uint64_t random;
	struct record records[MODEL]; /* a ring: number i is at i % MODEL */
	uint64_t count;
	uint64_t oldest; /* number of the oldest record that the cache has not forgotten */
	uint64_t added, found, forgotten;
	const char *fault; /* the first thing that was wrong */
};

static uint8_t call_bytes[8192], reply_bytes[8192];

static uint64_t draw(struct model *model, uint64_t below)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 7;
	model->random ^= model->random << 17;
	return (model->random >> 11) % below;
}

static void spell(uint8_t *bytes, size_t length, uint64_t name, uint8_t salt)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)((i < 8 ? name >> i * 8 : name + i * 7) ^ salt);
}

static struct sockaddr_storage peer_number(unsigned int number)
{
	return number % 2 ? ipv6(number, 1, 1000) : ipv4(0x7f000001, (uint16_t)(1000 + number));
}

/* Whether the cache has this record; if it claims so, with the right reply. */
static bool model_find(struct model *model, const struct record *record)
{
	struct sockaddr_storage peer = peer_number(record->peer);
	const uint8_t *reply;
	size_t length;

	spell(call_bytes, record->length, record->name, 0);
	if (!replay_cache_find(model->cache, &peer, call_bytes, record->length, &reply, &length))
		return false;
	spell(reply_bytes, record->reply_length, record->name, (uint8_t)(record->peer + 1));
	if (length != record->reply_length || memcmp(reply, reply_bytes, length) != 0)
		model->fault = "a wrong reply";
	return true;
}

/* Finds out what has been forgotten.  It must be the oldest, and no more than had to make way: a
 * new entry may need as much room as the largest, and leave a gap of that size. */
static void model_forget(struct model *model)
{
	size_t bytes = 0, kept = 0;
	uint64_t oldest = model->oldest;
	bool gone = false;

	for (uint64_t i = model->count; i-- > model->oldest;) {
		const struct record *record = &model->records[i % MODEL];
		bool known = record->is_shadowed ? !gone : model_find(model, record);

		bytes += record->length + record->reply_length + ENTRY;
		if (known && gone)
			model->fault = "an older entry outlived a newer one";
		if (!known && bytes + 2 * (model->most + ENTRY) <= model->size)
			model->fault = "forgotten too early";
		if (known && !record->is_shadowed)
			kept += record->length + record->reply_length;
		if (!known && !gone) {
			gone = true;
			model->forgotten += i + 1 - model->oldest;
			oldest = i + 1;
		}
	}
	model->oldest = oldest;
	if (kept > model->size)
		model->fault = "more is kept than there is room for";
}

/* The record that has the same call, among those that are not forgotten. */
static struct record *model_look_up(struct model *model, const struct record *record)
{
	for (uint64_t i = model->count; i-- > model->oldest;) {
		struct record *other = &model->records[i % MODEL];

		if (other->peer == record->peer && other->length == record->length &&
		    other->name == record->name)
			return other;
	}
	return NULL;
}

/* Draws a call: a new one, a retransmission of one of the last, or a small one that comes often. */
static struct record draw_record(struct model *model)
{
	struct record record = { .peer = (unsigned int)draw(model, 4) };
	uint64_t live = model->count - model->oldest;
	unsigned int bytes;

	if (live && draw(model, 4) == 0) {
		record = model->records[(model->count - 1 - draw(model, live)) % MODEL];
		record.is_shadowed = false;
		return record;
	}
	record.length = draw(model, model->most + 1);
	record.reply_length = draw(model, 4) ? draw(model, model->most - record.length + 1) : 0;
	bytes = record.length < 8 ? (unsigned int)record.length : 8;
	record.name = draw(model, 4) ? draw(model, UINT64_MAX) : draw(model, 200);
	if (bytes < 8)
		record.name &= (UINT64_C(1) << bytes * 8) - 1;
	return record;
}

/* What a server does: it looks the call up, and remembers the reply if it was not there. */
static void model_step(struct model *model)
{
	struct record record = draw_record(model);
	struct record *before = model_look_up(model, &record);
	struct sockaddr_storage peer = peer_number(record.peer);

	if (before && model_find(model, before)) {
		model->found++;
		return;
	}
	if (!before && model_find(model, &record)) {
		model->fault = "a reply to a call that never was";
		return;
	}
	if (before)
		before->is_shadowed = true;
	spell(call_bytes, record.length, record.name, 0);
	spell(reply_bytes, record.reply_length, record.name, (uint8_t)(record.peer + 1));
	replay_cache_add(model->cache, &peer, call_bytes, record.length, reply_bytes,
			 record.reply_length);
	model->records[model->count++ % MODEL] = record;
	if (model->count - model->oldest > MODEL)
		model->fault = "more entries than can be";
	model->added++;
	if (!model_find(model, &record))
		model->fault = "the newest is not there";
	/* All that is claimed is looked at often enough to see each entry go. */
	if (model->count % 40 == 0 || model->count - model->oldest > MODEL / 2)
		model_forget(model);
}

static void run_model(size_t size, size_t most, uint64_t seed, int steps)
{
	struct model *model = calloc(1, sizeof(*model));
	char text[160];

	CU_ASSERT_FATAL(model != NULL);
	model->size = size;
	model->most = most;
	model->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	model->cache = replay_cache_open(size);
	CU_ASSERT_FATAL(model->cache != NULL);
	for (int i = 0; i < steps && !model->fault; i++)
		model_step(model);
	snprintf(text, sizeof(text), "%zu bytes, entries to %zu, after %llu added: %s", size, most,
		 (unsigned long long)model->added, model->fault ? model->fault : "nothing wrong");
	check(!model->fault, __LINE__, text);
	/* It went round, more than once, or nothing was shown. */
	snprintf(text, sizeof(text), "%zu bytes, entries to %zu: %llu found, %llu forgotten", size,
		 most, (unsigned long long)model->found, (unsigned long long)model->forgotten);
	check(model->found > 0 && model->forgotten > 0, __LINE__, text);
	replay_cache_close(model->cache);
	free(model);
}

/* 200,000 steps in all. */
static void test_model(void)
{
	/* Entries of every size that fits; those that fill exactly half of the ring among them. */
	static const struct {
		size_t size, most;
	} cases[] = {
		{ 512, 208 },  { 1024, 464 },   { 1024, 30 },   { 2048, 976 },   { 4096, 2000 },
		{ 4096, 100 }, { 16384, 8144 }, { 16384, 500 }, { 65536, 8144 }, { 65536, 400 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		run_model(cases[i].size, cases[i].most, i + 1, 20000 / HARNESS_SLOWNESS);
}

/* Every pair of sizes next to the limits, so that gaps of all sizes stand at the ring's end. */
static void test_edges(void)
{
	struct sockaddr_storage peer = ipv4(1, 1);
	uint8_t call[464] = { 0 };

	for (size_t first = 400; first <= 464; first++)
		for (size_t second = 0; second <= 464; second += 4) {
			struct replay_cache *cache = replay_cache_open(1024);

			CU_ASSERT_FATAL(cache != NULL);
			for (uint8_t i = 0; i < 12; i++) {
				size_t length = i % 3 ? second : first;

				call[0] = i;
				replay_cache_add(cache, &peer, call, length, NULL, 0);
				CU_ASSERT_FATAL(is_known(cache, peer, call, length));
			}
			replay_cache_close(cache);
		}
}

static void test_too_large(void)
{
	static const size_t sizes[] = { 2049, 4000, 4096, 8000, 8192 };
	struct replay_cache *cache = replay_cache_open(4096);
	struct sockaddr_storage peer = ipv4(1, 1);

	CU_ASSERT_FATAL(cache != NULL);
	replay_cache_add(cache, &peer, "call", 4, "reply", 5);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		replay_cache_add(cache, &peer, call_bytes, sizes[i], "reply", 5);
		CU_ASSERT(!is_known(cache, peer, call_bytes, sizes[i]));
		replay_cache_add(cache, &peer, "large", 5, reply_bytes, sizes[i]);
		CU_ASSERT(!is_known(cache, peer, "large", 5));
	}
	CU_ASSERT(is_known(cache, peer, "call", 4)); /* nothing had to make way */
	replay_cache_close(cache);
}

int main(void)
{
	static const struct test tests[] = {
		{ "whose call it is", test_peers },
		{ "which call it is", test_bytes },
		{ "a call without a reply", test_no_reply },
		{ "what a plain list says", test_model },
		{ "entries at the ring's end", test_edges },
		{ "what is too large", test_too_large },
		{ NULL, NULL },
	};

	return harness_run("replay", tests);
}
