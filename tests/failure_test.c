/* Why something did not succeed: what is said, the exit code, and what the service's statuses are
 * called. */
#include "client/failures.h"
#include "client/runtime/failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/report.h"
#include "client/status.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A failure as a stack may have it. */
static struct failure dirty(void)
{
	struct failure failure;

	memset(&failure, 'x', sizeof(failure));
	failure.why[sizeof(failure.why) - 1] = failure.advice[sizeof(failure.advice) - 1] = '\0';
	return failure;
}

/* Nothing is left of an earlier failure. */
static void test_set(void)
{
	struct failure failure = dirty();

	CHECK_INT(failure_set(&failure, FAILURE_USAGE, "%d is %s", 7, "wrong"), 64);
	CHECK_INT(failure.code, FAILURE_USAGE);
	CHECK_INT(failure.error, 0);
	CHECK_STR(failure.why, "7 is wrong");
	CHECK_STR(failure.advice, "");
	failure_advise(&failure, "Take %d", 8);
	failure_append(&failure, ", and %s", "so on");
	CHECK_STR(failure.why, "7 is wrong, and so on");
	CHECK_STR(failure.advice, "Take 8");
	failure_set(&failure, FAILURE_DATA, "else");
	CHECK_STR(failure.why, "else");
	CHECK_STR(failure.advice, "");
}

static const struct {
	int error, code;
} errors[] = {
	{ ETIMEDOUT, 75 },   { EACCES, 77 },        { EPERM, 77 },  { ECONNREFUSED, 69 },
	{ ECONNRESET, 69 },  { EPIPE, 69 },         { ENOENT, 69 }, { EHOSTUNREACH, 69 },
	{ ENETUNREACH, 69 }, { EADDRNOTAVAIL, 69 }, { EAGAIN, 69 }, { EPROTO, 76 },
	{ EMSGSIZE, 76 },    { ENOMEM, 71 },        { EMFILE, 71 }, { EIO, 71 },
};

static void test_system(void)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct failure failure = dirty();
		char why[128];

		CHECK_INT(failure_system(&failure, errors[i].error, "it"), errors[i].code);
		CHECK_INT(failure.code, errors[i].code);
		CHECK_INT(failure.error, errors[i].error);
		snprintf(why, sizeof(why), "it: %s", strerror(errors[i].error));
		CHECK_STR(failure.why, why);
		CHECK_STR(failure.advice, "");
	}
}

/* What is too long is cut, and nothing is written behind it. */
static void test_long(void)
{
	struct {
		struct failure failure;
		char behind[16];
	} place;
	char text[2048];

	memset(&place, 'x', sizeof(place));
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	failure_set(&place.failure, FAILURE_BUG, "%s", text);
	failure_advise(&place.failure, "%s", text);
	CHECK_INT(strlen(place.failure.why), sizeof(place.failure.why) - 1);
	CHECK_INT(strlen(place.failure.advice), sizeof(place.failure.advice) - 1);
	failure_append(&place.failure, "%s", text);
	CHECK_INT(strlen(place.failure.why), sizeof(place.failure.why) - 1);
	CHECK_BYTES(place.behind, "xxxxxxxxxxxxxxxx", 16);
}

/* What report says on standard error. */
static void said(const struct failure *failure, char *text, size_t size)
{
	int before = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	CU_ASSERT_FATAL(pipe(ends) == 0);
	fflush(stderr);
	dup2(ends[1], STDERR_FILENO);
	CHECK_INT(report_failure(failure, "what"), failure->code);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	n = read(ends[0], text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(ends[0]);
}

static void test_report(void)
{
	struct failure failure = dirty();
	char text[256];

	failure_set(&failure, FAILURE_HOST, "it is not known");
	said(&failure, text, sizeof(text));
	CHECK_STR(text, "sidecall: what: it is not known\n");
	failure_advise(&failure, "Ask another");
	said(&failure, text, sizeof(text));
	CHECK_STR(text, "sidecall: what: it is not known. Ask another\n");
}

/* ---- what the service says ---- */

#define NOBODYS 4711 /* a status that the contract does not have */

static const struct {
	int status;
	const char *name;
} calc_statuses[] = {
	{ CALC_OK, "OK" },	   { CALC_DIVIDE_BY_ZERO, "DIVIDE_BY_ZERO" },
	{ CALC_OVERFLOW, "OVERFLOW" }, { CALC_SYNTAX, "SYNTAX" },
	{ CALC_DOMAIN, "DOMAIN" },   { CALC_FULL, "FULL" },
	{ NOBODYS, "UNKNOWN" },
}, fileinfo_statuses[] = {
	{ FILEINFO_OK, "OK" }, { FILEINFO_PERM, "PERM" }, { FILEINFO_NOENT, "NOENT" },
	{ FILEINFO_IO, "IO" }, { FILEINFO_ACCES, "ACCES" }, { FILEINFO_NOTDIR, "NOTDIR" },
	{ FILEINFO_ISDIR, "ISDIR" }, { FILEINFO_INVAL, "INVAL" },
	{ FILEINFO_NAMETOOLONG, "NAMETOOLONG" }, { FILEINFO_BAD_COOKIE, "BAD_COOKIE" },
	{ FILEINFO_TOOSMALL, "TOOSMALL" }, { FILEINFO_SERVERFAULT, "SERVERFAULT" },
	{ FILEINFO_LOOP, "LOOP" }, { FILEINFO_OUTSIDE, "OUTSIDE" }, { NOBODYS, "UNKNOWN" },
}, types[] = {
	{ FILEINFO_REGULAR, "regular" }, { FILEINFO_DIRECTORY, "directory" },
	{ FILEINFO_BLOCK, "block" }, { FILEINFO_CHARACTER, "character" },
	{ FILEINFO_SYMLINK, "symlink" }, { FILEINFO_SOCKET, "socket" },
	{ FILEINFO_FIFO, "fifo" }, { NOBODYS, "unknown" },
};

/* Each has words of its own, and only what nobody knows has those for that. */
static void test_statuses(void)
{
	const char *unknown = status_text("calc_status", NOBODYS);
	char small[STATUS_ROOM];

	for (size_t i = 0; i < COUNT(calc_statuses); i++) {
		int status = calc_statuses[i].status;

		CHECK_STR(status_name("calc_status", status), calc_statuses[i].name);
		CHECK_INT(strcmp(status_text("calc_status", status), unknown) == 0,
			  calc_statuses[i].status == NOBODYS);
	}
	for (size_t i = 0; i < COUNT(fileinfo_statuses); i++) {
		int status = fileinfo_statuses[i].status;

		CHECK_STR(status_name("fileinfo_status", status), fileinfo_statuses[i].name);
		CHECK_INT(strcmp(status_text("fileinfo_status", status), unknown) == 0,
			  fileinfo_statuses[i].status == NOBODYS);
	}
	for (size_t i = 0; i < COUNT(types); i++)
		CHECK_STR(status_small_name("fileinfo_type", types[i].status, small),
			  types[i].name);
}

static const struct test tests[] = {
	{ "nothing is left of an earlier one", test_set },
	{ "errors of the system", test_system },
	{ "long ones", test_long },
	{ "what is said", test_report },
	{ "statuses of the service", test_statuses },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("failure", tests);
}
