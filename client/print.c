/* Results for people, on standard output. */
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
#include <unistd.h>

#include "client/status.h"
#include "idl/calc.h"

#define HALF_A_YEAR (INT64_C(31556952) / 2) /* seconds; `ls` shows the year of what is older */

/* ---- names and numbers ---- */

void print_name(const char *name)
{
	bool terminal = isatty(STDOUT_FILENO);

	for (const unsigned char *byte = (const unsigned char *)name; *byte; byte++) {
		if (!terminal || (*byte >= ' ' && *byte != 0x7f))
			putchar(*byte);
		else if (*byte == '\n')
			fputs("\\n", stdout);
		else if (*byte == '\t')
			fputs("\\t", stdout);
		else
			printf("\\%03o", *byte);
	}
}

/* The fewest figures that give the same number again when they are read. */
static void print_double(double value)
{
	char text[32];
	int precision = 15;

	do
		snprintf(text, sizeof(text), "%.*g", precision++, value);
	while (precision <= 17 && strtod(text, NULL) != value);
	fputs(text, stdout);
}

/* ---- calc.x ---- */

void print_nothing(const char *operand, const void *result)
{
	(void)operand;
	(void)result;
}

void print_result(const char *operand, const void *result)
{
	const calc_result *number = result;

	(void)operand;
	printf("%" PRId64 "\n", (int64_t)number->calc_result_u.value);
}

void print_evaluation(const char *operand, const void *result)
{
	const calc_evaluation *evaluation = result;

	(void)operand;
	print_double(evaluation->calc_evaluation_u.value);
	putchar('\n');
}

void print_summary(const char *operand, const void *result)
{
	const calc_summary_result *summarized = result;
	const calc_summary *summary = &summarized->calc_summary_result_u.summary;

	(void)operand;
	printf("count      %u\n", summary->count);
	printf("sum        %" PRId64 "\n", (int64_t)summary->sum);
	printf("minimum    %" PRId64 "\n", (int64_t)summary->minimum);
	printf("maximum    %" PRId64 "\n", (int64_t)summary->maximum);
	printf("mean       ");
	print_double(summary->mean);
	printf("\ndeviation  ");
	print_double(summary->deviation);
	putchar('\n');
}

/* ---- fileinfo.x ---- */

