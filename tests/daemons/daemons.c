/* Debian's daemons: what each is asked, and how it is expected to behave. */
#include "tests/daemons/daemons.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/runtime/clock.h"
#include "common/duration.h"

#define STREAMS   (TCP | TCP6)
#define DATAGRAMS (UDP | UDP6)
#define EVERY     (STREAMS | DATAGRAMS)

/* ---- ypserv: rpcsvc/yp.x ---- */

static void pack_match(struct buffer *call)
{
	put_text(call, "lab");
	put_text(call, "passwd.byname");
	put_text(call, "user7");
}

static bool is_match(const uint8_t *result, size_t length)
{
	return length > 14 && get_word(result) == 1 && memcmp(result + 8, "user7:", 6) == 0;
}

static void pack_all(struct buffer *call)
{
	put_text(call, "lab");
	put_text(call, "passwd.byname");
}

/* The last word says that no more follows. */
static bool is_all(const uint8_t *result, size_t length)
{
	return length > 1650000 && get_word(result) == 1 && get_word(result + length - 4) == 0;
}

/* ---- rpc.yppasswdd: rpcsvc/yppasswd.x ---- */

/* The same password as before, encrypted anew: it can be changed again and again. */
static void pack_password(struct buffer *call)
{
	put_text(call, "old");
	put_text(call, "tester");
	put_text(call, "$5$rounds=1000$lab$buYvlY7IjBDI9DRW3A9pC4qFEBxSH2hAuPuPHyscJUC");
	put_word(call, 4242);
	put_word(call, 4242);
	put_text(call, "Tester");
	put_text(call, "/home/tester");
	put_text(call, "/bin/sh");
}

static bool is_zero(const uint8_t *result, size_t length)
{
	return length == 4 && get_word(result) == 0;
}

/* ---- rpc.ypxfrd: ypxfrd.x of FreeBSD ---- */

static void pack_map(struct buffer *call)
{
	put_text(call, "passwd.byname");
	put_text(call, "lab");
	put_text(call, "passwd.byname");
	put_word(call, 11); /* any kind of file */
	put_word(call, 3);  /* any order of bytes */
}

/* Blocks of the file, and that it is done. */
static bool is_map(const uint8_t *result, size_t length)
{
	return length > 1900000 && get_word(result) == 1 && get_word(result + length - 4) == 8;
}

/* ---- rpc.rquotad: rpcsvc/rquota.x ---- */

static void pack_quota(struct buffer *call)
{
	put_text(call, "/run/disk");
	put_word(call, 4242);
}

/* Granted, a block's size, active, 4,242 blocks at most. */
static bool is_quota(const uint8_t *result, size_t length)
{
	return length == 44 && get_word(result) == 1 && get_word(result + 12) == 4242;
}

/* ---- those that say something: rpcsvc/rstat.x, rusers.x, bootparam_prot.x ---- */

static bool is_statistics(const uint8_t *result, size_t length)
{
	return length == 108 && get_word(result + 92) > 1000000000;
}

static bool is_number(const uint8_t *result, size_t length)
{
	return length == 4 && get_word(result) < 100;
}

static void pack_wall(struct buffer *call)
{
	put_text(call, "Hello from the laboratory");
}

static bool is_nothing(const uint8_t *result, size_t length)
{
	(void)result;
	return length == 0;
}

static void pack_address(struct buffer *call)
{
	put_word(call, 1);
	put_word(call, 10);
	put_word(call, 77);
	put_word(call, 0);
	put_word(call, 1);
}

static bool is_lab(const uint8_t *result, size_t length)
{
	return length == 36 && get_word(result) == 3 && memcmp(result + 4, "lab", 3) == 0;
}

/* ---- gltpd: ecs.x of OGDI ---- */

static void pack_source(struct buffer *call)
{
	put_text(call, "gltp:/nowhere");
}

static bool is_number_of_program(const uint8_t *result, size_t length)
{
	return length == 4 && get_word(result) >= 0x40000000;
}

/* Nothing is there: the result has a message that says so. */
static bool is_refusal(const uint8_t *result, size_t length)
{
	return memmem(result, length, "\"nowhere\"", 9);
}

