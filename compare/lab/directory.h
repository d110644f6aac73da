/* Directories that servers of ours have and show. */
#ifndef SIDECALL_COMPARE_LAB_DIRECTORY_H
#define SIDECALL_COMPARE_LAB_DIRECTORY_H

/* Removes a directory and all in it. */
void remove_tree(const char *path);

/* Makes a file that takes hours to digest, and no place on the disk.  0 or -errno. */
int make_huge_file(const char *directory, const char *name);

#endif
