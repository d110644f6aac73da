/* Many clients at a time, by one loop: it serves who has something, and waits for nobody alone. */
#ifndef SEVERAL_H
#define SEVERAL_H

/* Two descriptors of a client's, one to read and one to write: of a socket they are the same. */
struct ends {
	int source, sink;
};

/* Serves for ever.  `door` can be read when somebody comes; then meet() fills in his ends, and
 * returns 1; or 0 where he has left again. */
void serve(int door, int (*meet)(int door, struct ends *ends));

/* Where the door is a socket: it waits at the address that everybody knows, and each client gets
 * one more. */
int meet_socket(int listener, struct ends *ends);

#endif
