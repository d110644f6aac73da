/* Results for people: output that pipes well. */
#ifndef SIDECALL_CLIENT_PRINT_H
#define SIDECALL_CLIENT_PRINT_H

#include <stdbool.h>

#include <jansson.h>

#include "common/text.h"
#include "idl/fileinfo.h"

/* A result as JSON has it: what is one value alone, or a line for each with its name. */
void print_members(const struct text *out, json_t *object);

/* Each prints a result that is there; `operand` is the path that was asked about. */
void print_stat(const struct text *out, const char *operand, const void *result);
void print_link(const struct text *out, const char *operand, const void *result);
void print_digest(const struct text *out, const char *operand, const void *result);

/* How wide the columns of `ls -l` are. */
struct print_widths {
	int links, user, group, size;
};

/* The owners that were named last: files beside each other mostly have the same.  Starts at zero.
 */
struct print_owners {
	struct print_owner {
		bool known;
		u_int id;
		char name[64];
	} user, group;
};

void print_widen(struct print_widths *widths, struct print_owners *owners,
		 const fileinfo_entry *entry);

/* One line as `ls -l` has it, with the entry's path; and a link's target, or NULL. */
void print_long(const struct text *out, const struct print_widths *widths,
		struct print_owners *owners, const char *path, const fileinfo_entry *entry,
		const char *target);

#endif
