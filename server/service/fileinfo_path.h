/* How the file-information service opens a path and turns the kernel's words into the contract's.
 */
#ifndef SIDECALL_SERVER_SERVICE_FILEINFO_PATH_H
#define SIDECALL_SERVER_SERVICE_FILEINFO_PATH_H

#include <sys/stat.h>

#include "server/service/fileinfo.h"

/* Opens path below root with open(2)'s flags, close-on-exec, when the root's gate lets it wait. The
 * descriptor or -errno: -EAGAIN when the gate does not. */
int fileinfo_open(const struct root *root, const char *path, int flags);

/* The same with O_PATH, of what is in memory: it waits for nothing.  -EAGAIN when not all of the
 * path is. */
int fileinfo_open_cached(const struct root *root, const char *path, int flags);

/* What is known of an open file, or of one opened with O_PATH, without asking its file system.
 * 0 or -errno. */
int fileinfo_stat_cached(int fd, struct stat *st);

/* What an entry of a directory on this device is, itself.  Of what is mounted on it, only what is
 * in memory: that file system may hang, and this one does not.  `local`: that is all there is to
 * know here, too.  0 or -errno. */
int fileinfo_stat_entry(int directory, const char *name, dev_t device, bool local, struct stat *st);

/* Whether what is in memory of this device is all there is to know; and has that remembered of the
 * one that `fd` is on, if it is so, which may wait for it. */
bool fileinfo_is_local(struct root_locals *locals, dev_t device);
void fileinfo_learn(struct root_locals *locals, int fd, dev_t device);

/* Asks the root's gate whether to wait for what the path leads to. */
bool fileinfo_may_wait(const struct root *root, const char *path);

/* The contract's word for what open, read and their like have failed with: -errno as returned. */
fileinfo_status fileinfo_status_of(int error);

/* Fills the result, status included; FILEINFO_SERVERFAULT for a type that the contract lacks. */
void fileinfo_describe(const struct stat *st, fileinfo_stat_result *result);

#endif
