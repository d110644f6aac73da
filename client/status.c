/* What the contract's statuses are called, and what they say to people. */
#include "client/status.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "contract/contract.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "idl/status.h"

const char *status_name(const char *type, int number)
{
	const char *name = contract_enumerator(contract_type(contract_built_in(), type), number);
	const char *last = strrchr(type, '_');

	/* What stands before the last word of the type's name begins all its numbers' names. */
	return name && last ? name + (last - type) + 1 : "UNKNOWN";
}

const char *status_small_name(const char *type, int number, char room[STATUS_ROOM])
{
	const char *name = status_name(type, number);
	size_t i;

	for (i = 0; name[i] && i + 1 < STATUS_ROOM; i++)
		room[i] = (char)tolower((unsigned char)name[i]);
	room[i] = '\0';
	return room;
}

/* ---- words ---- */

struct words {
	int status;
	const char *text;
};

static const struct words calc_words[] = {
	{ CALC_OK, "done" },
	{ CALC_DIVIDE_BY_ZERO, "division by zero" },
	{ CALC_OVERFLOW, "the result does not fit 64 bits" },
	{ CALC_SYNTAX, "syntax error" },
	{ CALC_DOMAIN, "there is no real, finite value" },
	{ CALC_FULL, "no register is left" },
	{ 0, NULL },
};

static const struct words fileinfo_words[] = {
	{ FILEINFO_OK, "done" },
	{ FILEINFO_PERM, "not permitted" },
	{ FILEINFO_NOENT, "no such file or directory" },
	{ FILEINFO_IO, "input/output error" },
	{ FILEINFO_ACCES, "permission denied" },
	{ FILEINFO_NOTDIR, "not a directory" },
	{ FILEINFO_ISDIR, "is a directory" },
	{ FILEINFO_INVAL, "not the right kind of file" },
	{ FILEINFO_NAMETOOLONG, "the name is too long" },
	{ FILEINFO_BAD_COOKIE, "the directory does not know this cookie" },
	{ FILEINFO_TOOSMALL, "not even one entry fits the page" },
	{ FILEINFO_SERVERFAULT, "the server met an error" },
	{ FILEINFO_LOOP, "too many symbolic links" },
	{ FILEINFO_OUTSIDE, "the path leaves the server's root" },
	{ 0, NULL },
};

const char *status_text(const char *type, int number)
{
	const struct words *words = strcmp(type, "calc_status") == 0 ? calc_words : fileinfo_words;

	while (words->text && words->status != number)
		words++;
	return words->text ? words->text : "a failure that this version does not know";
}

const char *program_name(rpcprog_t program)
{
	return program == CALC_PROG       ? "the calculator"
	       : program == FILEINFO_PROG ? "file information"
	       : program == STATUS_PROG   ? "the server's status"
					  : NULL;
}
