/* sidecall list [-R] [-l] [PATH]: the names in a directory, page by page, then sorted. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands/command.h"
#include "client/json.h"
#include "client/print.h"
#include "client/status.h"

#define MAX_ENTRIES 10000000 /* in one directory: a server may never come to an end */

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
static bool take_entries(struct directory *directory, fileinfo_page *page)
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

/*
 * Where a listing is.  A server that leads in a circle would be asked for ever, so one cookie is
 * saved, and a later one each time twice as many pages have gone by (Brent's algorithm): whatever
 * the circle's length, before long the saved cookie comes back.
 */
struct position {
	uint64_t cookie, saved;
	size_t pages, until; /* since one was saved, and until the next is */
};

/* Goes on behind a page that is not the last.  False when it leads nowhere new. */
static bool advance(struct position *position, const fileinfo_page *page)
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

/* Asks for the page at a position.  0 or the failure's code; the result is to be released. */
static int ask_page(struct list *list, const char *path, uint64_t cookie,
		    union procedure_result *result, struct failure *failure)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)path, cookie, 0 };
	struct client *client = &list->context->client;
	int64_t deadline = client_deadline(client);
	int code = client_connect(client, procedure->program, procedure->version, deadline,
				  failure);

	if (code)
		return code;
	arguments.max_bytes = client_page_bytes(client);
	return procedure_call_by(procedure, client, deadline, &arguments, result, failure);
}

/* What the service answered instead of a page. */
static int refused(const struct list *list, const char *path, fileinfo_status status)
{
	json_t *object;

	if (list->context->json) {
		object = json_pack("{s:s}", "status", fileinfo_status_name(status));
		json_set_bytes(object, "path", path);
		json_print(object);
	}
	return command_refused("list", path, fileinfo_status_text(status));
}

/* Takes the page over and goes on behind it.  0 or the failure's code. */
static int take_page(struct directory *directory, fileinfo_page *page, struct position *position,
		     struct failure *failure)
{
	if (!page->end && !advance(position, page))
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server lists the same page again and again");
	if (page->entries.entries_len > MAX_ENTRIES - directory->count)
		return failure_set(failure, FAILURE_PROTOCOL,
				   "the server lists more than %d names in one directory",
				   MAX_ENTRIES);
	if (!take_entries(directory, page))
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return 0;
}

/* Reads one page.  0 with *end set at the last one, or an exit code, after a report. */
static int read_page(struct list *list, const char *path, struct directory *directory,
		     struct position *position, bool *end)
{
	union procedure_result result = { 0 };
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	int code = ask_page(list, path, position->cookie, &result, &failure);

	if (code == 0 && result.list.status != FILEINFO_OK) {
		code = refused(list, path, result.list.status);
	} else {
		*end = code == 0 && page->end;
		if (code == 0)
			code = take_page(directory, page, position, &failure);
		if (code)
			code = command_failed(list->context, "list", path, &failure);
	}
	procedure_release(procedure_find("list"), NULL, &result);
	return code;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const fileinfo_entry *)a)->name, ((const fileinfo_entry *)b)->name);
}

static int read_directory(struct list *list, const char *path, struct directory *directory)
{
	struct position position = { 0 };
	bool end = false;
	int code = 0;

	/* A tree may be deeper than a path can say; the rest of it is listed all the same. */
	if (strlen(path) > FILEINFO_MAX_PATH)
		return refused(list, path, FILEINFO_NAMETOOLONG);
	while (code == 0 && !end)
		code = read_page(list, path, directory, &position, &end);
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

/* A failure outweighs what the service refused. */
static void note(struct list *list, int code)
{
	if (code && list->worst <= FAILURE_SERVICE)
		list->worst = code;
}

/* Reads the target of a link, to be freed; NULL when there is none, as of one that has vanished.
 * 0, or the failure's code, after a report. */
static int read_target(struct list *list, const char *path, char **target)
{
	const struct procedure *procedure = procedure_find("readlink");
	union procedure_result result;
	struct failure failure;
	int code = procedure_call(procedure, &list->context->client, &path, &result, &failure);

	*target = NULL;
	if (code) {
		code = command_failed(list->context, "list", path, &failure);
	} else if (result.link.status == FILEINFO_OK) {
		*target = result.link.fileinfo_link_result_u.target;
		result.link.fileinfo_link_result_u.target = NULL;
	}
	procedure_release(procedure, NULL, &result);
	return code;
}

/* Prints the entry as `ls -l` does.  0 or the code of a failure, after a report. */
static int print_attributes(struct list *list, const struct print_widths *widths, const char *shown,
			    const char *path, const fileinfo_entry *entry)
{
	const fileinfo_attributes *attributes = &entry->stat.fileinfo_stat_result_u.attributes;
	bool link = entry->stat.status == FILEINFO_OK && attributes->type == FILEINFO_SYMLINK;
	char *target = NULL;
	int code = link && strlen(path) <= FILEINFO_MAX_PATH ? read_target(list, path, &target) : 0;

	if (code == 0)
		print_long(&list->context->out, widths, &list->owners, shown, entry, target);
	free(target);
	return code;
}

/* `shown` is the entry's name in the output, `path` where it is. */
static void print_entry(struct list *list, const struct print_widths *widths, const char *shown,
			const char *path, const fileinfo_entry *entry)
{
	if (list->context->json) {
		json_print(json_entry(shown, entry));
	} else if (list->attributes) {
		note(list, print_attributes(list, widths, shown, path, entry));
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

	if (!level || !(level->path = strdup(path))) {
		free(level);
		list->worst = command_out_of_memory("list");
		return above;
	}
	level->above = above;
	note(list, read_directory(list, path, &level->directory));
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
		list->worst = command_out_of_memory("list");
		return level;
	}
	print_entry(list, &level->widths, list->recursive ? path : entry->name, path, entry);
	if (list->recursive && is_directory(entry) && list->worst <= FAILURE_SERVICE)
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
