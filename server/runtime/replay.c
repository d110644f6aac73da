/* At most once: the replies of calls that came in datagrams. */
#include "server/runtime/replay.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/container.h"
#include "common/list.h"
#include "common/siphash.h"

#define CHAINS         1024
#define CLASSES        64   /* of accounts, by the logarithm of what they have */
#define FLOOR          1024 /* such a part of all is each account's to keep */
#define MAX_EVICTIONS  64   /* for one call */
#define CALLERS_NUMBER 4    /* bytes that a reply has of its call, in front */

/* What one address has of the cache. */
struct account {
	struct account *next; /* in its chain */
	struct link link;     /* among those that have about as much */
	uint64_t name;        /* the address's hash */
	size_t bytes;
	struct link entries; /* the oldest first */
};

struct replay_entry {
	struct replay_entry *next; /* in its chain */
	struct link in_cache, in_account;
	struct account *account;
	uint64_t key[2]; /* the hash of the call and its peer: nobody makes two alike */
	int64_t until;   /* milliseconds */
	bool done;
	uint64_t awaited; /* the name of a reply that may come; 0: none */
	uint8_t *reply;
	size_t length;
};

struct replay_cache {
	size_t size, used; /* bytes */
	int64_t age;       /* milliseconds */
	uint64_t secret[3][2];
	struct link entries; /* the oldest first */
	struct replay_entry *chains[CHAINS];
	struct account *accounts[CHAINS];
	struct link
		classes[CLASSES]; /* accounts with 2^i bytes or more, and less than twice that */
};

/* ---- names ---- */

/* What of a socket address says whose it is; the port is in a call's key alone. */
static size_t address_of(const struct sockaddr_storage *address, const void **bytes, uint16_t *port)
{
	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

		*bytes = &in6->sin6_addr;
		*port = in6->sin6_port;
		return sizeof(in6->sin6_addr);
	}
	*bytes = &((const struct sockaddr_in *)address)->sin_addr;
	*port = ((const struct sockaddr_in *)address)->sin_port;
	return sizeof(struct in_addr);
}

static uint64_t account_name(const struct replay_cache *cache,
			     const struct sockaddr_storage *address)
{
	struct siphash hash;
	const void *bytes;
	uint16_t port;
	size_t length = address_of(address, &bytes, &port);

	siphash_begin(&hash, cache->secret[2]);
	siphash_bytes(&hash, bytes, length == sizeof(struct in_addr) ? length : length / 2);
	return siphash_end(&hash);
}

static void make_key(const struct replay_cache *cache, const struct sockaddr_storage *address,
		     const void *call, size_t length, uint64_t key[2])
{
	const void *bytes;
	uint16_t port;
	size_t size = address_of(address, &bytes, &port);

	for (int i = 0; i < 2; i++) {
		struct siphash hash;

		siphash_begin(&hash, cache->secret[i]);
		siphash_word(&hash, (uint64_t)length << 32 | (uint64_t)size << 16 | port);
		siphash_bytes(&hash, bytes, size);
		siphash_bytes(&hash, call, length);
		key[i] = siphash_end(&hash);
	}
}

/* ---- entries ---- */

static struct replay_entry **find_entry(struct replay_cache *cache, const uint64_t key[2])
{
	struct replay_entry **place = &cache->chains[key[0] % CHAINS];

	while (*place && ((*place)->key[0] != key[0] || (*place)->key[1] != key[1]))
		place = &(*place)->next;
	return place;
}

static struct account **find_account(struct replay_cache *cache, uint64_t name)
{
	struct account **place = &cache->accounts[name % CHAINS];

	while (*place && (*place)->name != name)
		place = &(*place)->next;
	return place;
}

/* Its class is by what it has now. */
static void classify_account(struct replay_cache *cache, struct account *account)
{
	list_remove(&account->link);
	list_append(&cache->classes[63 - __builtin_clzll(account->bytes | 1)], &account->link);
}

static struct account *open_account(struct replay_cache *cache, uint64_t name)
{
	struct account **place = find_account(cache, name);

	if (*place)
		return *place;
	*place = calloc(1, sizeof(**place));
	if (*place) {
		(*place)->name = name;
		list_init(&(*place)->entries);
		classify_account(cache, *place);
	}
	return *place;
}

static void close_if_empty(struct replay_cache *cache, struct account *account)
{
	if (!list_is_empty(&account->entries))
		return;
	*find_account(cache, account->name) = account->next;
	list_remove(&account->link);
	free(account);
}

static size_t size_of(const struct replay_entry *entry)
{
	return sizeof(*entry) + entry->length;
}

void replay_forget(struct replay_cache *cache, struct replay_entry *entry)
{
	struct account *account;

	if (!entry)
		return;
	account = entry->account;
	*find_entry(cache, entry->key) = entry->next;
	list_remove(&entry->in_cache);
	list_remove(&entry->in_account);
	cache->used -= size_of(entry);
	account->bytes -= size_of(entry);
	free(entry->reply);
	free(entry);
	classify_account(cache, account);
	close_if_empty(cache, account);
}

static struct replay_entry *oldest_of(struct link *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct replay_entry, in_cache);
}

static void forget_the_old(struct replay_cache *cache, int64_t now)
{
	struct replay_entry *oldest;

	while ((oldest = oldest_of(&cache->entries)) && oldest->done && oldest->until <= now)
		replay_forget(cache, oldest);
}

/* Half of what is free, and no more: what one has and what all have stay below the size. */
static bool has_room(const struct replay_cache *cache, const struct account *account)
{
	size_t left = cache->used < cache->size ? cache->size - cache->used : 0;

	return account->bytes + sizeof(struct replay_entry) <= left;
}