/* Calls once by TCP; *word is the result's first.  Whether it is right. */
static bool ask_once(const struct ask *ask, uint32_t *word)
{
	int64_t deadline = clock_now() + 5 * SECOND;
	struct answer answer = { .status = ANSWER_NONE };
	struct place place;
	bool right;
	int fd = -1;

	if (place_find(ask->program, ask->version, BY_TCP, &place))
		fd = place_connect(&place, ask, deadline);
	if (fd < 0)
		return false;
	call_on(fd, &place, ask, deadline, &answer);
	right = !answer_fault(ask, &answer);
	if (right && answer.length >= 4)
		*word = get_word(answer.result);
	answer_release(&answer);
	close(fd);
	return right;
}

/* Has it start a process that serves one client, under a number of its own, and calls that, too. */
static bool prepare_child(struct ask asks[DAEMON_ASKS])
{
	struct ask create = { "CREATE", 0x20000001, 1, 1, .right = is_number_of_program },
		   source = { "SOURCE", 0, 1, 1, .pack = pack_source, .right = is_refusal };
	uint32_t ignored;

	if (!ask_once(&create, &source.program) || !ask_once(&source, &ignored))
		return false;
	asks[1].program = source.program;
	return true;
}

/* ---- rpc.mountd, rpc.statd: rpcsvc/mount.x, sm_inter.x ---- */

static void pack_directory(struct buffer *call)
{
	put_text(call, "/run/exported/7");
}

static bool is_exports(const uint8_t *result, size_t length)
{
	return length > 151UL * 40 && get_word(result) == 1;
}

/* Without an NFS server in the kernel there is no handle to give: any status. */
static bool is_status(const uint8_t *result, size_t length)
{
	return length >= 4 && get_word(result) < 100000;
}

static void pack_monitor(struct buffer *call)
{
	put_text(call, "far");
	put_text(call, "lab");
	put_word(call, 100021);
	put_word(call, 3);
	put_word(call, 16);
	for (int i = 0; i < 4; i++)
		put_word(call, 0x6c616221);
}

static bool is_monitored(const uint8_t *result, size_t length)
{
	return length == 8 && get_word(result) == 0;
}

/* ---- rpcbind: RFC 1833 ---- */

/* There is somebody to forward to. */
static bool prepare_status(struct ask asks[DAEMON_ASKS])
{
	struct place place;

	(void)asks;
	if (place_find(100024, 1, BY_UDP, &place))
		return true;
	return system("kill -KILL $(cat /run/rpc.statd.pid 2>/dev/null) 2>/dev/null;"
		      "rpc.statd --no-notify >/run/statd.log 2>&1") == 0 &&
	       place_find(100024, 1, BY_UDP, &place);
}

/* The null procedure of status. */
static void pack_forwarded(struct buffer *call)
{
	put_word(call, 100024);
	put_word(call, 1);
	put_word(call, 0);
	put_word(call, 0);
}

/* A port, and an empty result. */
static bool is_forwarded(const uint8_t *result, size_t length)
{
	return length == 8 && get_word(result) > 0 && get_word(result + 4) == 0;
}

static void pack_mapping(struct buffer *call)
{
	put_word(call, 100024);
	put_word(call, 1);
	put_word(call, 17);
	put_word(call, 0);
}

static bool is_port(const uint8_t *result, size_t length)
{
	return length == 4 && get_word(result) > 0;
}

static bool is_dump(const uint8_t *result, size_t length)
{
	return length > 300 && get_word(result) == 1;
}

/* ---- all of them ---- */

#define MOUNTD_ASKS                                                                                \
	{                                                                                          \
		{ "EXPORT", 100005, 3, 5, .ways = STREAMS, .right = is_exports },                  \
		{                                                                                  \
			"MNT", 100005, 3, 1, .ways = EVERY, .pack = pack_directory,                \
					     .right = is_status                                    \
		}                                                                                  \
	}

