/* Debian's daemons: what each is asked, and how it is expected to behave. */
#include "tests/daemons/daemons.h"

#include <stddef.h>
#include <string.h>

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

const struct daemon daemons[] = {
	{ "ypserv",
	  "/usr/sbin/ypserv",
	  { { "MATCH", 100004, 2, 3, .ways = EVERY, .pack = pack_match, .right = is_match },
	    { "ALL", 100004, 2, 8, .ways = STREAMS, .pack = pack_all, .right = is_all } },
	  1 },
	{ 0 },
};

const struct daemon *daemon_named(const char *name)
{
	const struct daemon *daemon = daemons;

	while (daemon->name && strcmp(daemon->name, name) != 0)
		daemon++;
	return daemon->name ? daemon : NULL;
}
