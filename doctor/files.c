/* What servers that crashed left in the runtime directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/rendezvous.h"
#include "doctor/place.h"
#include "doctor/say.h"

#define PATH_ROOM (2 * ENDPOINT_MAX_PATH)
#define REMOVE    "rm -f --"

/* A directory as it is looked through. */
struct leftovers {
	char directory[ENDPOINT_MAX_PATH];
	bool served[2]; /* somebody reads the well-known FIFO of rpc, of raw */
	size_t count;
	char command[DOCTOR_COMMAND]; /* removes those for which there is room */
	char first[64];
};

/* Whether a server that lives has the lock beside a socket.  Such a one is not called: it would
 * wonder who hangs up. */
static bool is_locked(const char *path)
{
	char lock[PATH_ROOM + 8];
	bool locked;
	int fd;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd);
	return locked;
}

static bool is_stale_socket(const char *path)
{
	struct holder holder;

	return !is_locked(path) && holder_of_socket(path, &holder) == -ECONNREFUSED;
}

/* Whether somebody reads a FIFO. */
static bool is_read(const char *path)
{
	int fd;

	if (is_locked(path))
		return true;
	fd = rendezvous_open_fifo(path, O_WRONLY);
	if (fd >= 0)
		close(fd);
	return fd != -ENXIO && fd != -ENOENT;
}

/* A pair of pipes is a client's: whether its server lives is seen at the well-known FIFO. */
static bool is_stale_fifo(const struct leftovers *leftovers, const char *path, const char *name)
{
	static const enum endpoint_protocol protocols[] = { ENDPOINT_RPC, ENDPOINT_RAW };
	uint64_t number;

	for (int i = 0; i < 2; i++) {
		const struct endpoint endpoint = { .protocol = protocols[i] };

		if (rendezvous_read_name(&endpoint, name, &number))
			return !leftovers->served[i];
	}
	return strstr(name, ".fifo") && !is_read(path);
}

static void add(struct leftovers *leftovers, const char *path, const char *name)
{
	size_t length = strlen(leftovers->command);
	char word[2 * PATH_ROOM], lock[PATH_ROOM + 8], lock_word[2 * PATH_ROOM];

	leftovers->count++;
	if (leftovers->count == 1)
		snprintf(leftovers->first, sizeof(leftovers->first), "%.60s", name);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	if (!doctor_quote(path, word, sizeof(word)) ||
	    !doctor_quote(lock, lock_word, sizeof(lock_word)) ||
	    length + strlen(word) + strlen(lock_word) + 4 > sizeof(leftovers->command))
		return;
	snprintf(leftovers->command + length, sizeof(leftovers->command) - length, " %s %s", word,
		 lock_word);
}

static void look_at_file(struct leftovers *leftovers, const char *name)
{
	char path[PATH_ROOM];
	struct stat st;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", leftovers->directory, name) >=
		    sizeof(path) ||
	    lstat(path, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode) ? is_stale_socket(path)
				 : S_ISFIFO(st.st_mode) && is_stale_fifo(leftovers, path, name))
		add(leftovers, path, name);
}

static void look_at_servers(struct leftovers *leftovers)
{
	char path[PATH_ROOM];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s.fifo", leftovers->directory, i ? "raw" : "rpc");
		leftovers->served[i] = is_read(path);
	}
}

void look_at_files(struct doctor *doctor)
{
	struct leftovers leftovers = { .command = REMOVE };
	struct doctor_finding finding;
	struct dirent *entry;
	struct stat st;
	DIR *directory;

	if (rendezvous_directory_name(leftovers.directory, sizeof(leftovers.directory)) < 0 ||
	    lstat(leftovers.directory, &st) < 0 || st.st_uid != geteuid() ||
	    !(directory = opendir(leftovers.directory))) {
		doctor_say(doctor, DOCTOR_UNSEEN, "there is no such directory of ours");
		return;
	}
	look_at_servers(&leftovers);
	while ((entry = readdir(directory)))
		look_at_file(&leftovers, entry->d_name);
	closedir(directory);
	if (!leftovers.count) {
		doctor_say(doctor, DOCTOR_OK, "none is stale");
		return;
	}
	finding = doctor_finding(DOCTOR_NOTE,
				 "%zu in %s are stale, as %s: a server left them when it crashed",
				 leftovers.count, leftovers.directory, leftovers.first);
	if (strcmp(leftovers.command, REMOVE) != 0)
		doctor_command(&finding, "%s", leftovers.command);
	doctor_hand_over(doctor, &finding);
}
