/* Results for people, on standard output: output that pipes well. */
#ifndef SIDECALL_CLIENT_PRINT_H
#define SIDECALL_CLIENT_PRINT_H

#include "idl/fileinfo.h"

/* Each prints a result that is there; `operand` is the path or expression that was asked about. */
void print_nothing(const char *operand, const void *result);
void print_result(const char *operand, const void *result);     /* the number */
void print_evaluation(const char *operand, const void *result); /* the shortest exact figures */
void print_summary(const char *operand, const void *result);    /* "name value" lines */
void print_stat(const char *operand, const void *result);       /* "name: value" lines */
void print_list(const char *operand, const void *result);       /* one name a line */
void print_link(const char *operand, const void *result);       /* the target */
void print_digest(const char *operand, const void *result);     /* as sha256sum does */
void print_space(const char *operand, const void *result);      /* "name value" lines */

/*
 * Prints a name.  On a terminal, control characters are escaped (\n, \033), for there a file's name
 * could do harm; anywhere else bytes stay as they are.
 */
void print_name(const char *name);

/* How wide the columns of `ls -l` are. */
struct print_widths {
	int links, user, group, size;
};

void print_widen(struct print_widths *widths, const fileinfo_entry *entry);

/* One line as `ls -l` has it, with the entry's path; and a link's target, or NULL. */
void print_long(const struct print_widths *widths, const char *path, const fileinfo_entry *entry,
		const char *target);

#endif