static void print_time(const char *name, const fileinfo_time *time)
{
	time_t seconds = (time_t)time->seconds;
	char text[64] = "?";
	struct tm parts;

	if (localtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	printf("%s: %s.%09u\n", name, text, time->nanoseconds);
}

void print_stat(const char *operand, const void *result)
{
	const fileinfo_attributes *a =
		&((const fileinfo_stat_result *)result)->fileinfo_stat_result_u.attributes;

	printf("path: ");
	print_name(operand);
	printf("\ntype: %s\n", fileinfo_type_name(a->type));
	printf("mode: %04o\n", a->mode);
	printf("links: %u\n", a->links);
	printf("uid: %u\n", a->uid);
	printf("gid: %u\n", a->gid);
	printf("size: %" PRIu64 "\n", (uint64_t)a->size);
	printf("allocated: %" PRIu64 "\n", (uint64_t)a->allocated);
	printf("device: %u,%u\n", major(a->device), minor(a->device));
	printf("inode: %" PRIu64 "\n", (uint64_t)a->inode);
	print_time("accessed", &a->accessed);
	print_time("modified", &a->modified);
	print_time("changed", &a->changed);
}

void print_list(const char *operand, const void *result)
{
	const fileinfo_list_result *list = result;
	const fileinfo_page *page = &list->fileinfo_list_result_u.page;

	(void)operand;
	for (u_int i = 0; i < page->entries.entries_len; i++) {
		print_name(page->entries.entries_val[i].name);
		putchar('\n');
	}
}

void print_link(const char *operand, const void *result)
{
	const fileinfo_link_result *link = result;

	(void)operand;
	print_name(link->fileinfo_link_result_u.target);
	putchar('\n');
}

/* As sha256sum does it: a line begins with \ when the name in it is escaped. */
void print_digest(const char *operand, const void *result)
{
	const fileinfo_digest *digest =
		&((const fileinfo_digest_result *)result)->fileinfo_digest_result_u.digest;

	if (strpbrk(operand, "\\\n\r"))
		putchar('\\');
	for (size_t i = 0; i < sizeof(digest->sha256); i++)
		printf("%02x", (unsigned char)digest->sha256[i]);
	printf("  ");
	for (const char *byte = operand; *byte; byte++) {
		if (*byte == '\\')
			fputs("\\\\", stdout);
		else if (*byte == '\n')
			fputs("\\n", stdout);
		else if (*byte == '\r')
			fputs("\\r", stdout);
		else
			putchar(*byte);
	}
	putchar('\n');
}

void print_space(const char *operand, const void *result)
{
	const fileinfo_space *space =
		&((const fileinfo_space_result *)result)->fileinfo_space_result_u.space;

	(void)operand;
	printf("bytes_total      %" PRIu64 "\n", (uint64_t)space->bytes_total);
	printf("bytes_free       %" PRIu64 "\n", (uint64_t)space->bytes_free);
	printf("bytes_available  %" PRIu64 "\n", (uint64_t)space->bytes_available);
	printf("files_total      %" PRIu64 "\n", (uint64_t)space->files_total);
	printf("files_free       %" PRIu64 "\n", (uint64_t)space->files_free);
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

static void user_name(u_int uid, char name[64])
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(name, 64, "%s", user->pw_name);
	else
		snprintf(name, 64, "%u", uid);
}

static void group_name(u_int gid, char name[64])
{
	const struct group *group = getgrgid(gid);

	if (group)
		snprintf(name, 64, "%s", group->gr_name);
	else
		snprintf(name, 64, "%u", gid);
}

static void date(const fileinfo_time *modified, char text[32])
{
	time_t seconds = (time_t)modified->seconds, now = time(NULL);
	bool recent = seconds <= now && now - seconds < HALF_A_YEAR;
	struct tm parts;

	if (!localtime_r(&seconds, &parts) ||
	    !strftime(text, 32, recent ? "%b %e %H:%M" : "%b %e  %Y", &parts))
		snprintf(text, 32, "?");
}

static void widen(int *width, int needed)
{
	if (*width < needed)
		*width = needed;
}

void print_widen(struct print_widths *widths, const fileinfo_entry *entry)
{
	const fileinfo_attributes *a = &entry->stat.fileinfo_stat_result_u.attributes;
	char name[64];

	if (entry->stat.status != FILEINFO_OK)
		return;
	widen(&widths->links, snprintf(NULL, 0, "%u", a->links));
	widen(&widths->size, snprintf(NULL, 0, "%" PRIu64, (uint64_t)a->size));
	user_name(a->uid, name);
	widen(&widths->user, (int)strlen(name));
	group_name(a->gid, name);
	widen(&widths->group, (int)strlen(name));
}

void print_long(const struct print_widths *widths, const char *path, const fileinfo_entry *entry,
		const char *target)
{
	const fileinfo_attributes *a = &entry->stat.fileinfo_stat_result_u.attributes;
	char mode[11], user[64], group[64], when[32];

	if (entry->stat.status != FILEINFO_OK) {
		printf("?????????? ");
		print_name(path);
		printf(": %s\n", fileinfo_status_text(entry->stat.status));
		return;
	}
	mode_string(a, mode);
	user_name(a->uid, user);
	group_name(a->gid, group);
	date(&a->modified, when);
	printf("%s %*u %-*s %-*s %*" PRIu64 " %s ", mode, widths->links, a->links, widths->user,
	       user, widths->group, group, widths->size, (uint64_t)a->size, when);
	print_name(path);
	if (target) {
		printf(" -> ");
		print_name(target);
	}
	putchar('\n');
}
