/* The server's runtime for an owner who has protocols of his own beside rpc: sidecalld. */
#ifndef SIDECALL_SERVER_RUNTIME_SVC_INTERNAL_H
#define SIDECALL_SERVER_RUNTIME_SVC_INTERNAL_H

#include "server/runtime/listener.h"
#include "server/runtime/registry/entry.h"
#include "server/runtime/transports/page.h"

/* As their public namesakes (server/runtime/svc.h); what is served is copied. */
struct sidecall_svc *runtime_create(const struct served *served,
				    const struct sidecall_svc_options *options);
const char *runtime_listen(struct sidecall_svc *svc, const struct endpoint *endpoint,
			   char why[SIDECALL_SVC_WHY]);
/* As sidecall_svc_listen_fd(); a borrowed descriptor stays the caller's. */
int runtime_listen_fd(struct sidecall_svc *svc, int fd, bool borrowed);
/* The same for what given_endpoint() told of it, which may be more than that. */
int runtime_listen_given(struct sidecall_svc *svc, int fd, const struct endpoint *endpoint,
			 enum custody custody);
/* Ends listening there, which harms nobody when there is none. */
void runtime_leave_fd(struct sidecall_svc *svc, int fd);
/* Those that it serves by, whoever calls; -1 where there is none. */
#define RUNTIME_DESCRIPTORS 10
void runtime_descriptors(const struct sidecall_svc *svc, int fds[RUNTIME_DESCRIPTORS]);
/* The descriptor by which a borrowed one's connection is served; -1: it is none, or over. */
int runtime_copy_of_fd(struct sidecall_svc *svc, int fd);
/* Has a page read by HTTP at this host and port (once).  NULL, or what is wrong, which may be in
 * `why`. */
const char *runtime_listen_page(struct sidecall_svc *svc, const struct endpoint *endpoint,
				const struct page *page, char why[SIDECALL_SVC_WHY]);
/* The address number `index` at which it is read; NULL behind the last one. */
const struct endpoint *runtime_page_address(const struct sidecall_svc *svc, unsigned int index);
/* What is served from now on. */
void runtime_serve_programs(struct sidecall_svc *svc, const struct sidecall_svc_program *programs);
/* How many connections there are. */
unsigned int runtime_connections(const struct sidecall_svc *svc);
/* The process is about to be forked, or to end: sends what was replied so far, in the call at hand,
 * or to all; for one thread.  The latter is for the end, and says what was left out of the log. */
void runtime_flush(struct sidecall_svc *svc);
void runtime_flush_all(struct sidecall_svc *svc);
/* Has a pass of the loop made soon, also when nobody calls. */
void runtime_wake(struct sidecall_svc *svc);
/* Around a fork, for it must not come in the middle of what the runtime does by itself.  False: it
 * would. */
void runtime_before_fork(struct sidecall_svc *svc);
bool runtime_try_before_fork(struct sidecall_svc *svc);
void runtime_after_fork(struct sidecall_svc *svc);
/* In a process that was forked: it listens as before, and its parent keeps the connections.  For
 * one thread, with descriptors that other loops wait for. 0 or -errno. */
int runtime_renew(struct sidecall_svc *svc);
int runtime_standard(struct sidecall_svc *svc, enum endpoint_protocol protocol);

/* Calls `beat` every `period` milliseconds, from one thread, as long as all workers serve (before
 * it runs, and once).  0 or -errno. */
int runtime_heartbeat(struct sidecall_svc *svc, unsigned int period, void (*beat)(void *context),
		      void *context);
/* Has `called` called by a worker, soon, whenever there is a runtime_call(), from a signal handler
 * as well (before it runs, and once).  0 or -errno. */
int runtime_when_called(struct sidecall_svc *svc, void (*called)(void *context), void *context);
void runtime_call(struct sidecall_svc *svc);
/* Has these entries, which whoever calls has registered, registered again whenever rpcbind has lost
 * them, in the place of those of the call before; and, to tidy, what crashed servers left of their
 * programs removed.  They are his to remove, behind a call with none. */
void runtime_keep_registered(struct sidecall_svc *svc, const struct entry *entries, size_t count,
			     bool tidy);
/* In a process that was forked, and has not the thread that does so. */
void runtime_forget_registered(struct sidecall_svc *svc);
/* Has rpcbind asked at once whether it still has all that is registered.  False: nothing is. */
bool runtime_register_again(struct sidecall_svc *svc);

#endif
