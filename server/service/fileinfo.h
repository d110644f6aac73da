/*
 * What is known about the files below one directory, the root.  The kernel keeps every path
 * below it (openat2 with RESOLVE_BENEATH), whatever links and races there are.
 *
 * Paths are the caller's: relative to the root, a leading slash means the root itself.  Every
 * result is written whole, whatever was in it.  Any number of threads may share a root.
 */
#ifndef SIDECALL_SERVER_SERVICE_FILEINFO_H
#define SIDECALL_SERVER_SERVICE_FILEINFO_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "idl/fileinfo.h"

#define ROOT_LOCALS 16 /* devices that are remembered */

/* Asked before anything is done that a file system may keep waiting, for ever if it likes: a disk
 * that is slow, a server that is away.  Where it says no, the call is not made. */
struct root_gate {
	bool (*may_wait)(struct root_gate *gate, dev_t device, const char *path);
	/* Called now and then by what takes long: others may go first for a while; and whether
	 * nobody waits for the result any more. */
	void (*pause)(struct root_gate *gate);
	bool (*is_cancelled)(struct root_gate *gate);
};

/* Devices with a file system of this machine, whose attributes in memory are the true ones. */
struct root_locals {
	pthread_mutex_t lock;
	struct root_local {
		dev_t device;
		int64_t until; /* seconds of CLOCK_MONOTONIC: its number may be another's later */
	} list[ROOT_LOCALS];
	unsigned int next; /* to be written over */
};

struct root {
	int fd;                 /* the directory, O_PATH */
	struct root_gate *gate; /* NULL: anything may wait */
	struct root_locals *locals;
	bool looks_in_memory; /* the kernel can: RESOLVE_CACHED, Linux 5.12 */
	bool leaves_no_trace; /* reads without keeping in memory: RWF_DONTCACHE, Linux 6.14 */
};

/* Lets others go first for a while: called now and then by what takes long and keeps little. */
static inline void root_pause(const struct root *root)
{
	if (root->gate)
		root->gate->pause(root->gate);
}

static inline bool root_is_cancelled(const struct root *root)
{
	return root->gate && root->gate->is_cancelled(root->gate);
}

/*
 * Opens the directory that everything is served from.  0 or -errno, -ENOSYS when the kernel has no
 * openat2 (Linux 5.6); root_close() releases it, and may be called after a failure too.
 */
int root_open(struct root *root, const char *directory);
void root_close(struct root *root);

/* What path is; a symbolic link at its end is described, not followed.  It waits for nothing when
 * all of it is in memory, and on a file system of this machine. */
void root_stat(const struct root *root, const char *path, fileinfo_stat_result *result);

/*
 * One page of a directory, without . and .., in the order of the filesystem, from behind
 * args->cookie.  The page's encoded result (XDR, RFC 4506) is at most args->max_bytes long;
 * FILEINFO_TOOSMALL when the next entry alone does not fit.  Names longer than
 * FILEINFO_MAX_NAME, which only some filesystems have, are left out.  The entries are the caller's
 * to release with fileinfo_list_release().
 */
void root_list(const struct root *root, const fileinfo_list_args *args,
	       fileinfo_list_result *result);
void fileinfo_list_release(fileinfo_list_result *result);

/* The target of a symbolic link, to be released with fileinfo_link_release(). */
void root_readlink(const struct root *root, const char *path, fileinfo_link_result *result);
void fileinfo_link_release(fileinfo_link_result *result);

/*
 * The SHA-256 of a regular file's content, and how many bytes that was.  Nothing else is ever
 * opened; without /proc, that holds as long as nobody swaps files while we look.
 */
void root_digest(const struct root *root, const char *path, fileinfo_digest_result *result);

/* Space on the filesystem that path is on; a symbolic link at its end is followed. */
void root_space(const struct root *root, const char *path, fileinfo_space_result *result);

#endif
