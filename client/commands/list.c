/* sidecall list [-R] [-l] [PATH]: the names in a directory, page by page, then sorted. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands/command.h"
#include "client/json.h"
#include "client/print.h"
#include "client/status.h"

struct list {
	struct context *context;
	bool recursive, attributes; /* -R, -l */
	int worst;                  /* the exit code so far */
	struct print_owners owners;
};

/* A directory's entries, which own their names. */
struct directory {
	fileinfo_entry *entries;
	size_t count;
};

static void directory_release(struct directory *directory)
{
	for (size_t i = 0; i < directory->count; i++)
		free(directory->entries[i].name);
	free(directory->entries);
	*directory = (struct directory){ 0 };
}

/* Takes a page's entries over.  False when out of memory. */
static bool take_page(struct directory *directory, fileinfo_page *page)
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
	page->entries.entries_len = 0; /* the names have a new owner */
	return true;
}

/* The cookie to go on behind, of a page that is not the last.  False when there is none, or it is
 * where we were: a server that says so would be asked for ever. */
static bool next_cookie(const fileinfo_page *page, uint64_t *cookie)
{
	u_int count = page->entries.entries_len;
	uint64_t next;

	if (count == 0)
		return false;
	next = page->entries.entries_val[count - 1].cookie;
	if (next == *cookie)
		return false;
	*cookie = next;
	return true;
}

/* Asks for one page.  0 with *end set at the last one, or an exit code, after a report. */
static int read_page(struct list *list, const char *path, struct directory *directory,
		     uint64_t *cookie, bool *end)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)path, *cookie, 0 };
	struct client *client = &list->context->client;
	union procedure_result result = { 0 };
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure = { 0 };
	int64_t deadline = client_deadline(client);
	int code = client_connect(client, procedure->program, procedure->version, deadline,
				  &failure);

	if (code == 0) {
		arguments.max_bytes = client_page_bytes(client);
		code = procedure_call_by(procedure, client, deadline, &arguments, &result,
					 &failure);
	}
	if (code == 0 && result.list.status != FILEINFO_OK) {
		code = command_refused("list", path, fileinfo_status_text(result.list.status));
	} else if (code == 0) {
		*end = page->end;
		if (!*end && !next_cookie(page, cookie))
			code = failure_set(&failure, FAILURE_PROTOCOL,
					   "the server lists the same page again and again");
		else if (!take_page(directory, page))
			code = failure_set(&failure, FAILURE_SYSTEM, "out of memory");
	}
	if (failure.code)
		code = command_failed(list->context, "list", path, &failure);
	procedure_release(procedure, NULL, &result);
	return code;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const fileinfo_entry *)a)->name, ((const fileinfo_entry *)b)->name);
}

static int read_directory(struct list *list, const char *path, struct directory *directory)
{
	uint64_t cookie = 0;
	bool end = false;
	int code = 0;

	/* A tree may be deeper than a path can say; the rest of it is listed all the same. */
	if (strlen(path) > FILEINFO_MAX_PATH)
		return command_refused("list", path, fileinfo_status_text(FILEINFO_NAMETOOLONG));
	while (code == 0 && !end)
		code = read_page(list, path, directory, &cookie, &end);
	if (code == 0 && directory->count)
		qsort(directory->entries, directory->count, sizeof(*directory->entries), by_name);
	return code;
}

static char *join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	bool slash = length && directory[length - 1] != '/';
	char *path = malloc(length + strlen(name) + 2);

	if (path)
		sprintf(path, "%s%s%s", directory, slash ? "/" : "", name);
	return path;
}

/* ---- what is printed of an entry ---- */

