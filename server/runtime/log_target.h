/* Who gets what a thread logs. */
#ifndef SIDECALL_SERVER_RUNTIME_LOG_TARGET_H
#define SIDECALL_SERVER_RUNTIME_LOG_TARGET_H

/* Gets lines, each without its end, in place of standard error. */
struct log_target {
	void (*write)(void *context, const char *line);
	void *context;
};

/* Where this thread's lines go from now on; NULL, or one without a function: to standard error.  It
 * stays the caller's. */
void log_use(const struct log_target *target);
const struct log_target *log_target(void);

#endif