/* One that has more than half of what anybody has; there is one. */
static const struct account *find_most(const struct replay_cache *cache)
{
	int class = CLASSES - 1;

	while (list_is_empty(&cache->classes[class]))
		class --;
	return container_of(cache->classes[class].next, struct account, link);
}

/* Forgets the oldest reply; not the last one, for the account would go with it.  False: there is
 * none but that. */
static bool forget_oldest(struct replay_cache *cache, const struct account *account)
{
	struct link *link = account->entries.next;

	for (; link->next != &account->entries; link = link->next) {
		struct replay_entry *entry = container_of(link, struct replay_entry, in_account);

		if (entry->done) {
			replay_forget(cache, entry);
			return true;
		}
	}
	return false;
}

/* Whether one that has most is to make way for one more of this account's: not those who have few
 * themselves. */
static bool makes_way(const struct replay_cache *cache, const struct account *most,
		      const struct account *account)
{
	return most->bytes > cache->size / FLOOR &&
	       most->bytes > account->bytes + 2 * sizeof(struct replay_entry);
}

/* Makes room for one more of this account's: replies of whoever has most make way, and its own if
 * they may.  Whether there is room then. */
static bool make_room(struct replay_cache *cache, const struct account *account, bool own)
{
	for (int i = 0; i < MAX_EVICTIONS && !has_room(cache, account); i++) {
		const struct account *most = find_most(cache);
		bool of_most = makes_way(cache, most, account);

		if (of_most && cache->used + sizeof(struct replay_entry) <= cache->size)
			return true;
		if (!of_most && !own)
			return false;
		if (!forget_oldest(cache, of_most ? most : account))
			return false;
	}
	return has_room(cache, account);
}

static struct replay_entry *remember_call(struct replay_cache *cache, struct account *account,
					  const uint64_t key[2], int64_t now)
{
	struct replay_entry *entry = calloc(1, sizeof(*entry)), **place;

	if (!entry)
		return NULL;
	place = find_entry(cache, key);
	entry->next = *place;
	*place = entry;
	entry->key[0] = key[0];
	entry->key[1] = key[1];
	entry->until = now + cache->age;
	entry->account = account;
	list_append(&cache->entries, &entry->in_cache);
	list_append(&account->entries, &entry->in_account);
	cache->used += size_of(entry);
	account->bytes += size_of(entry);
	classify_account(cache, account);
	return entry;
}

/* ---- the cache ---- */

struct replay_cache *replay_cache_open(size_t size, int64_t age)
{
	struct replay_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->size = size;
	cache->age = age;
	list_init(&cache->entries);
	for (int i = 0; i < CLASSES; i++)
		list_init(&cache->classes[i]);
	if (getrandom(cache->secret, sizeof(cache->secret), 0) == sizeof(cache->secret))
		return cache;
	free(cache);
	return NULL;
}

void replay_cache_close(struct replay_cache *cache)
{
	struct replay_entry *entry;

	if (!cache)
		return;
	while ((entry = oldest_of(&cache->entries)))
		replay_forget(cache, entry);
	free(cache);
}

enum replay replay_begin(struct replay_cache *cache, const struct sockaddr_storage *peer,
			 const void *call, size_t length, bool refusable, int64_t now,
			 struct replay_entry **entry)
{
	struct account *account;
	uint64_t key[2];

	forget_the_old(cache, now);
	make_key(cache, peer, call, length, key);
	*entry = *find_entry(cache, key);
	if (*entry)
		return (*entry)->done ? REPLAY_KNOWN : REPLAY_UNDER_WAY;
	account = open_account(cache, account_name(cache, peer));
	if (!account)
		return refusable ? REPLAY_FULL : REPLAY_NEW;
	if (make_room(cache, account, !refusable))
		*entry = remember_call(cache, account, key, now);
	close_if_empty(cache, account);
	return *entry || !refusable ? REPLAY_NEW : REPLAY_FULL;
}

const uint8_t *replay_reply(const struct replay_entry *entry, size_t *length)
{
	*length = entry->length;
	return entry->reply;
}

/* Its room is its account's. */
static void keep_reply(struct replay_cache *cache, struct replay_entry *entry, const void *reply,
		       size_t length)
{
	entry->reply = length ? malloc(length) : NULL;
	if (!entry->reply)
		return; /* it was executed, and gets no second chance */
	memcpy(entry->reply, reply, length);
	entry->length = length;
	cache->used += length;
	entry->account->bytes += length;
	classify_account(cache, entry->account);
}

void replay_end(struct replay_cache *cache, struct replay_entry *entry, const void *reply,
		size_t length)
{
	if (!entry)
		return;
	entry->done = true;
	keep_reply(cache, entry, reply, length);
}

/* ---- replies that come later ---- */

static uint64_t reply_name(const struct replay_cache *cache, const struct sockaddr_storage *peer,
			   const void *message)
{
	uint64_t key[2];

	make_key(cache, peer, message, CALLERS_NUMBER, key);
	return key[0] | 1;
}

void replay_await(struct replay_cache *cache, struct replay_entry *entry,
		  const struct sockaddr_storage *peer, const void *call)
{
	if (entry)
		entry->awaited = reply_name(cache, peer, call);
}

void replay_answer(struct replay_cache *cache, const struct sockaddr_storage *peer,
		   const void *reply, size_t length)
{
	const struct account *account = *find_account(cache, account_name(cache, peer));
	uint64_t name = reply_name(cache, peer, reply);
	struct link *link = account ? account->entries.previous : NULL;

	for (; link && link != &account->entries; link = link->previous) {
		struct replay_entry *entry = container_of(link, struct replay_entry, in_account);

		if (entry->awaited != name)
			continue;
		entry->awaited = 0;
		keep_reply(cache, entry, reply, length);
		return;
	}
}