const struct daemon daemons[] = {
	{ .name = "ypserv",
	  .path = "/usr/sbin/ypserv",
	  .asks = { { "MATCH", 100004, 2, 3, .ways = EVERY, .pack = pack_match, .right = is_match },
		    { "ALL", 100004, 2, 8, .ways = STREAMS, .pack = pack_all, .right = is_all } },
	  .bulk = 1 },
	{ .name = "rpc.yppasswdd",
	  .path = "/usr/sbin/rpc.yppasswdd",
	  .hup = SIGHUP,
	  .effects = "/run/made",
	  .asks = { { "UPDATE", 100009, 1, 1, .ways = EVERY, .pack = pack_password,
		      .right = is_zero } } },
	{ .name = "rpc.ypxfrd",
	  .path = "/usr/sbin/rpc.ypxfrd",
	  .asks = { { "GETMAP", 600100069, 1, 1, .ways = STREAMS, .pack = pack_map, .right = is_map,
		      .reserved = true } } },
	{ .name = "rpc.rquotad",
	  .path = "/usr/sbin/rpc.rquotad",
	  .hup = ENDS,
	  .asks = { { "GETQUOTA", 100011, 1, 1, .ways = EVERY, .pack = pack_quota,
		      .right = is_quota, .known = true, .uid = 4242 } } },
	{ .name = "rpc.rstatd",
	  .path = "/usr/sbin/rpc.rstatd",
	  .hup = ENDS,
	  .inetd = "rstatd/1-5 dgram rpc/udp",
	  .asks = { { "STATS", 100001, 3, 1, .ways = DATAGRAMS, .right = is_statistics } } },
	{ .name = "rpc.rusersd",
	  .path = "/usr/sbin/rpc.rusersd",
	  .hup = ENDS,
	  .inetd = "rusersd/2-3 dgram rpc/udp",
	  .asks = { { "NUM", 100002, 2, 1, .ways = DATAGRAMS, .right = is_number } } },
	{ .name = "rpc.rwalld",
	  .path = "/usr/sbin/rpc.rwalld",
	  .effects = "/run/walls",
	  .term = SIGTERM,
	  .hup = SIGHUP,
	  .leaves = true,
	  .inetd = "walld/1 dgram rpc/udp",
	  .asks = { { "WALL", 100008, 1, 2, .ways = DATAGRAMS, .pack = pack_wall,
		      .right = is_nothing } } },
	{ .name = "rpc.bootparamd",
	  .path = "/usr/sbin/rpc.bootparamd",
	  .term = SIGTERM,
	  .hup = SIGHUP,
	  .leaves = true,
	  .asks = { { "WHOAMI", 100026, 1, 1, .ways = DATAGRAMS, .pack = pack_address,
		      .right = is_lab } } },
	{ .name = "gltpd",
	  .path = "/usr/bin/gltpd",
	  .term = SIGTERM,
	  .hup = SIGHUP,
	  .leaves = true,
	  .asks = { { "NULL", 0x20000001, 1, 0, .ways = STREAMS, .right = is_nothing },
		    { "CHILD", 0, 1, 0, .ways = TCP, .right = is_nothing } },
	  .prepare = prepare_child },
	{ .name = "rpc.mountd", .path = "/usr/sbin/rpc.mountd", .asks = MOUNTD_ASKS },
	{ .name = "rpc.mountd-t3",
	  .path = "/usr/sbin/rpc.mountd",
	  .hup = ENDS,
	  .asks = MOUNTD_ASKS },
	{ .name = "rpc.statd",
	  .path = "/usr/sbin/rpc.statd",
	  .hup = ENDS,
	  .asks = { { "MON", 100024, 1, 2, .ways = TCP | UDP, .pack = pack_monitor,
		      .right = is_monitored },
		    { "NULL", 100024, 1, 0, .ways = TCP6 | UDP6, .right = is_nothing } } },
	{ .name = "rpcbind",
	  .path = "/usr/sbin/rpcbind",
	  .asks = { { "CALLIT", 100000, 2, 5, .ways = UDP, .pack = pack_forwarded,
		      .elsewhere = true, .known = true, .right = is_forwarded },
		    { "GETPORT", 100000, 2, 3, .ways = TCP | UDP, .pack = pack_mapping,
		      .right = is_port },
		    { "DUMP", 100000, 4, 4, .ways = EVERY | LOCAL, .right = is_dump } },
	  .bulk = 2,
	  .prepare = prepare_status },
	{ 0 },
};

const struct daemon *daemon_named(const char *name)
{
	const struct daemon *daemon = daemons;

	while (daemon->name && strcmp(daemon->name, name) != 0)
		daemon++;
	return daemon->name ? daemon : NULL;
}
