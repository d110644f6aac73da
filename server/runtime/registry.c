/*
 * Makes the rpc listeners known to rpcbind (RFC 1833).
 *
 * libtirpc's rpcb_set() and rpcb_unset() may wait for a minute and say only yes or no, so rpcbind's
 * procedures are called here directly, over its Unix socket: there it also knows who is asking.
 */
#include "server/runtime/registry.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>

#include "common/xdr.h"
#include "server/runtime/log.h"
#include "server/runtime/thread.h"

#define CALL_TIME  2  /* seconds that rpcbind has for an answer */
#define ALIVE_TIME 1  /* seconds that another server has to show that it is alive */
#define RETRIES    15 /* looks for an rpcbind that is absent, in the time of one at its entries */

/* For two "%s" of a format. */
#define OR_SAY(way_out) (way_out) ? ", or say " : "", (way_out) ? (way_out) : ""

struct entry {
	const struct sidecall_svc_program *row;
	const char *netid;
	char address[NI_MAXHOST + 32]; /* a universal address: 127.0.0.1.27.205, or a path */
	/* Why rpcbind does not have it, and whom that is about; NULL: it has.  Said once. */
	const char *wrong;
	char about[NI_MAXHOST + 32];
	bool said;
};

struct registry {
	pthread_t thread; /* that looks again now and then */
	bool watched;     /* it runs */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct registry_order order;
	bool absent;     /* rpcbind, when it was last looked for */
	bool complained; /* about it; once is enough */
	size_t count;
	struct entry entries[];
};

/* One look at what rpcbind has. */
struct look {
	CLIENT *rpcbind;
	rpcblist_ptr list;
	const char *silent; /* the address in it that last did not answer; NULL: none did yet */
};

/* ---- calls to rpcbind and to servers it knows ---- */

