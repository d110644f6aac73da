/*
 * fifo DIRECTORY: a server of raw messages by named pipes, many clients at a time.
 *
 * All who write into a FIFO write into one stream.  So strangers write no calls into ours: each
 * makes a pair of FIFOs of his own, and writes its number into ours, on a line (docs/fifo.md).
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "several.h"

#define FIGURES 16 /* in a number */

static const char *directory;

/* Opens one of a pair, without waiting for its other end: whoever made it may be gone. */
static int open_one(const char *number, const char *which, int flags)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s/raw.%s.%s", directory, number, which);
	return open(name, flags | O_NONBLOCK | O_NOFOLLOW);
}

/* The client reads its replies already.  Once it is greeted, it opens its calls. */
static int open_pair(const char *number, struct ends *ends)
{
	char greeting[FIGURES + 3];
	int length = snprintf(greeting, sizeof(greeting), "\n%s\n", number);

	ends->source = open_one(number, "calls", O_RDONLY);
	ends->sink = open_one(number, "replies", O_WRONLY);
	if (ends->source >= 0 && ends->sink >= 0 &&
	    write(ends->sink, greeting, (size_t)length) == length)
		return 1;
	close(ends->source);
	close(ends->sink);
	return 0;
}

/* Reads up to the end of a line. */
static int meet(int door, struct ends *ends)
{
	static char line[FIGURES + 1];
	static size_t length;
	char next;

	while (read(door, &next, 1) == 1) {
		size_t was = length;

		if (next != '\n') {
			length += length < sizeof(line);
			line[length - 1] = next;
			continue;
		}
		length = 0;
		line[FIGURES] = '\0';
		/* It becomes part of a path, so nothing but a number is taken. */
		if (was == FIGURES && strspn(line, "0123456789abcdef") == FIGURES)
			return open_pair(line, ends);
	}
	return 0;
}

int main(int count, char **words)
{
	static char path[PATH_MAX];
	int door;

	if (count != 2)
		errx(EXIT_FAILURE, "where? fifo DIRECTORY");
	directory = words[1];
	snprintf(path, sizeof(path), "%s/raw.fifo", directory);
	if (mkfifo(path, 0600) < 0) /* a dead server's stays until it is removed */
		err(EXIT_FAILURE, "%s", path);
	remove_at_end(path);
	/* Also to write: otherwise the end of each client would be the end of the stream for us. */
	door = open(path, O_RDWR);
	if (door < 0)
		err(EXIT_FAILURE, "%s", path);
	printf("raw+fifo:%s\n", directory);
	fflush(stdout);
	serve(door, meet);
}
