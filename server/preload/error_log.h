/* The log of a program that knows nothing of ours: its standard error, as long as it is that. */
#ifndef SIDECALL_SERVER_PRELOAD_ERROR_LOG_H
#define SIDECALL_SERVER_PRELOAD_ERROR_LOG_H

/* Takes what standard error is now for what it is to be, if it is one; the first time
 * alone. */
void error_log_find(void);

/* A line of a server's log, to standard error as it was found; nothing where it is another file by
 * now, or has no room for it at once. */
void error_log_write(void *context, const char *line);

/* A line to whatever standard error is now. */
void error_log_now(const char *line);

#endif
