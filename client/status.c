/* What the contract's statuses are called, and what they say to people. */
#include "client/status.h"

#include <stddef.h>

struct status {
	int number;
	const char *name;
	const char *text;
};

static const struct status calc_statuses[] = {
	{ CALC_OK, "OK", "done" },
	{ CALC_DIVIDE_BY_ZERO, "DIVIDE_BY_ZERO", "division by zero" },
	{ CALC_OVERFLOW, "OVERFLOW", "the result does not fit 64 bits" },
	{ CALC_SYNTAX, "SYNTAX", "syntax error" },
	{ CALC_DOMAIN, "DOMAIN", "there is no real, finite value" },
	{ CALC_FULL, "FULL", "no register is left" },
	{ 0, NULL, NULL },
};

static const struct status fileinfo_statuses[] = {
	{ FILEINFO_OK, "OK", "done" },
	{ FILEINFO_PERM, "PERM", "not permitted" },
	{ FILEINFO_NOENT, "NOENT", "no such file or directory" },
	{ FILEINFO_IO, "IO", "input/output error" },
	{ FILEINFO_ACCES, "ACCES", "permission denied" },
	{ FILEINFO_NOTDIR, "NOTDIR", "not a directory" },
	{ FILEINFO_ISDIR, "ISDIR", "is a directory" },
	{ FILEINFO_INVAL, "INVAL", "not the right kind of file" },
	{ FILEINFO_NAMETOOLONG, "NAMETOOLONG", "the name is too long" },
	{ FILEINFO_BAD_COOKIE, "BAD_COOKIE", "the directory does not know this cookie" },
	{ FILEINFO_TOOSMALL, "TOOSMALL", "not even one entry fits the page" },
	{ FILEINFO_SERVERFAULT, "SERVERFAULT", "the server met an error" },
	{ FILEINFO_LOOP, "LOOP", "too many symbolic links" },
	{ FILEINFO_OUTSIDE, "OUTSIDE", "the path leaves the server's root" },
	{ 0, NULL, NULL },
};

static const struct status *find(const struct status *statuses, int number)
{
	while (statuses->name && statuses->number != number)
		statuses++;
	return statuses;
}

static const char *name_of(const struct status *statuses, int number)
{
	const char *name = find(statuses, number)->name;

	return name ? name : "UNKNOWN";
}

static const char *text_of(const struct status *statuses, int number)
{
	const char *text = find(statuses, number)->text;

	return text ? text : "a failure that this version does not know";
}

const char *calc_status_name(calc_status status)
{
	return name_of(calc_statuses, (int)status);
}

const char *fileinfo_status_name(fileinfo_status status)
{
	return name_of(fileinfo_statuses, (int)status);
}

const char *calc_status_text(calc_status status)
{
	return text_of(calc_statuses, (int)status);
}

const char *fileinfo_status_text(fileinfo_status status)
{
	return text_of(fileinfo_statuses, (int)status);
}

const char *program_name(rpcprog_t program)
{
	return program == CALC_PROG       ? "the calculator"
	       : program == FILEINFO_PROG ? "file information"
					  : "which is none of ours";
}

const char *fileinfo_type_name(fileinfo_type type)
{
	switch (type) {
	case FILEINFO_REGULAR:
		return "regular";
	case FILEINFO_DIRECTORY:
		return "directory";
	case FILEINFO_BLOCK:
		return "block";
	case FILEINFO_CHARACTER:
		return "character";
	case FILEINFO_SYMLINK:
		return "symlink";
	case FILEINFO_SOCKET:
		return "socket";
	case FILEINFO_FIFO:
		return "fifo";
	default:
		return "unknown";
	}
}

static const char *calc_failed(calc_status status)
{
	return status == CALC_OK ? NULL : calc_status_text(status);
}

static const char *fileinfo_failed(fileinfo_status status)
{
	return status == FILEINFO_OK ? NULL : fileinfo_status_text(status);
}

const char *failed_number(const void *result)
{
	return calc_failed(((const calc_result *)result)->status);
}

const char *failed_evaluation(const void *result)
{
	return calc_failed(((const calc_evaluation *)result)->status);
}

const char *failed_summary(const void *result)
{
	calc_status status = ((const calc_summary_result *)result)->status;

	if (status == CALC_DOMAIN) /* nothing else of whole numbers is out of it */
		return "there are no numbers, and so no real, finite value";
	return calc_failed(status);
}

const char *failed_stat(const void *result)
{
	return fileinfo_failed(((const fileinfo_stat_result *)result)->status);
}

const char *failed_link(const void *result)
{
	fileinfo_status status = ((const fileinfo_link_result *)result)->status;

	return status == FILEINFO_INVAL ? "not a symbolic link" : fileinfo_failed(status);
}

const char *failed_digest(const void *result)
{
	fileinfo_status status = ((const fileinfo_digest_result *)result)->status;

	return status == FILEINFO_INVAL ? "not a regular file" : fileinfo_failed(status);
}

const char *failed_space(const void *result)
{
	return fileinfo_failed(((const fileinfo_space_result *)result)->status);
}
