/*
 * Directories that are asked for ahead, and handed out in the order of a walk, depth first.
 *
 * A walk that asks for one directory after the other waits for each.  Here those that come next in
 * the walk are asked for while the ones before them are shown: pages, and the targets of links,
 * many at a time on one channel.
 */
#ifndef SIDECALL_PROGRAMS_SIDECALL_TREE_H
#define SIDECALL_PROGRAMS_SIDECALL_TREE_H

#include "programs/sidecall/pipeline.h"

/* A directory as it was listed, sorted by name. */
struct directory {
	char *path;
	fileinfo_entry *entries;
	char **targets; /* of the links among them, where they were asked for; NULL for none */
	size_t count;
	/* 0; FAILURE_SERVICE when the service says no, for the reason in `status`; or the
	 * failure's code.  What was listed before that is there. */
	int code;
	fileinfo_status status;
	struct failure failure;

	/* The tree's own. */
	struct directory *child, *sibling; /* below it, and beside it, in the walk */
	struct directory *earlier, *later; /* in the walk, of those not complete */
	bool asked, last_page;
	unsigned int asking; /* calls that have not ended */
	struct position {
		uint64_t cookie, saved;
		size_t pages, until; /* since one was saved, and until the next is */
	} position;
};

struct tree {
	struct pipeline pipeline;
	bool recursive, targets;
	struct directory *first, *last; /* of those not complete, in the walk's order */
	size_t kept;                    /* entries that were listed and not handed back; */
	size_t enough;                  /* then only what is waited for is asked for */
};

/* What is below directories is listed too when `recursive`; where links lead, with `targets`. */
void tree_init(struct tree *tree, struct client *client, bool recursive, bool targets);

/* Ends what is under way.  Directories that were handed out are still to be left. */
void tree_release(struct tree *tree);

/* The directory to begin with.  NULL when out of memory. */
struct directory *tree_root(struct tree *tree, const char *path);

/* The path of an entry, to be freed; NULL when out of memory. */
char *tree_path(const struct directory *above, const char *name);

/* Whether there is something below an entry. */
bool tree_is_directory(const fileinfo_entry *entry);

/* The next directory below that one, to be walked; NULL when there is none.  In the order of the
 * entries, those that are directories, if the tree is recursive. */
struct directory *tree_child(struct directory *directory);

/* Waits until the directory is complete. */
void tree_await(struct tree *tree, struct directory *directory);

/* Frees a directory, and what is below it and was not handed out; after what was. */
void tree_leave(struct tree *tree, struct directory *directory);

#endif
