/* What a command reads: a file, standard input, or a word of its own. */
#ifndef SIDECALL_PROGRAMS_SIDECALL_INPUT_H
#define SIDECALL_PROGRAMS_SIDECALL_INPUT_H

#include "client/runtime/failure.h"
#include "common/buffer.h"

/* Opens a file for reading; "-" is standard input.  The descriptor, or -1 and the failure. */
int input_open(const char *path, struct failure *failure);

/* Adds up to so many bytes, fewer only at the end.  0, or the failure's code. */
int input_read(int fd, const char *path, size_t most, struct buffer *input,
	       struct failure *failure);

/* Closes it, unless it is standard input. */
void input_close(int fd);

#define INPUT_ALL SIZE_MAX

/* Adds all bytes of a file, or of standard input ("-").  0, or the failure's code. */
int input_file(const char *path, struct buffer *input, struct failure *failure);

/* The same for an operand: "-" and @FILE are read, and any other word is what it says. */
int input_operand(const char *operand, struct buffer *input, struct failure *failure);

/* What was probably meant by a word that is no JSON, as advice: a file, or what a shell has
 * changed. */
void input_advise(const char *operand, struct failure *failure);

#endif
