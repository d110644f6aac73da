/* What the server says of itself: on standard error, behind its program's name, or to whom its
 * owner named. */
#ifndef SIDECALL_SERVER_RUNTIME_LOG_H
#define SIDECALL_SERVER_RUNTIME_LOG_H

#include <syslog.h>

#include "server/runtime/log_target.h"

#define LOG_LINE    1024 /* bytes of a line, with its newline */
#define LOG_PROGRAM 65   /* bytes of the program's name in it, with a zero */

/*
 * From now on a thread writes the log: nobody waits until somebody reads it.  What there is no room
 * for is counted, and the count is written later.  Without it, and until it is called, lines are
 * written by whoever says them.
 */
void log_start(void);

/* To be called as often as log_start(): the last time it waits a moment until what was said is
 * written; from then on lines are written as before log_start(). */
void log_stop(void);

/*
 * One line, without its newline, of a priority of syslog(3): LOG_ERR to LOG_INFO.  What is less
 * important than the target's level is not written.  Each byte of a control character in it
 * (common/text.h) becomes '?': whatever a caller, rpcbind or a path says, it is one line and text.
 *
 * A line on standard error begins with its priority, "<4>", for who reads it to take
 * (sd-daemon(3)): while the log is started, unless that is a terminal, and before that for
 * systemd's journal.
 */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The same, of what a peer caused (NULL: nobody knows who): behind "event=NAME peer=ADDRESS".  Of
 * each event of each peer a few lines are written in a while, and no more, so that nobody can fill
 * a disk, nor hide by his what another one does.  All are counted.  How many lines were left out is
 * said before another event's line, or the same one's; where there are more peers than places, the
 * others share those lines, and what was left out of these names no peer.
 */
void log_event(enum event event, const struct peer_id *peer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says of all that was left out and not said yet: before the target ends. */
void log_say_left_out(void);

/* Makes each byte of a line's control characters '?', as log_line() does. */
void log_clean(char *line);

/* What the program is called in lines, metrics and the status: its name's first 64 bytes, without
 * control characters. */
void log_program(char name[LOG_PROGRAM]);

/* The priority of the line that this thread writes to its target now; 0: it writes none. */
int log_priority(void);

/* A level by its word: "err", "warning", "notice", "info".  0: it is none. */
#define LOG_LEVELS "err|warning|notice|info"
int log_level_named(const char *word);

#endif
