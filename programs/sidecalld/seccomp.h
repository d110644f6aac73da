/* Which system calls there are for a process (seccomp(2)). */
#ifndef SIDECALL_PROGRAMS_SIDECALLD_SECCOMP_H
#define SIDECALL_PROGRAMS_SIDECALLD_SECCOMP_H

/*
 * From now on this thread, and those that it starts, has those system calls alone that serving
 * takes: no program is started, no address is taken, no file is made.  How many there are; 0 where
 * it was built without libseccomp, or with a sanitizer, or the kernel has no filters; or -errno.
 */
int seccomp_confine(void);

#endif
