/* What a command reads: a file, standard input, or a word of its own. */
#include "programs/sidecall/input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/failures.h"

#define READ_SIZE     ((size_t)64 << 10) /* bytes */
#define LARGEST_INPUT ((size_t)1 << 30)

/* 0 or -errno. */
static int read_some(int fd, size_t most, struct buffer *input)
{
	for (;;) {
		size_t size = most < READ_SIZE ? most : READ_SIZE;
		ssize_t n;

		if (input->length > LARGEST_INPUT)
			return -EFBIG;
		if (buffer_reserve(input, size) < 0)
			return -ENOMEM;
		n = read(fd, input->data + input->length, size);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		input->length += n > 0 ? (size_t)n : 0;
		most -= n > 0 && most != INPUT_ALL ? (size_t)n : 0;
	}
}

static int set_unread(struct failure *failure, const char *path, int error)
{
	return failure_set(failure, FAILURE_SYSTEM, "cannot read %s: %s",
			   strcmp(path, "-") == 0 ? "standard input" : path, strerror(error));
}

int input_open(const char *path, struct failure *failure)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		set_unread(failure, path, errno);
	return fd;
}

int input_read(int fd, const char *path, size_t most, struct buffer *input, struct failure *failure)
{
	int r = read_some(fd, most, input);

	return r < 0 ? set_unread(failure, path, -r) : 0;
}

void input_close(int fd)
{
	if (fd > STDIN_FILENO)
		close(fd);
}

int input_file(const char *path, struct buffer *input, struct failure *failure)
{
	int fd = input_open(path, failure);
	int code = fd < 0 ? failure->code : input_read(fd, path, INPUT_ALL, input, failure);

	input_close(fd);
	return code;
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

static bool has_letters(const char *text)
{
	while (*text && !isalpha((unsigned char)*text))
		text++;
	return *text != '\0';
}

void input_advise(const char *operand, struct failure *failure)
{
	if (strcmp(operand, "-") == 0 || *operand == '@' || failure->advice[0])
		return;
	if (access(operand, F_OK) == 0)
		failure_advise(failure, "@%.100s reads the file", operand);
	else if (strpbrk(operand, "{[:") && !strchr(operand, '"') && has_letters(operand))
		failure_advise(failure, "Put JSON into '...', or a shell takes its quotes");
}
