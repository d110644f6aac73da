/* A file that is written whole or not at all: under another name beside it, and then renamed. */
#include "compare/part/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY 48 /* bytes of the other name */
#define TRIES     64 /* names, of which others may have left files, and which are not ours */

static int cannot_write(int error, const char *name, struct failure *failure)
{
	return failure_set(failure, FAILURE_OUTPUT, "cannot write %.200s: %s", name,
			   error == EEXIST ? "it is a device or the like, and no regular file"
					   : strerror(error));
}

/* Splits the path.  0 or a positive errno. */
static int open_directory(struct output *output, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char directory[PATH_MAX];

	if (!*name)
		return EISDIR;
	if (strlen(path) >= sizeof(directory) || strlen(name) >= sizeof(output->name))
		return ENAMETOOLONG;
	strcpy(output->name, name);
	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	output->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return output->directory < 0 ? errno : 0;
}

/* What is no regular file, such as a device, is not replaced by one, whoever may do that. */
static int check_replaceable(const struct output *output)
{
	struct stat status;

	if (fstatat(output->directory, output->name, &status, 0) == 0) {
		if (!S_ISREG(status.st_mode))
			return S_ISDIR(status.st_mode) ? EISDIR : EEXIST;
	} else if (errno != ENOENT) {
		return errno;
	}
	return faccessat(output->directory, ".", W_OK, 0) < 0 ? errno : 0;
}

/* Of a link, the file that it leads to is replaced, and the link stays. */
static int open_linked(struct output *output, const char *path)
{
	char *file = realpath(path, NULL);
	int error = open_directory(output, file ? file : path);

	free(file);
	return error;
}

int output_open(struct output *output, const char *path, struct failure *failure)
{
	int error;

	output->directory = -1;
	error = open_linked(output, path);
	if (!error)
		error = check_replaceable(output);
	if (!error)
		return 0;
	output_close(output);
	return cannot_write(error, path, failure);
}

void output_close(struct output *output)
{
	if (output->directory >= 0)
		close(output->directory);
	output->directory = -1;
}

/* Makes a file under a name that nobody has.  A descriptor or -1 with errno. */
static int create_beside(const struct output *output, char temporary[TEMPORARY])
{
	int fd = -1;

	errno = EEXIST;
	for (int i = 0; i < TRIES && fd < 0 && errno == EEXIST; i++) {
		snprintf(temporary, TEMPORARY, ".sidecall-%d-%d", (int)getpid(), i);
		fd = openat(output->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0666);
	}
	return fd;
}

/* Writes all of it, and closes the descriptor.  0 or a positive errno. */
static int fill_and_close(int fd, void (*write)(const void *what, FILE *file), const void *what)
{
	FILE *file = fdopen(fd, "w");
	int error = 0;

	if (!file) {
		error = errno;
		close(fd);
		return error;
	}
	write(what, file);
	if (fflush(file) != 0 || ferror(file))
		error = errno ? errno : EIO;
	if (fclose(file) != 0 && !error)
		error = errno;
	return error;
}

int output_write(const struct output *output, void (*write)(const void *what, FILE *file),
		 const void *what, struct failure *failure)
{
	char temporary[TEMPORARY];
	int fd = create_beside(output, temporary), error;

	if (fd < 0)
		return cannot_write(errno, output->name, failure);
	error = fill_and_close(fd, write, what);
	if (!error && renameat(output->directory, temporary, output->directory, output->name) < 0)
		error = errno;
	if (!error)
		return 0;
	unlinkat(output->directory, temporary, 0);
	return cannot_write(error, output->name, failure);
}
