/* Directories that are asked for ahead: whatever the order of the answers, the walk has its own. */
#include <arpa/inet.h>
#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "programs/sidecall/tree.h"
#include "common/raw.h"
#include "tests/kit/calls.h"
#include "tests/kit/harness.h"
#include "tests/kit/scripted_server.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEEPEST      3
#define MOST         6 /* entries in a directory */
#define PAGE         4 /* entries on a page */

static const enum endpoint_protocol protocols[] = { ENDPOINT_RPC, ENDPOINT_RAW };

/* ---- a tree that is nowhere ---- */

static int depth_of(const char *path)
{
	int depth = strcmp(path, ".") != 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

static bool is_refused(const char *path)
{
	return strcmp(path, "d1/d0") == 0 || strcmp(path, "d2") == 0;
}

/* The names in a directory, sorted; the first letter says what they are. */
static size_t names_in(const char *path, const char *names[MOST])
{
	static const char *const all[MOST] = { "d0", "d1", "d2", "f0", "f1", "l0" };
	size_t count = 0;

	for (size_t i = depth_of(path) < DEEPEST ? 0 : 3; i < MOST; i++)
		names[count++] = all[i];
	return count;
}

static fileinfo_entry entry_of(const char *name, uint64_t cookie)
{
	fileinfo_entry entry = { .name = (char *)name, .cookie = cookie };

	entry.stat.fileinfo_stat_result_u.attributes.type = *name == 'd'   ? FILEINFO_DIRECTORY
							    : *name == 'l' ? FILEINFO_SYMLINK
									   : FILEINFO_REGULAR;
	return entry;
}

/* What is to be seen of it, line by line, as show() writes it. */
static void expect(struct buffer *text, const char *path)
{
	const char *names[MOST];
	size_t count = names_in(path, names);
	char line[320], below[128];

	for (size_t i = 0; i < count; i++) {
		snprintf(below, sizeof(below), "%s%s%s", strcmp(path, ".") ? path : "",
			 strcmp(path, ".") ? "/" : "", names[i]);
		snprintf(line, sizeof(line), "%s%s%s\n", below, *names[i] == 'l' ? " to " : "",
			 *names[i] == 'l' ? below : "");
		buffer_append(text, line, strlen(line));
		if (*names[i] == 'd' && is_refused(below))
			buffer_append(text, "refused\n", 8);
		else if (*names[i] == 'd')
			expect(text, below);
	}
}

/* ---- its server ---- */

struct asked {
	uint32_t id;
	bool link;
	char path[64];
	uint64_t cookie;
};

/* Takes a call of list or readlink apart. */
static struct asked read_call(const struct scripted_server *peer)
{
	const uint8_t *at = scripted_server_arguments(peer), *call = peer->call.data;
	struct asked asked = { .id = peer->last_id };
	uint32_t words[6] = { 0 }, length;
	uint16_t halves[2];

	memcpy(words, call, peer->rpc ? sizeof(words) : 8);
	memcpy(halves, &words[1], sizeof(halves));
	asked.link = peer->rpc ? ntohl(words[5]) == FILEINFO_READLINK
			       : ntohs(halves[1]) == RAW_READLINK;
	memcpy(halves, at, 2);
	memcpy(&length, at, 4);
	length = peer->rpc ? ntohl(length) : ntohs(halves[0]);
	at += peer->rpc ? 4 : 2;
	CU_ASSERT_FATAL(length < sizeof(asked.path));
	memcpy(asked.path, at, length);
	at += peer->rpc ? (length + 3) / 4 * 4 : length;
	if (!asked.link) {
		memcpy(&asked.cookie, at, sizeof(asked.cookie));
		asked.cookie = be64toh(asked.cookie);
	}
	return asked;
}

static void answer_link(const struct scripted_server *peer, const struct asked *asked)
{
	fileinfo_link_result result = { FILEINFO_OK, { .target = (char *)asked->path } };

	scripted_server_reply(peer, "readlink", asked->id, &result);
}

/* A page of its names, from the last one to the first. */
static void answer_list(const struct scripted_server *peer, const struct asked *asked)
{
	const char *names[MOST];
	size_t count = names_in(asked->path, names), at = (size_t)asked->cookie;
	fileinfo_entry entries[PAGE];
	fileinfo_list_result result = {
		.status = is_refused(asked->path) ? FILEINFO_ACCES : FILEINFO_OK,
	};
	fileinfo_page *page = &result.fileinfo_list_result_u.page;

	for (; at < count && page->entries.entries_len < PAGE; at++)
		entries[page->entries.entries_len++] = entry_of(names[count - 1 - at], at + 1);
	page->entries.entries_val = entries;
	page->end = at == count;
	scripted_server_reply(peer, "list", asked->id, &result);
}

/* Of the calls that are there, the last one is answered first. */
static void serve_backwards(struct scripted_server *peer)
{
	static struct asked asked[1024];
	unsigned int *most = peer->context;
	size_t count;

	while (scripted_server_receive(peer)) {
		count = 0;
		do
			asked[count++] = read_call(peer);
		while (count < COUNT(asked) && scripted_server_has_call(peer, 5) &&
		       scripted_server_receive(peer));
		if (count > *most)
			*most = (unsigned int)count;
		while (count-- > 0)
			(asked[count].link ? answer_link : answer_list)(peer, &asked[count]);
	}
}

/* Pages that go round in a circle, of as many as the context says. */
static void serve_circle(struct scripted_server *peer)
{
	unsigned int length = *(unsigned int *)peer->context;

	while (scripted_server_receive(peer)) {
		struct asked asked = read_call(peer);
		fileinfo_entry entry = entry_of("f", asked.cookie % length + 1);
		fileinfo_list_result result = { .status = FILEINFO_OK };

		result.fileinfo_list_result_u.page.entries.entries_len = 1;
		result.fileinfo_list_result_u.page.entries.entries_val = &entry;
		scripted_server_reply(peer, "list", asked.id, &result);
	}
}

static void serve_until_refused(struct scripted_server *peer)
{
	while (scripted_server_receive(peer)) {
		struct asked asked = read_call(peer);

		if (strcmp(asked.path, "d1") == 0)
			return;
		(asked.link ? answer_link : answer_list)(peer, &asked);
	}
}

/* ---- the walk ---- */

struct walk {
	struct tree tree;
	struct buffer text;
	size_t kept; /* at most */
	int code;    /* the first failure's */
	struct failure failure;
};

static void show(struct walk *walk, struct directory *directory, size_t index)
{
	const fileinfo_entry *entry = &directory->entries[index];
	char *path = tree_path(directory, entry->name);
	const char *target = directory->targets ? directory->targets[index] : NULL;

	buffer_append(&walk->text, path, strlen(path));
	if (target) {
		buffer_append(&walk->text, " to ", 4);
		buffer_append(&walk->text, target, strlen(target));
	}
	buffer_append(&walk->text, "\n", 1);
	free(path);
}

static void walk_below(struct walk *walk, struct directory *directory)
{
	tree_await(&walk->tree, directory);
	if (walk->tree.kept > walk->kept)
		walk->kept = walk->tree.kept;
	if (directory->code == FAILURE_SERVICE) {
		buffer_append(&walk->text, "refused\n", 8);
	} else if (directory->code && !walk->code) {
		walk->code = directory->code;
		walk->failure = directory->failure;
	}
	for (size_t i = 0; i < directory->count && !walk->code; i++) {
		show(walk, directory, i);
		if (tree_is_directory(&directory->entries[i]) && !walk->code)
			walk_below(walk, tree_child(directory));
	}
	tree_leave(&walk->tree, directory);
}

/* From the root, with another bound on what is kept unless that is 0. */
static void walk_all(struct walk *walk, struct client *client, size_t enough)
{
	*walk = (struct walk){ 0 };
	client->channel->corked = true; /* as connecting would have made it */
	tree_init(&walk->tree, client, true, true);
	if (enough)
		walk->tree.enough = enough;
	walk_below(walk, tree_root(&walk->tree, "."));
	CHECK_INT(walk->tree.kept, 0); /* all that was shown was handed back */
	tree_release(&walk->tree);
	buffer_append(&walk->text, "", 1);
}

static void test_order(void)
{
	static const size_t bounds[] = { 0, 1, 20 };
	struct buffer expected = { 0 };

	expect(&expected, ".");
	buffer_append(&expected, "", 1);
	for (size_t i = 0; i < COUNT(protocols) * COUNT(bounds); i++) {
		size_t bound = bounds[i / 2];
		unsigned int together = 0;
		struct client client;
		struct scripted_server peer;
		struct walk walk;

		scripted_server_start(&peer, &client, protocols[i % 2], HARNESS_PATIENCE * SECOND,
				      serve_backwards, &together);
		walk_all(&walk, &client, bound);
		CHECK_STR((char *)walk.text.data, (char *)expected.data);
		CHECK_INT(walk.code, 0);
		CHECK_INT(walk.tree.kept, 0);
		/* Those on the way down are kept anyhow. */
		if (bound == 1)
			CU_ASSERT(walk.kept <= (DEEPEST + 1) * MOST);
		if (bound == 0)
			CU_ASSERT(walk.kept > (DEEPEST + 1) * MOST && together > MOST);
		buffer_release(&walk.text);
		scripted_server_stop(&peer, &client);
	}
	buffer_release(&expected);
}

static void test_circles(void)
{
	static const unsigned int lengths[] = { 1, 2, 3, 7, 64, 1000 };

	for (size_t i = 0; i < COUNT(protocols) * COUNT(lengths); i++) {
		unsigned int length = lengths[i / 2];
		struct client client;
		struct scripted_server peer;
		struct walk walk;

		scripted_server_start(&peer, &client, protocols[i % 2], HARNESS_PATIENCE * SECOND,
				      serve_circle, &length);
		walk_all(&walk, &client, 0);
		CHECK_INT(walk.code, FAILURE_PROTOCOL);
		CHECK_STR(walk.failure.why, "the server lists the same page again and again");
		buffer_release(&walk.text);
		scripted_server_stop(&peer, &client);
	}
}

/* What was listed before is shown; nothing is left of what was asked for ahead (a sanitizer would
 * tell). */
static void test_lost(void)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		struct client client;
		struct scripted_server peer;
		struct walk walk;

		scripted_server_start(&peer, &client, protocols[i], HARNESS_PATIENCE * SECOND,
				      serve_until_refused, NULL);
		walk_all(&walk, &client, 0);
		CHECK_INT(walk.code, FAILURE_UNAVAILABLE);
		CU_ASSERT(strncmp((char *)walk.text.data, "d0\n", 3) == 0);
		CHECK_INT(walk.tree.kept, 0);
		buffer_release(&walk.text);
		scripted_server_stop(&peer, &client);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "the order of a walk", test_order },
		{ "a server that lists in a circle", test_circles },
		{ "a server that goes in the middle", test_lost },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("walk", tests);
}
