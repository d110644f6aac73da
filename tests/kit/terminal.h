/* A program with a terminal as its standard output. */
#ifndef SIDECALL_TESTS_KIT_TERMINAL_H
#define SIDECALL_TESTS_KIT_TERMINAL_H

#include <stddef.h>

/*
 * Runs it to its end on a terminal of so many columns that changes nothing in what is written to
 * it, and puts that into `text`, as much as fits, ending in a zero byte.  argv[0] is its path, and
 * NULL ends it.  Its status as waitpid(2) has it; -1 when there is no terminal to be had here.
 */
int terminal_run(const char *const argv[], unsigned short columns, char *text, size_t size);

#endif
