/* Directories that are asked for ahead, and handed out in the order of a walk, depth first. */
#include "programs/sidecall/tree.h"

#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "common/container.h"

#define MAX_ENTRIES 10000000 /* in one directory: a server may never come to an end */
#define ENOUGH      500000   /* entries, of directories that are not shown yet */

/* A page of a directory that is being asked for. */
struct page_call {
	struct pipeline_call call;
	fileinfo_list_args arguments;
	struct tree *tree;
	struct directory *directory;
};

/* The target of a link. */
struct link_call {
	struct pipeline_call call;
	fileinfo_path path;
	struct tree *tree;
	struct directory *directory;
	size_t entry;
};

/* ---- the order of those not complete ---- */

/* Puts one behind another; behind NULL is at the end. */
static void insert_behind(struct tree *tree, struct directory *before, struct directory *directory)
{
	before = before ? before : tree->last;
	directory->earlier = before;
	directory->later = before ? before->later : tree->first;
	*(before ? &before->later : &tree->first) = directory;
	*(directory->later ? &directory->later->earlier : &tree->last) = directory;
}

static void take_out(struct tree *tree, struct directory *directory)
{
	*(directory->earlier ? &directory->earlier->later : &tree->first) = directory->later;
	*(directory->later ? &directory->later->earlier : &tree->last) = directory->earlier;
	directory->earlier = directory->later = NULL;
}

/* ---- directories ---- */

char *tree_path(const struct directory *above, const char *name)
{
	const char *directory = above->path;
	size_t length = strlen(directory), more = strlen(name);
	bool slash = length && directory[length - 1] != '/';
	char *path;

	if (strcmp(directory, ".") == 0)
		return strdup(name);
	path = malloc(length + slash + more + 1);
	if (!path)
		return NULL;
	memcpy(path, directory, length);
	path[length] = '/';
	memcpy(path + length + slash, name, more + 1);
	return path;
}

/* Takes over the path; NULL, for which there was no memory, gives NULL. */
static struct directory *create_directory(char *path)
{
	struct directory *directory = path ? calloc(1, sizeof(*directory)) : NULL;

	if (!directory) {
		free(path);
		return NULL;
	}
	directory->path = path;
	return directory;
}

static void destroy_directory(struct directory *directory)
{
	for (size_t i = 0; i < directory->count; i++) {
		free(directory->entries[i].name);
		if (directory->targets)
			free(directory->targets[i]);
	}
	free(directory->entries);
	free(directory->targets);
	free(directory->path);
	free(directory);
}

static void fail_directory(struct directory *directory, int code, const struct failure *failure)
{
	if (directory->code > FAILURE_SERVICE)
		return;
	directory->code = code;
	directory->failure = *failure;
}

static void out_of_memory(struct directory *directory)
{
	struct failure failure;

	fail_directory(directory, failure_set(&failure, FAILURE_SYSTEM, "out of memory"), &failure);
}

static bool has_type(const fileinfo_entry *entry, fileinfo_type type)
{
	return entry->stat.status == FILEINFO_OK &&
	       entry->stat.fileinfo_stat_result_u.attributes.type == type;
}

bool tree_is_directory(const fileinfo_entry *entry)
{
	return has_type(entry, FILEINFO_DIRECTORY);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const fileinfo_entry *)a)->name, ((const fileinfo_entry *)b)->name);
}

/* Those below a directory that is complete take its place in the order. */
static void add_children(struct tree *tree, struct directory *directory)
{
	struct directory **link = &directory->child, *before = directory;

	for (size_t i = 0; i < directory->count; i++) {
		const fileinfo_entry *entry = &directory->entries[i];

		if (!tree_is_directory(entry))
			continue;
		*link = create_directory(tree_path(directory, entry->name));
		if (!*link) {
			out_of_memory(directory);
			return;
		}
		insert_behind(tree, before, *link);
		before = *link;
		link = &before->sibling;
	}
}

static bool is_complete(const struct directory *directory)
{
	return directory->asked && !directory->asking && (directory->last_page || directory->code);
}

