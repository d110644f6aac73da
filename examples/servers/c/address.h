/* The sockets that our servers wait at. */
#ifndef ADDRESS_H
#define ADDRESS_H

/* Binds a socket of this type (SOCK_STREAM: and listens) at a port of 127.0.0.1; 0: any that is
 * free.  Says on standard output where it is, as sidecall takes it.  Ends the process where it
 * cannot. */
int bind_port(const char *protocol, int type, const char *port);

/* The same at a path, which must not be there. */
int bind_path(const char *path);

/* Has a file removed when we are told to end, by Ctrl-C or kill: nobody else removes it. */
void remove_at_end(const char *path);

#endif
