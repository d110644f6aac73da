/* What rpcbind knows of a daemon, which a test starts and asks about. */
#ifndef SIDECALL_TESTS_KIT_REGISTERED_H
#define SIDECALL_TESTS_KIT_REGISTERED_H

#include <stdbool.h>
#include <stddef.h>

#include <rpc/rpc.h>

#include "tests/kit/process.h"

#define REGISTERED_PROGRAMS 3 /* programs and versions of the daemon */

/* Options for it.  Everywhere: both families of the loopback address where there are two, and a
 * Unix socket; raw is never registered. */
extern const char *const registered_everywhere[], *const registered_by_tcp[],
							  *const registered_replacing[];

/* Starts it, or ends the test. */
void registered_start(struct daemon *daemon, const char *const options[]);

/* How many entries there are for its programs, whoever's they are; how many lead to this one; and
 * how many should: each program and version, at each rpc endpoint. */
size_t registered_count(void);
size_t registered_of(const struct daemon *daemon);
size_t registered_expected(const struct daemon *daemon);

/* Checks that it has all of them, and nobody else any. */
void registered_check_all(const struct daemon *daemon);

/* Whether there is this entry; and makes one, of what nobody need serve. */
bool registered_has(rpcprog_t program, rpcvers_t version, const char *netid, const char *address);
void registered_add(rpcprog_t program, rpcvers_t version, const char *netid, const char *address);

/* A port, as a universal address, at which nobody listens for as long as the descriptor is open. */
int registered_reserve_port(int type, char address[64]);

/* Somebody takes connections and says nothing, at REGISTERED_SILENT addresses: there is an entry
 * for each of them, of versions of the program that nobody has, and one that leads nowhere.  The
 * descriptor by which he does, to be closed. */
#define REGISTERED_SILENT 40
int registered_add_silent(rpcprog_t program, const char *stale);

/* Another of his addresses, below 256. */
void registered_silent_address(int fd, unsigned int number, char address[64]);

/* Whether that one is still there. */
bool registered_has_stale(rpcprog_t program, const char *stale);

/* What the daemon has said on standard error by now: all about its registration, once it is ready.
 * To be freed. */
char *registered_said(const struct daemon *daemon);
size_t registered_count_in(const char *text, const char *part);

/* Checks that it says `part` so many times, and nothing about rpcbind when that is never. */
void registered_check_said(const struct daemon *daemon, const char *part, size_t times);

/* sidecall VIA, then divide 84 2: it finds the daemon, or says what is missing. */
void registered_check_sidecall(const char *via, int status, const char *says);

#endif
