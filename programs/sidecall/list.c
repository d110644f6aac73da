/* sidecall list [-R] [-l] [PATH]: the names in a directory, or in all below it, sorted. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/failures.h"
#include "programs/sidecall/command.h"
#include "client/json.h"
#include "client/print.h"
#include "client/status.h"
#include "programs/sidecall/tree.h"

struct list {
	struct context *context;
	bool recursive, attributes; /* -R, -l */
	int worst;                  /* the exit code so far */
	struct print_owners owners;
	struct tree tree;
};

/* A directory that is being walked. */
struct level {
	struct level *above;
	struct directory *directory;
	struct print_widths widths;
	size_t next; /* of its entries */
};

/* ---- what is printed ---- */

/* What the service answered instead of a directory's entries. */
static int refused(const struct list *list, const struct directory *directory)
{
	json_t *object;

	if (list->context->json) {
		object = json_pack("{s:s}", "status",
				   status_name("fileinfo_status", directory->status));
		json_set_bytes(object, "path", directory->path);
		json_print(object);
	}
	return command_refused("list", directory->path,
			       status_text("fileinfo_status", directory->status));
}

/* Reports what went wrong with a directory, if anything did.  A failure outweighs what the service
 * refused. */
static void note_failure(struct list *list, const struct directory *directory)
{
	int code = 0;

	if (directory->code == FAILURE_SERVICE)
		code = refused(list, directory);
	else if (directory->code)
		code = command_failed(list->context, "list", directory->path, &directory->failure);
	if (code && list->worst <= FAILURE_SERVICE)
		list->worst = code;
}

/* Prints an entry by its name, or with -R by its path. */
static void print_entry(struct list *list, const struct level *level, size_t index)
{
	const struct directory *directory = level->directory;
	const fileinfo_entry *entry = &directory->entries[index];
	char *path = list->recursive ? tree_path(directory, entry->name) : NULL;
	const char *shown = path ? path : entry->name;
	struct text *out = &list->context->out;

	if (list->context->json) {
		json_print(json_entry(shown, entry));
	} else if (list->attributes) {
		print_long(out, &level->widths, &list->owners, shown, entry,
			   directory->targets ? directory->targets[index] : NULL);
	} else {
		text_name(out, shown);
		putc_unlocked('\n', out->file);
	}
	free(path);
}

/* ---- the walk ---- */

static struct level *enter_directory(struct list *list, struct level *above,
				     struct directory *directory)
{
	struct level *level = calloc(1, sizeof(*level));

	if (!level || !directory) {
		free(level);
		list->worst = command_out_of_memory("list");
		return above;
	}
	level->above = above;
	level->directory = directory;
	tree_await(&list->tree, directory);
	note_failure(list, directory);
	for (size_t i = 0; i < directory->count && list->attributes; i++)
		print_widen(&level->widths, &list->owners, &directory->entries[i]);
	return level;
}

static struct level *leave_directory(struct list *list, struct level *level)
{
	struct level *above = level->above;

	tree_leave(&list->tree, level->directory);
	free(level);
	return above;
}

/* Prints the next entry of a level; a directory among them is the next level with -R. */
static struct level *walk_entry(struct list *list, struct level *level)
{
	const fileinfo_entry *entry = &level->directory->entries[level->next];

	print_entry(list, level, level->next++);
	if (!list->recursive || !tree_is_directory(entry))
		return level;
	return enter_directory(list, level, tree_child(level->directory));
}

/* Depth first, without recursion: a tree may be deeper than our stack. */
static int walk_tree(struct list *list, const char *path)
{
	struct level *level = enter_directory(list, NULL, tree_root(&list->tree, path));

	while (level) {
		if (list->worst > FAILURE_SERVICE || ferror(stdout))
			break;
		level = level->next < level->directory->count ? walk_entry(list, level)
							      : leave_directory(list, level);
	}
	tree_release(&list->tree);
	while (level)
		level = leave_directory(list, level);
	return list->worst;
}

const struct option_row command_list_options[] = {
	OPTION_FLAG("recursive", 'R', "all below it, too, by their paths"),
	OPTION_FLAG("long", 'l', "each with its attributes, as ls -l"),
	{ 0 },
};

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct list *list = what;

	(void)value, (void)number;
	list->recursive = list->recursive || option == 'R';
	list->attributes = list->attributes || option == 'l';
	return NULL;
}

int command_list(struct context *context, int count, char **words)
{
	struct list list = { .context = context };
	int code = command_take_options("list", count, words, command_list_options, take_option,
					&list);

	if (code)
		return code;
	if (count - optind > 1)
		return command_usage("list", "one directory is listed at a time");
	tree_init(&list.tree, &context->client, list.recursive, list.attributes && !context->json);
	return walk_tree(&list, optind < count ? words[optind] : ".");
}
