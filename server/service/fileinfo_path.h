/* How the file-information service opens a path and turns the kernel's words into the contract's.
 */
#ifndef SIDECALL_SERVER_SERVICE_FILEINFO_PATH_H
#define SIDECALL_SERVER_SERVICE_FILEINFO_PATH_H

#include <sys/stat.h>

#include "server/service/fileinfo.h"

/* Opens path below root with open(2)'s flags, close-on-exec.  The descriptor or -errno. */
int fileinfo_open(const struct root *root, const char *path, int flags);

/* The contract's word for what open, read and their like have failed with: -errno as returned. */
fileinfo_status fileinfo_status_of(int error);

/* Fills the result, status included; FILEINFO_SERVERFAULT for a type that the contract lacks. */
void fileinfo_describe(const struct stat *st, fileinfo_stat_result *result);

#endif
