/* A raw server as who learns to write one writes it: right, but for one fault. */
#ifndef SIDECALL_TESTS_KIT_STUDENT_H
#define SIDECALL_TESTS_KIT_STUDENT_H

/* Serves standard input and output to their end, with the fault of that name ("": none).  The exit
 * status. */
int student_serve_pipe(const char *fault);

/* Serves named pipes in a directory until it is killed; writes a byte to `ready` when clients may
 * come. */
int student_serve_fifos(const char *directory, const char *fault, int ready);

/* Serves all that connect to a listening socket until it is killed, a process each. */
int student_serve_socket(int listener, const char *fault);

/* Serves datagrams until it is killed. */
int student_serve_datagrams(int fd, const char *fault);

#endif
