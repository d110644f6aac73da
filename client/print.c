/* Results for people. */
#include "client/print.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "common/shortest.h"
#include "client/status.h"

#define HALF_A_YEAR (INT64_C(31556952) / 2) /* seconds; `ls` shows the year of what is older */

/* ---- what the contract has names for ---- */

static void print_value(const struct text *out, const json_t *value)
{
	char text[SHORTEST_ROOM];

	if (json_is_real(value))
		fputs(shortest(json_real_value(value), text), out->file);
	else if (json_is_integer(value))
		fprintf(out->file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		text_name(out, json_is_string(value) ? json_string_value(value) : "?");
}

static bool is_shown(const char *name)
{
	return strcmp(name, "status") != 0;
}

void print_members(const struct text *out, json_t *object)
{
	const char *name;
	json_t *value;
	int width = 0;

	json_object_foreach (object, name, value)
		if (is_shown(name) && (int)strlen(name) > width)
			width = (int)strlen(name);
	json_object_foreach (object, name, value) {
		if (!is_shown(name))
			continue;
		if (json_object_size(object) > 2)
			fprintf(out->file, "%-*s  ", width, name);
		print_value(out, value);
		putc('\n', out->file);
	}
}

/* ---- fileinfo.x ---- */

static void print_time(const struct text *out, const char *name, const fileinfo_time *time)
{
	time_t seconds = (time_t)time->seconds;
	char text[64] = "?";
	struct tm parts;

	if (localtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	fprintf(out->file, "%s: %s.%09u\n", name, text, time->nanoseconds);
}

void print_stat(const struct text *out, const char *operand, const void *result)
{
	const fileinfo_attributes *a =
		&((const fileinfo_stat_result *)result)->fileinfo_stat_result_u.attributes;
	char type[STATUS_ROOM];

	fprintf(out->file, "path: ");
	text_name(out, operand);
	fprintf(out->file, "\ntype: %s\n", status_small_name("fileinfo_type", a->type, type));
	fprintf(out->file, "mode: %04o\n", a->mode);
	fprintf(out->file, "links: %u\n", a->links);
	fprintf(out->file, "uid: %u\n", a->uid);
	fprintf(out->file, "gid: %u\n", a->gid);
	fprintf(out->file, "size: %" PRIu64 "\n", (uint64_t)a->size);
	fprintf(out->file, "allocated: %" PRIu64 "\n", (uint64_t)a->allocated);
	fprintf(out->file, "device: %u,%u\n", major(a->device), minor(a->device));
	fprintf(out->file, "inode: %" PRIu64 "\n", (uint64_t)a->inode);
	print_time(out, "accessed", &a->accessed);
	print_time(out, "modified", &a->modified);
	print_time(out, "changed", &a->changed);
}

void print_link(const struct text *out, const char *operand, const void *result)
{
	const fileinfo_link_result *link = result;

	(void)operand;
	text_name(out, link->fileinfo_link_result_u.target);
	putc('\n', out->file);
}

/* A name on one line, to be freed; NULL when out of memory. */
static char *on_one_line(const char *name)
{
	char *text = malloc(2 * strlen(name) + 1), *to = text;

	for (; text && *name; name++) {
		if (*name == '\\' || *name == '\n' || *name == '\r')
			*to++ = '\\';
		*to++ = *name == '\n' ? 'n' : *name == '\r' ? 'r' : *name;
	}
	if (text)
		*to = '\0';
	return text;
}

/* As sha256sum does it: a line begins with \ when the name in it is escaped. */
void print_digest(const struct text *out, const char *operand, const void *result)
{
	const fileinfo_digest *digest =
		&((const fileinfo_digest_result *)result)->fileinfo_digest_result_u.digest;

	char *name = on_one_line(operand);

	if (strpbrk(operand, "\\\n\r"))
		putc('\\', out->file);
	for (size_t i = 0; i < sizeof(digest->sha256); i++)
		fprintf(out->file, "%02x", (unsigned char)digest->sha256[i]);
	fprintf(out->file, "  ");
	text_name(out, name ? name : "?");
	putc('\n', out->file);
	free(name);
}

/* ---- ls -l ---- */

static void mode_string(const fileinfo_attributes *attributes, char text[11])
{
	static const char types[] = "?-dbclsp"; /* in the order of fileinfo_type */
	static const char letters[] = "rwxrwxrwx";
	unsigned int type = (unsigned int)attributes->type, mode = attributes->mode;

	text[0] = types[type < sizeof(types) - 1 ? type : 0];
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400U >> i) ? letters[i] : '-';
	if (mode & 04000)
		text[3] = mode & 0100 ? 's' : 'S';
	if (mode & 02000)
		text[6] = mode & 010 ? 's' : 'S';
	if (mode & 01000)
		text[9] = mode & 01 ? 't' : 'T';
	text[10] = '\0';
}

static const char *ask_user(u_int id)
{
	const struct passwd *known = getpwuid(id);

	return known ? known->pw_name : NULL;
}

static const char *ask_group(u_int id)
{
	const struct group *known = getgrgid(id);

	return known ? known->gr_name : NULL;
}

/* The owner's name, asked of the system only when it is not the one before. */
static const char *owner_name(struct print_owner *owner, u_int id, const char *(*ask)(u_int id))
{
	const char *name;

	if (owner->known && owner->id == id)
		return owner->name;
	*owner = (struct print_owner){ .known = true, .id = id };
	name = ask(id);
	if (name)
		snprintf(owner->name, sizeof(owner->name), "%s", name);
	else
		snprintf(owner->name, sizeof(owner->name), "%u", id);
	return owner->name;
}

static void date(const fileinfo_time *modified, char text[32])
{
	time_t seconds = (time_t)modified->seconds, now = time(NULL);
	/* Nothing is subtracted from a time that the server chose: it may be any number. */
	bool recent = seconds <= now && seconds > now - HALF_A_YEAR;
	struct tm parts;

	if (!localtime_r(&seconds, &parts) ||
	    !strftime(text, 32, recent ? "%b %e %H:%M" : "%b %e  %Y", &parts))
		snprintf(text, 32, "?");
}

static void widen_column(int *width, int needed)
{
	if (*width < needed)
		*width = needed;
}

void print_widen(struct print_widths *widths, struct print_owners *owners,
		 const fileinfo_entry *entry)
{
	const fileinfo_attributes *a = &entry->stat.fileinfo_stat_result_u.attributes;

	if (entry->stat.status != FILEINFO_OK)
		return;
	widen_column(&widths->links, snprintf(NULL, 0, "%u", a->links));
	widen_column(&widths->size, snprintf(NULL, 0, "%" PRIu64, (uint64_t)a->size));
	widen_column(&widths->user, (int)strlen(owner_name(&owners->user, a->uid, ask_user)));
	widen_column(&widths->group, (int)strlen(owner_name(&owners->group, a->gid, ask_group)));
}

void print_long(const struct text *out, const struct print_widths *widths,
		struct print_owners *owners, const char *path, const fileinfo_entry *entry,
		const char *target)
{
	const fileinfo_attributes *a = &entry->stat.fileinfo_stat_result_u.attributes;
	char mode[11], when[32];

	if (entry->stat.status != FILEINFO_OK) {
		fputs("?????????? ", out->file);
		text_name(out, path);
		fprintf(out->file, ": %s\n", status_text("fileinfo_status", entry->stat.status));
		return;
	}
	mode_string(a, mode);
	date(&a->modified, when);
	fprintf(out->file, "%s %*u %-*s %-*s %*" PRIu64 " %s ", mode, widths->links, a->links,
		widths->user, owner_name(&owners->user, a->uid, ask_user), widths->group,
		owner_name(&owners->group, a->gid, ask_group), widths->size, (uint64_t)a->size,
		when);
	text_name(out, path);
	if (target) {
		fputs(" -> ", out->file);
		text_name(out, target);
	}
	putc('\n', out->file);
}