/* When nothing of it is missing any more, makes room for those below it. */
static void complete_page(struct tree *tree, struct directory *directory)
{
	if (!is_complete(directory))
		return;
	if (tree->recursive && directory->code <= FAILURE_SERVICE)
		add_children(tree, directory);
	take_out(tree, directory);
}

/* ---- the targets of links ---- */

static void link_done(struct pipeline_call *call)
{
	struct link_call *link = container_of(call, struct link_call, call);
	struct directory *directory = link->directory;
	fileinfo_link_result *result = &call->result.link;

	if (call->code) {
		fail_directory(directory, call->code, &call->failure);
	} else if (result->status == FILEINFO_OK) {
		directory->targets[link->entry] = result->fileinfo_link_result_u.target;
		result->fileinfo_link_result_u.target = NULL;
	}
	procedure_release(call->procedure, NULL, &call->result);
	directory->asking--;
	complete_page(link->tree, directory);
	free(link->path);
	free(link);
}

static bool ask_target(struct tree *tree, struct directory *directory, size_t entry)
{
	struct link_call *link = calloc(1, sizeof(*link));

	if (link)
		link->path = tree_path(directory, directory->entries[entry].name);
	if (!link || !link->path) {
		free(link);
		return false;
	}
	link->call.procedure = procedure_find("readlink");
	link->call.arguments = &link->path;
	link->call.done = link_done;
	link->tree = tree;
	link->directory = directory;
	link->entry = entry;
	directory->asking++;
	pipeline_submit(&tree->pipeline, &link->call);
	return true;
}

/* Of those whose path can be said. */
static void ask_targets(struct tree *tree, struct directory *directory)
{
	size_t above = strlen(directory->path) + 1;

	directory->targets = calloc(directory->count + 1, sizeof(*directory->targets));
	if (!directory->targets) {
		out_of_memory(directory);
		return;
	}
	for (size_t i = 0; i < directory->count; i++) {
		const fileinfo_entry *entry = &directory->entries[i];

		if (!has_type(entry, FILEINFO_SYMLINK) ||
		    above + strlen(entry->name) > FILEINFO_MAX_PATH)
			continue;
		if (!ask_target(tree, directory, i)) {
			out_of_memory(directory);
			return;
		}
	}
}

/* ---- pages ---- */

/*
 * Goes on behind a page that is not the last.  False when it leads nowhere new: a server that leads
 * in a circle would be asked for ever, so one cookie is saved, and a later one each time twice as
 * many pages have gone by (Brent's algorithm): whatever the circle's length, before long the saved
 * cookie comes back.
 */
static bool advance_page(struct position *position, const fileinfo_page *page)
{
	u_int count = page->entries.entries_len;

	if (count == 0)
		return false;
	position->cookie = page->entries.entries_val[count - 1].cookie;
	if (position->cookie == position->saved)
		return false;
	if (++position->pages > position->until) {
		position->saved = position->cookie;
		position->until = 2 * position->until + 1;
		position->pages = 0;
	}
	return true;
}

/* Takes a page's entries over.  False when out of memory. */
static bool take_entries(struct tree *tree, struct directory *directory, fileinfo_page *page)
{
	size_t count = page->entries.entries_len;
	fileinfo_entry *entries = directory->entries;

	if (count == 0)
		return true;
	entries = realloc(entries, (directory->count + count) * sizeof(*entries));
	if (!entries)
		return false;
	directory->entries = entries;
	memcpy(entries + directory->count, page->entries.entries_val, count * sizeof(*entries));
	directory->count += count;
	tree->kept += count;
	page->entries.entries_len = 0; /* the names have a new owner */
	return true;
}

static void take_page(struct tree *tree, struct directory *directory, fileinfo_page *page)
{
	struct failure failure;

	if (!page->end && !advance_page(&directory->position, page))
		fail_directory(directory,
			       failure_set(&failure, FAILURE_PROTOCOL,
					   "the server lists the same page again and again"),
			       &failure);
	else if (page->entries.entries_len > MAX_ENTRIES - directory->count)
		fail_directory(directory,
			       failure_set(&failure, FAILURE_PROTOCOL,
					   "the server lists more than %d names in one directory",
					   MAX_ENTRIES),
			       &failure);
	else if (!take_entries(tree, directory, page))
		out_of_memory(directory);
	directory->last_page = page->end;
}

