/* What a command reads: a file, standard input, or a word of its own. */
#include "programs/sidecall/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/failures.h"

#define READ_SIZE     ((size_t)64 << 10) /* bytes */
#define LARGEST_INPUT ((size_t)1 << 30)

/* Reads a file to its end.  0 or -errno. */
static int read_all(int fd, struct buffer *input)
{
	for (;;) {
		ssize_t n;

		if (input->length > LARGEST_INPUT)
			return -EFBIG;
		if (buffer_reserve(input, READ_SIZE) < 0)
			return -ENOMEM;
		n = read(fd, input->data + input->length, READ_SIZE);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		input->length += n > 0 ? (size_t)n : 0;
	}
}

int input_file(const char *path, struct buffer *input, struct failure *failure)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_all(fd, input);

	if (fd > STDIN_FILENO)
		close(fd);
	if (r == 0)
		return 0;
	return failure_set(failure, FAILURE_SYSTEM, "cannot read %s: %s",
			   fd == STDIN_FILENO ? "standard input" : path, strerror(-r));
}

int input_operand(const char *operand, struct buffer *input, struct failure *failure)
{
	if (strcmp(operand, "-") == 0)
		return input_file(operand, input, failure);
	if (*operand == '@')
		return input_file(operand + 1, input, failure);
	if (buffer_append(input, operand, strlen(operand)) == 0)
		return 0;
	return failure_set(failure, FAILURE_SYSTEM, "out of memory");
}

void input_advise(const char *operand, struct failure *failure)
{
	if (strcmp(operand, "-") == 0 || *operand == '@' || failure->advice[0])
		return;
	if (access(operand, F_OK) == 0)
		failure_advise(failure, "@%.100s reads the file", operand);
	else if (strpbrk(operand, "{[:") && !strchr(operand, '"'))
		failure_advise(failure, "Put JSON into '...', or a shell takes its quotes");
}
