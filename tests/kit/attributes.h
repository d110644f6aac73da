/* What the kernel has of a file, in the contract's words: also times before 1970 and after 2038,
 * and where the tests' own time_t has 32 bits. */
#ifndef SIDECALL_TESTS_KIT_ATTRIBUTES_H
#define SIDECALL_TESTS_KIT_ATTRIBUTES_H

#include <stdbool.h>

#include "idl/fileinfo.h"

/* What lstat(2) says.  False: nothing. */
bool attributes_read(int directory, const char *name, fileinfo_attributes *attributes);

bool attributes_equal(const fileinfo_attributes *one, const fileinfo_attributes *other);

/* Sets when a file, or a link itself, was accessed and modified last.  0 or -errno. */
int attributes_set_times(int directory, const char *name, fileinfo_time accessed,
			 fileinfo_time modified);

#endif