static int connect_within(int family, int type, const void *address, socklen_t length, int seconds)
{
	const struct timeval limit = { .tv_sec = seconds };
	int r, fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* connect() heeds it */
	if (connect(fd, address, length) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* A client of a program at an address.  NULL and errno when it is not to be had. */
static CLIENT *open_client(int family, int type, void *address, socklen_t length, rpcprog_t program,
			   rpcvers_t version, int seconds)
{
	struct netbuf peer = { .len = length, .maxlen = length, .buf = address };
	int fd = connect_within(family, type, address, length, seconds);
	CLIENT *client;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	if (type == SOCK_DGRAM)
		client = clnt_dg_create(fd, &peer, program, version, 0, 0);
	else
		client = clnt_vc_create(fd, &peer, program, version, 0, 0);
	if (client)
		clnt_control(client, CLSET_FD_CLOSE, NULL);
	else
		close(fd);
	return client;
}

static CLIENT *open_rpcbind(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = _PATH_RPCBINDSOCK };

	return open_client(AF_UNIX, SOCK_STREAM, &address, sizeof(address), RPCBPROG, RPCBVERS4,
			   CALL_TIME);
}

static enum clnt_stat call_rpcbind(CLIENT *client, rpcproc_t procedure, xdrproc_t filter,
				   void *arguments, xdrproc_t result_filter, void *result)
{
	const struct timeval limit = { .tv_sec = CALL_TIME };

	return clnt_call(client, procedure, filter, (caddr_t)arguments, result_filter,
			 (caddr_t)result, limit);
}

/* Whether RPCBPROC_SET or RPCBPROC_UNSET says that it did it. */
static bool change_entry(CLIENT *rpcbind, rpcproc_t procedure, const struct entry *entry)
{
	char owner[16];
	struct rpcb argument = { .r_prog = entry->row->program,
				 .r_vers = entry->row->version,
				 .r_netid = (char *)entry->netid,
				 .r_addr = (char *)entry->address,
				 .r_owner = owner };
	bool_t done = FALSE;

	snprintf(owner, sizeof(owner), "%u", (unsigned int)geteuid());
	return call_rpcbind(rpcbind, procedure, (xdrproc_t)xdr_rpcb, &argument, (xdrproc_t)xdr_bool,
			    &done) == RPC_SUCCESS &&
	       done;
}

static const struct rpcb *find_known(rpcblist_ptr list, const struct entry *entry)
{
	for (; list; list = list->rpcb_next)
		if (list->rpcb_map.r_prog == entry->row->program &&
		    list->rpcb_map.r_vers == entry->row->version &&
		    strcmp(list->rpcb_map.r_netid, entry->netid) == 0)
			return &list->rpcb_map;
	return NULL;
}

/* The socket address of a registered one.  Its length, or 0. */
static socklen_t socket_address(const struct rpcb *known, struct sockaddr_storage *address)
{
	struct netconfig *config = getnetconfigent(known->r_netid);
	struct netbuf *buffer = config ? uaddr2taddr(config, known->r_addr) : NULL;
	socklen_t length = 0;

	if (buffer && buffer->len <= sizeof(*address)) {
		memcpy(address, buffer->buf, buffer->len);
		length = buffer->len;
	}
	if (buffer) {
		free(buffer->buf);
		free(buffer);
	}
	if (config)
		freenetconfigent(config);
	return length;
}

/* Whether a server answers its null procedure at the address that rpcbind has.  One that hangs has
 * an entry for each program at the same address: it is waited for once. */
static bool is_alive(struct look *look, const struct rpcb *known)
{
	const struct timeval limit = { .tv_sec = ALIVE_TIME };
	struct sockaddr_storage address = { 0 };
	socklen_t length = socket_address(known, &address);
	enum clnt_stat status;
	CLIENT *client;
	int type;

	if (!length || (look->silent && strcmp(look->silent, known->r_addr) == 0))
		return false;
	type = strncmp(known->r_netid, "udp", 3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
	client = open_client(address.ss_family, type, &address, length, known->r_prog,
			     known->r_vers, ALIVE_TIME);
	if (!client) {
		look->silent = known->r_addr;
		return false;
	}
	status = clnt_call(client, NULLPROC, xdr_nothing, NULL, xdr_nothing, NULL, limit);
	clnt_destroy(client);
	if (status == RPC_TIMEDOUT)
		look->silent = known->r_addr;
	return status == RPC_SUCCESS;
}

/* ---- one entry ---- */

/* A universal address as people write it: 127.0.0.1:42331 for 127.0.0.1.165.91; a path as it is. */
static void make_readable(const char *address, char *text, size_t size)
{
	unsigned int high, low;
	const char *dot = strrchr(address, '.');

	while (dot && dot > address && *--dot != '.')
		;
	if (*address == '/' || !dot || sscanf(dot, ".%u.%u", &high, &low) != 2)
		snprintf(text, size, "%s", address);
	else
		snprintf(text, size, strchr(address, ':') ? "[%.*s]:%u" : "%.*s:%u",
			 (int)(dot - address), address, high << 8 | low);
}

static void complain_of_entry(struct entry *entry, const char *wrong, const char *about)
{
	entry->wrong = wrong;
	make_readable(about, entry->about, sizeof(entry->about));
}

/* One line for all entries of which the same is wrong, with the first of them. */
static void say_alike(struct registry *registry, struct entry *first)
{
	char address[NI_MAXHOST + 32];
	size_t alike = 0;

	for (struct entry *e = first; e < registry->entries + registry->count; e++)
		if (e->wrong == first->wrong && !e->said) {
			e->said = true;
			alike++;
		}
	make_readable(first->address, address, sizeof(address));
	log_line("rpcbind does not name us for %zu of %zu entries, as %s version %u (program %u, "
		 "%s, %s): %s%s%s%s",
		 alike, registry->count, first->row->name ? first->row->name : "a program,",
		 (unsigned int)first->row->version, (unsigned int)first->row->program, first->netid,
		 address, first->wrong, first->about, OR_SAY(registry->order.way_out));
}

static void say_what_is_wrong(struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->entries[i].wrong && !registry->entries[i].said)
			say_alike(registry, &registry->entries[i]);
}

static void register_entry(struct look *look, struct entry *entry)
{
	const struct rpcb *known = find_known(look->list, entry);

	if (known && strcmp(known->r_addr, entry->address) == 0)
		return;
	if (known && is_alive(look, known)) {
		complain_of_entry(
			entry,
			"clients that ask rpcbind find another server. End that one: it is "
			"alive, at ",
			known->r_addr);
		return;
	}
	if (known && !change_entry(look->rpcbind, RPCBPROC_UNSET, entry)) {
		complain_of_entry(entry,
				  "a dead server's entry is in the way, which only root may remove "
				  "(rpcinfo -d); it belongs to ",
				  known->r_owner);
		return;
	}
	if (!change_entry(look->rpcbind, RPCBPROC_SET, entry))
		complain_of_entry(entry, "rpcbind refused it", "");
}

/* Removes the entry unless its place was taken by another server since. */
static void unregister_entry(struct look *look, struct entry *entry)
{
	const struct rpcb *known = find_known(look->list, entry);

	if (known && strcmp(known->r_addr, entry->address) == 0 &&
	    !change_entry(look->rpcbind, RPCBPROC_UNSET, entry))
		log_line("rpcbind keeps the entry for program %#x at %s: it belongs to %s",
			 (unsigned int)entry->row->program, entry->address, known->r_owner);
}

/* ---- all entries ---- */

static void for_all(struct registry *registry, void (*treat)(struct look *, struct entry *))
{
	struct look look = { .rpcbind = open_rpcbind() };
	enum clnt_stat status;

	registry->absent = !look.rpcbind;
	if (registry->absent) {
		if (!registry->complained)
			log_line("rpcbind does not answer at %s (%s): clients need the port; "
				 "start rpcbind%s%s",
				 _PATH_RPCBINDSOCK, strerror(errno),
				 OR_SAY(registry->order.way_out));
		registry->complained = true;
		return;
	}
	status = call_rpcbind(look.rpcbind, RPCBPROC_DUMP, xdr_nothing, NULL,
			      (xdrproc_t)xdr_rpcblist_ptr, &look.list);
	if (status == RPC_SUCCESS) {
		for (size_t i = 0; i < registry->count; i++)
			treat(&look, &registry->entries[i]);
		say_what_is_wrong(registry);
		xdr_free((xdrproc_t)xdr_rpcblist_ptr, &look.list);
	} else if (!registry->complained) {
		log_line("rpcbind does not say what it has: %s", clnt_sperrno(status));
	}
	registry->complained = status != RPC_SUCCESS;
	clnt_destroy(look.rpcbind);
}

static void *watch_entries(void *argument)
{
	struct registry *registry = argument;
	struct timespec due;

	pthread_mutex_lock(&registry->lock);
	while (!registry->stop) {
		/* Who starts rpcbind because we asked for it should not have to wait. */
		unsigned int period = registry->absent ? registry->order.period / RETRIES
						       : registry->order.period;

		clock_gettime(CLOCK_REALTIME, &due);
		due.tv_sec += period / 1000;
		due.tv_nsec += period % 1000 * 1000000L;
		due.tv_sec += due.tv_nsec / 1000000000;
		due.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&registry->wake, &registry->lock, &due) == ETIMEDOUT)
			for_all(registry, register_entry);
	}
	pthread_mutex_unlock(&registry->lock);
	return NULL;
}

