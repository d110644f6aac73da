/* What the daemon says of itself, on standard error. */
#ifndef SIDECALL_SERVER_LOG_H
#define SIDECALL_SERVER_LOG_H

/* Writes one line, "sidecalld: ..." */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same for what clients cause: at most 10 lines of a kind, which is a format, in 10 seconds,
 * then one that counts what was left out.  So no client can fill a disk, nor hide what another one
 * does.
 */
void log_client(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
