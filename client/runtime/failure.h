/* Why something did not succeed: for people (why, and what to do), and for scripts (exit code). */
#ifndef SIDECALL_CLIENT_RUNTIME_FAILURE_H
#define SIDECALL_CLIENT_RUNTIME_FAILURE_H

#include <stdbool.h>

/* The codes are exit codes, those of <sysexits.h>; whoever calls may have others of his own. */
enum failure_code {
	FAILURE_NONE = 0,
	FAILURE_USAGE = 64,       /* wrong arguments */
	FAILURE_DATA = 65,        /* data that cannot be encoded or decoded */
	FAILURE_HOST = 68,        /* unknown host */
	FAILURE_UNAVAILABLE = 69, /* unreachable, refused, or not registered */
	FAILURE_BUG = 70,         /* ours */
	FAILURE_SYSTEM = 71,      /* an operating-system error */
	FAILURE_OUTPUT = 73,      /* cannot write the output */
	FAILURE_TIMEOUT = 75,     /* timed out, or the server is busy: try again */
	FAILURE_PROTOCOL = 76,    /* protocol, version or procedure mismatch */
	FAILURE_PERMISSION = 77   /* not permitted */
};

struct failure {
	int code;
	/* The operating system's (a positive errno) behind it; EBUSY: the server said that it is
	 * busy, and EREMOTEIO: that, or something else is wrong with it; 0: none. */
	int error;
	bool sent; /* the call had left: it may have been executed */
	char why[320];
	char advice[320]; /* what to do, by whoever calls: the runtime says nothing; "" for nothing
			   */
};

/* Each writes the failure and returns its code. */
int failure_set(struct failure *failure, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void failure_append(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3))); /* to why */

/* Sets the failure to a system error (a positive errno) met when doing `what`; the code follows
 * from the error. */
int failure_system(struct failure *failure, int error, const char *what);

#endif