/* The target of a link, to be freed; NULL when it is not to be had. */
static char *read_target(struct list *list, const char *path)
{
	const struct procedure *procedure = procedure_find("readlink");
	union procedure_result result;
	struct failure failure;
	char *target = NULL;

	if (procedure_call(procedure, &list->context->client, &path, &result, &failure) == 0 &&
	    result.link.status == FILEINFO_OK) {
		target = result.link.fileinfo_link_result_u.target;
		result.link.fileinfo_link_result_u.target = NULL;
	}
	procedure_release(procedure, NULL, &result);
	return target;
}

/* `shown` is the entry's name in the output, `path` where it is. */
static void print_entry(struct list *list, const struct print_widths *widths, const char *shown,
			const char *path, const fileinfo_entry *entry)
{
	const fileinfo_attributes *attributes = &entry->stat.fileinfo_stat_result_u.attributes;
	char *target = NULL;

	if (list->context->json) {
		json_print(json_entry(shown, entry));
	} else if (list->attributes) {
		if (entry->stat.status == FILEINFO_OK && attributes->type == FILEINFO_SYMLINK)
			target = read_target(list, path);
		print_long(&list->context->out, widths, &list->owners, shown, entry, target);
		free(target);
	} else {
		text_name(&list->context->out, shown);
		putchar('\n');
	}
}

static bool is_directory(const fileinfo_entry *entry)
{
	return entry->stat.status == FILEINFO_OK &&
	       entry->stat.fileinfo_stat_result_u.attributes.type == FILEINFO_DIRECTORY;
}

/* ---- the walk ---- */

/* A directory that is being walked: the next of its entries, and where it is. */
struct level {
	struct level *above;
	struct directory directory;
	struct print_widths widths;
	size_t next;
	char *path;
};

static struct level *enter(struct list *list, struct level *above, const char *path)
{
	struct level *level = calloc(1, sizeof(*level));
	int code;

	if (!level || !(level->path = strdup(path))) {
		free(level);
		list->worst = FAILURE_SYSTEM;
		return above;
	}
	level->above = above;
	code = read_directory(list, path, &level->directory);
	if (code && (list->worst <= FAILURE_SERVICE))
		list->worst = code;
	for (size_t i = 0; i < level->directory.count && list->attributes; i++)
		print_widen(&level->widths, &list->owners, &level->directory.entries[i]);
	return level;
}

static struct level *leave(struct level *level)
{
	struct level *above = level->above;

	directory_release(&level->directory);
	free(level->path);
	free(level);
	return above;
}

/* Prints the next entry of a level; a directory among them is the next level with -R. */
static struct level *walk_entry(struct list *list, struct level *level)
{
	fileinfo_entry *entry = &level->directory.entries[level->next++];
	bool here = strcmp(level->path, ".") == 0;
	char *path = here ? strdup(entry->name) : join(level->path, entry->name);

	if (!path) {
		list->worst = FAILURE_SYSTEM;
		return level;
	}
	print_entry(list, &level->widths, list->recursive ? path : entry->name, path, entry);
	if (list->recursive && is_directory(entry))
		level = enter(list, level, path);
	free(path);
	return level;
}

/* Depth first, without recursion: a tree may be deeper than our stack. */
static int walk(struct list *list, const char *path)
{
	struct level *level = enter(list, NULL, path);

	while (level) {
		bool done = level->next == level->directory.count ||
			    list->worst > FAILURE_SERVICE || ferror(stdout);

		level = done ? leave(level) : walk_entry(list, level);
	}
	return list->worst;
}

int command_list(struct context *context, int count, char **words)
{
	static const struct option no_long_ones[] = { { 0 } };
	struct list list = { .context = context };
	int option;

	opterr = 0;
	while ((option = getopt_long(count, words, "+Rl", no_long_ones, NULL)) != -1) {
		if (option == 'R')
			list.recursive = true;
		else if (option == 'l')
			list.attributes = true;
		else
			return command_no_option("list", words, "there are -R and -l");
	}
	if (count - optind > 1)
		return command_usage("list", "one directory is listed at a time");
	return walk(&list, optind < count ? words[optind] : ".");
}