/* The netid and the universal address (RFC 5665) of a listener.  False when it has none. */
static bool universal_address(const struct endpoint *endpoint, struct entry *entry)
{
	bool ipv6 = strchr(endpoint->host, ':');
	unsigned int port = (unsigned int)endpoint->port;
	char path[PATH_MAX];

	if (endpoint_has_host(endpoint)) {
		entry->netid = endpoint->transport == ENDPOINT_UDP ? ipv6 ? "udp6" : "udp"
			       : ipv6                              ? "tcp6"
								   : "tcp";
		snprintf(entry->address, sizeof(entry->address), "%s.%u.%u", endpoint->host,
			 port >> 8, port & 0xff);
		return true;
	}
	if (endpoint->transport != ENDPOINT_UNIX || !realpath(endpoint->path, path) ||
	    strlen(path) >= sizeof(entry->address))
		return false;
	entry->netid = "local";
	memcpy(entry->address, path, strlen(path) + 1);
	return true;
}

/* rpcbind has one place for a program, version and netid: the first listener of a kind gets it. */
static bool has_place(const struct registry *registry, const struct entry *entry)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->entries[i].row->program == entry->row->program &&
		    registry->entries[i].row->version == entry->row->version &&
		    strcmp(registry->entries[i].netid, entry->netid) == 0)
			return false;
	return true;
}

static void collect_entries(struct registry *registry, const struct listener *listener)
{
	struct entry entry = { 0 };

	if (listener->endpoint.protocol == ENDPOINT_RAW ||
	    !universal_address(&listener->endpoint, &entry))
		return;
	for (entry.row = registry->order.programs; entry.row->program; entry.row++) {
		if (has_place(registry, &entry))
			registry->entries[registry->count++] = entry;
		else
			log_line(
				"program %u version %u is not registered for %s at %s: rpcbind has "
				"one place for it, and an address listed before has it",
				(unsigned int)entry.row->program, (unsigned int)entry.row->version,
				entry.netid, entry.address);
	}
}

struct registry *registry_start(const struct registry_order *order)
{
	struct registry *registry;
	size_t programs = 0, count = 0;

	for (const struct sidecall_svc_program *p = order->programs; p->program; p++)
		programs++;
	for (const struct listener *l = order->listeners->first; l; l = l->next)
		count++;
	registry = calloc(1, sizeof(*registry) + programs * count * sizeof(struct entry));
	if (!registry)
		return NULL;
	registry->order = *order;
	for (const struct listener *l = order->listeners->first; l; l = l->next)
		collect_entries(registry, l);
	if (!registry->count) {
		free(registry);
		return NULL;
	}
	pthread_mutex_init(&registry->lock, NULL);
	pthread_cond_init(&registry->wake, NULL);
	for_all(registry, register_entry);
	registry->watched = thread_start(&registry->thread, NULL, watch_entries, registry) == 0;
	if (!registry->watched)
		log_line("no thread is left to watch rpcbind: registered once, and not again");
	return registry;
}

void registry_stop(struct registry *registry)
{
	if (!registry)
		return;
	pthread_mutex_lock(&registry->lock);
	registry->stop = true;
	pthread_cond_signal(&registry->wake);
	pthread_mutex_unlock(&registry->lock);
	if (registry->watched)
		pthread_join(registry->thread, NULL);
	registry->complained = true; /* whoever stops us need not hear of it again */
	for_all(registry, unregister_entry);
	pthread_cond_destroy(&registry->wake);
	pthread_mutex_destroy(&registry->lock);
	free(registry);
}
