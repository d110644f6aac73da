/* Standard input, output and error of a program that was started without some of them. */
#ifndef SIDECALL_COMMON_STANDARD_H
#define SIDECALL_COMMON_STANDARD_H

/*
 * To be called before anything is opened: what is opened first takes the place of a standard
 * descriptor that is closed, and a connection there would get all that is printed or logged.
 * Afterwards nothing can be written to such a descriptor, and nothing read from it.
 */
void standard_keep(void);

#endif
