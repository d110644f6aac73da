/* The runtime directory, where clients and servers of a user meet. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/rendezvous.h"
#include "doctor/place.h"
#include "doctor/say.h"

#define QUOTED (2 * ENDPOINT_MAX_PATH + 8) /* bytes */

/* Whether we may make a directory of that name: its next ancestor that is there lets us. */
static bool can_make(const char *directory)
{
	char path[ENDPOINT_MAX_PATH];

	snprintf(path, sizeof(path), "%s", directory);
	do
		memmove(path, dirname(path), strlen(dirname(path)) + 1);
	while (access(path, F_OK) != 0 && strcmp(path, "/") != 0 && strcmp(path, ".") != 0);
	return access(path, W_OK | X_OK) == 0;
}

static bool parent_is_there(const char *directory)
{
	char path[ENDPOINT_MAX_PATH];

	snprintf(path, sizeof(path), "%s", directory);
	return access(dirname(path), W_OK | X_OK) == 0;
}

static void say_missing(struct doctor *doctor, const char *directory, const char *quoted)
{
	struct doctor_finding finding = doctor_finding(
		DOCTOR_FAULT, "%s is not there, and sidecalld cannot make it", directory);

	if (parent_is_there(directory)) {
		doctor_say(doctor, DOCTOR_OK, "%s is not there yet: sidecalld makes it", directory);
		return;
	}
	if (can_make(directory))
		doctor_command(&finding, "mkdir -p -m 700 %s", quoted);
	else
		doctor_command_of_root(&finding, "install -d -m 700 -o %u %s",
				       (unsigned int)geteuid(), quoted);
	doctor_hand_over(doctor, &finding);
}

/* Something stands where the directory should be: put aside, for it may be somebody's. */
static void say_in_the_way(struct doctor *doctor, const char *directory, const char *what,
			   uid_t owner, const char *quoted)
{
	struct doctor_finding finding = doctor_finding(DOCTOR_FAULT, "%s %s", directory, what);

	if (owner == geteuid())
		doctor_command(&finding, "mv -T %s %s.old", quoted, quoted);
	else
		doctor_command_of_root(&finding, "mv -T %s %s.old", quoted, quoted);
	doctor_hand_over(doctor, &finding);
}

static void say_open(struct doctor *doctor, const char *directory, mode_t mode, const char *quoted)
{
	struct doctor_finding finding = doctor_finding(
		DOCTOR_FAULT, "others may write to %s (mode %04o): it is refused", directory,
		(unsigned int)mode & 07777);

	doctor_command(&finding, "chmod 700 %s", quoted);
	doctor_hand_over(doctor, &finding);
}

void look_at_directory(struct doctor *doctor)
{
	char directory[ENDPOINT_MAX_PATH], quoted[QUOTED];
	struct stat st;

	if (rendezvous_directory_name(directory, sizeof(directory)) < 0 ||
	    !doctor_quote(directory, quoted, sizeof(quoted)))
		doctor_say(doctor, DOCTOR_FAULT,
			   "its name is too long for sockets: SIDECALL_DIR names another");
	else if (lstat(directory, &st) < 0 && errno == ENOENT)
		say_missing(doctor, directory, quoted);
	else if (lstat(directory, &st) < 0)
		doctor_say(doctor, DOCTOR_FAULT, "%s: %s", directory, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		say_in_the_way(doctor, directory, "is no directory", st.st_uid, quoted);
	else if (st.st_uid != geteuid())
		say_in_the_way(doctor, directory, "is another user's: it is refused", st.st_uid,
			       quoted);
	else if (st.st_mode & 022)
		say_open(doctor, directory, st.st_mode, quoted);
	else
		doctor_say(doctor, DOCTOR_OK, "%s is ours, mode %04o", directory,
			   (unsigned int)st.st_mode & 07777);
}
