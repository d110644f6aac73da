/*
 * pipe: a server of raw messages on its standard input and output.
 *
 * Its client starts it, and has the other ends of both pipes: sidecall --via raw+pipe:./pipe ping
 * Nobody else can reach it, and it ends when he closes his end.  What it has to say besides goes to
 * standard error, for standard output is a pipe of messages.
 */
#include <unistd.h>

#include "stream.h"

int main(void)
{
	serve_one(STDIN_FILENO, STDOUT_FILENO);
}