static void ask_page(struct tree *tree, struct directory *directory);

/* What comes after a page that was taken: another one, or the targets. */
static void go_on(struct tree *tree, struct directory *directory)
{
	if (directory->code == 0 && !directory->last_page) {
		ask_page(tree, directory);
		return;
	}
	if (directory->count)
		qsort(directory->entries, directory->count, sizeof(*directory->entries), by_name);
	if (tree->targets && directory->code <= FAILURE_SERVICE)
		ask_targets(tree, directory);
	complete_page(tree, directory);
}

static void page_done(struct pipeline_call *call)
{
	struct page_call *page = container_of(call, struct page_call, call);
	struct directory *directory = page->directory;
	fileinfo_list_result *result = &call->result.list;

	directory->asking--;
	if (call->code) {
		fail_directory(directory, call->code, &call->failure);
	} else if (result->status != FILEINFO_OK) {
		directory->code = FAILURE_SERVICE;
		directory->status = result->status;
	} else {
		take_page(page->tree, directory, &result->fileinfo_list_result_u.page);
	}
	procedure_release(call->procedure, NULL, &call->result);
	go_on(page->tree, directory);
	free(page);
}

static void ask_page(struct tree *tree, struct directory *directory)
{
	struct page_call *page = calloc(1, sizeof(*page));

	if (!page) {
		out_of_memory(directory);
		complete_page(tree, directory);
		return;
	}
	page->arguments = (fileinfo_list_args){ directory->path, directory->position.cookie,
						arguments_page_bytes(tree->pipeline.client) };
	page->call.procedure = procedure_find("list");
	page->call.arguments = &page->arguments;
	page->call.done = page_done;
	page->tree = tree;
	page->directory = directory;
	directory->asking++;
	pipeline_submit(&tree->pipeline, &page->call);
}

/* ---- directories, one ahead of the other ---- */

static void ask_directory(struct tree *tree, struct directory *directory)
{
	directory->asked = true;
	/* A tree may be deeper than a path can say; the rest of it is listed all the same. */
	if (strlen(directory->path) <= FILEINFO_MAX_PATH) {
		ask_page(tree, directory);
		return;
	}
	directory->code = FAILURE_SERVICE;
	directory->status = FILEINFO_NAMETOOLONG;
	complete_page(tree, directory);
}

/* Asks for those that come first in the walk, as long as there is room. */
static void ask_ahead(struct tree *tree)
{
	struct directory *directory = tree->first, *later;

	for (; directory && pipeline_has_room(&tree->pipeline) && tree->kept < tree->enough;
	     directory = later) {
		later = directory->later;
		if (!directory->asked)
			ask_directory(tree, directory);
	}
}

void tree_init(struct tree *tree, struct client *client, bool recursive, bool targets)
{
	*tree = (struct tree){ .recursive = recursive, .targets = targets, .enough = ENOUGH };
	pipeline_init(&tree->pipeline, client);
}

struct directory *tree_root(struct tree *tree, const char *path)
{
	struct directory *root = create_directory(strdup(path));

	if (root)
		insert_behind(tree, NULL, root);
	return root;
}

struct directory *tree_child(struct directory *directory)
{
	struct directory *child = directory->child;

	if (child)
		directory->child = child->sibling;
	return child;
}

void tree_await(struct tree *tree, struct directory *directory)
{
	if (!directory->asked)
		ask_directory(tree, directory);
	while (!is_complete(directory)) {
		ask_ahead(tree);
		pipeline_run(&tree->pipeline);
	}
}

void tree_leave(struct tree *tree, struct directory *directory)
{
	struct directory *child;

	/* Those that were not walked; a loop, for a tree may be deeper than our stack. */
	while ((child = tree_child(directory))) {
		struct directory **last = &child->child;

		while (*last)
			last = &(*last)->sibling;
		*last = directory->child;
		directory->child = child->child;
		destroy_directory(child);
	}
	tree->kept -= directory->count;
	destroy_directory(directory);
}

void tree_release(struct tree *tree)
{
	pipeline_abandon(&tree->pipeline);
}
