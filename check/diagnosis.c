/* What is known of the reason when no whole message came. */
#include "check/diagnosis.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/server.h"
#include "common/raw.h"

#define TEXT          24                   /* bytes of what is no message that are shown as text */
#define LAST_FRAGMENT UINT32_C(0x80000000) /* RFC 5531, section 11 */
#define MOMENT                                                                                     \
	INT64_C(200000000) /* nanoseconds from the end of the replies to that of the server */

#define COUNTS_ITSELF                                                                              \
	"Most likely the length in front counts itself, too: it is that of what follows it."
#define BYTES_EXCHANGED                                                                            \
	"Most likely the length is little-endian: it goes through htonl(), or as '>I' in Python."
#define PRINTED                                                                                    \
	"Most likely something is printed to standard output, where replies go. Print to "         \
	"standard error."
#define WRITES_TEXT                                                                                \
	"Most likely it speaks another protocol, or text is sent: numbers go as bytes, four of "   \
	"length and then the message (docs/protocol.md)."
#define NO_LENGTH                                                                                  \
	"Most likely the reply is sent alone: on a stream the length of what follows goes in "     \
	"front of each message, in four bytes."
#define NO_STATUS                                                                                  \
	"Most likely the status is missing: a reply begins with id, operation and status, of 4, "  \
	"2 "                                                                                       \
	"and 2 bytes."
#define NO_HEADER                                                                                  \
	"Most likely the length is that of the result alone: it counts all that follows it, the "  \
	"header, too."
#define STOPPED "Most likely a write that took a part was taken for the whole: write the rest."
#define DIED    "See what it says on standard error; a debugger shows where."
#define TRAPPED "The processor refuses to divide by zero, and INT64_MIN by -1: ask before."
#define ASTRAY                                                                                     \
	"Most likely a length is believed that is not there, a buffer is too small, or nothing "   \
	"bounds a recursion."

static void note(struct exchange *exchange, const char *why, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void note(struct exchange *exchange, const char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(exchange->note, sizeof(exchange->note), format, arguments);
	va_end(arguments);
	exchange->why = why;
}

/* The length in front, which the other protocol's highest bit is no part of. */
static size_t announced(const struct exchange *exchange)
{
	const uint32_t mark = channel_id_of(exchange->came.bytes.data);

	return check_raw(exchange->target) ? mark : mark & 0x7fffffff;
}

/* ---- what cannot be a message ---- */

/* As much of its beginning as can be read: all of what goes in front of a message, or of what came
 * instead.  Behind it a message may stand. */
static bool is_text(const struct evidence *came, char text[TEXT + 1])
{
	size_t length = 0;

	for (; length < TEXT && length < came->bytes.length; length++) {
		int c = came->bytes.data[length];

		if (!isprint(c) && !isspace(c))
			break;
		text[length] = (char)(isprint(c) ? c : ' ');
	}
	text[length] = '\0';
	return length && (length >= FRAMING_HEADER || length == came->bytes.length);
}

static void note_text(struct exchange *exchange, const char *text)
{
	note(exchange,
	     exchange->target->endpoint.transport == ENDPOINT_PIPE ? PRINTED
	     : check_raw(exchange->target)                         ? WRITES_TEXT
								   : NULL,
	     "it is text, \"%s\"", text);
}

/* The name of the call that came first. */
static bool is_id(const struct exchange *exchange)
{
	const struct buffer *sent = &exchange->sent.bytes;

	return sent->length >= 2 * FRAMING_HEADER &&
	       memcmp(exchange->came.bytes.data, sent->data + FRAMING_HEADER, FRAMING_HEADER) == 0;
}

/* No message is announced so short. */
static void diagnose_short(struct exchange *exchange)
{
	const size_t length = announced(exchange), behind = exchange->came.total - FRAMING_HEADER;

	note(exchange,
	     length == RAW_HEADER - sizeof(uint16_t) ? NO_STATUS
	     : behind == length + RAW_HEADER         ? NO_HEADER
						     : NULL,
	     "it announces %zu bytes, and its header alone has %d", length, RAW_HEADER);
}

static void diagnose_mark(struct exchange *exchange, int r)
{
	const uint32_t swapped = __builtin_bswap32(channel_id_of(exchange->came.bytes.data));
	char text[TEXT + 1];

	if (is_id(exchange)) {
		reply_wrong(&exchange->reply, 0, FRAMING_HEADER,
			    "the reply has no %s in front: where it should be stands the call's %s",
			    check_front(exchange->target),
			    check_raw(exchange->target) ? "id" : "xid");
		exchange->why = NO_LENGTH;
	} else if (is_text(&exchange->came, text))
		note_text(exchange, text);
	else if (swapped >= channel_framing(&exchange->target->endpoint)->minimum &&
		 swapped <= FRAMING_MAX_MESSAGE && check_raw(exchange->target))
		note(exchange, BYTES_EXCHANGED, "with its bytes exchanged it is %u", swapped);
	else if (r == -EPROTO && check_raw(exchange->target))
		diagnose_short(exchange);
}

/* ---- fragments ---- */

#define NO_LAST                                                                                    \
	"Most likely the highest bit of the mark is not set: it says that a fragment is the "      \
	"record's last."

/* The first fragment is all there, and it is not the last. */
static bool goes_on(const struct exchange *exchange)
{
	const struct evidence *came = &exchange->came;

	return !check_raw(exchange->target) && came->total >= FRAMING_HEADER &&
	       !(channel_id_of(came->bytes.data) & LAST_FRAGMENT) &&
	       came->total - FRAMING_HEADER >= announced(exchange);
}

/* Of a record under way what is kept are its first mark, its bytes, and what may be a part of the
 * next mark. */
static void diagnose_fragments(struct exchange *exchange)
{
	const size_t kept = exchange->came.total;
	const uint64_t all = exchange->link.channel->received - exchange->settled;

	if (kept < 2 * FRAMING_HEADER && !announced(exchange))
		note(exchange, NO_LAST, "%" PRIu64 " empty fragments came, and no last one",
		     all / FRAMING_HEADER);
	else
		note(exchange, NO_LAST, "%" PRIu64 " bytes came in fragments, and no last one",
		     all);
}

/* No mark alone announces it. */
static bool are_too_long_together(const struct exchange *exchange)
{
	return goes_on(exchange) && announced(exchange) <= FRAMING_MAX_MESSAGE;
}

/* ---- what ends early ---- */

/* All of a message came, and as many bytes more were announced as there are in front. */
static bool counts_itself(const struct exchange *exchange)
{
	const size_t came = exchange->came.total;

	return came == announced(exchange) &&
	       came >= FRAMING_HEADER + channel_framing(&exchange->target->endpoint)->minimum;
}

static void diagnose_cut(struct exchange *exchange, int r)
{
	const size_t came = exchange->came.total, mark = FRAMING_HEADER;
	char text[TEXT + 1];

	if (came < mark && is_text(&exchange->came, text))
		note_text(exchange, text);
	else if (goes_on(exchange))
		diagnose_fragments(exchange);
	else if (came < mark)
		note(exchange, STOPPED, "%zu byte%s of a length came, which has four", came,
		     came == 1 ? "" : "s");
	else
		note(exchange, counts_itself(exchange) ? COUNTS_ITSELF : STOPPED,
		     "the reply announces %zu bytes, and %zu came", announced(exchange),
		     came - mark);
	if (r == 0)
		reply_wrong(&exchange->reply, 0, 0, "it closed the connection within a reply");
}

void diagnose_part(struct exchange *exchange, int r)
{
	if (r == -EMSGSIZE && are_too_long_together(exchange))
		reply_wrong(&exchange->reply, 0, FRAMING_HEADER,
			    "the fragments of the reply are together longer than %zu bytes",
			    FRAMING_MAX_MESSAGE);
	else if (r == -EMSGSIZE || r == -EPROTO)
		diagnose_mark(exchange, r);
	else if (exchange->came.total && (r == -ETIMEDOUT || r == -EOVERFLOW || r == 0))
		diagnose_cut(exchange, r);
}

void diagnose_end(struct exchange *exchange)
{
	const pid_t server = exchange->link.server;
	struct server_end end;

	if (!server || !check_server_ends(server, clock_now() + MOMENT))
		return;
	check_server_end(server, &end);
	if (end.signal)
		reply_wrong(&exchange->reply, 0, 0, "%s ended the server", end.text);
	else
		note(exchange, exchange->why, "the server ended, by %s%s", end.text,
		     end.status ? " (does it say why on standard error?)" : "");
	if (end.signal)
		exchange->why = end.signal == SIGFPE    ? TRAPPED
				: end.signal == SIGSEGV ? ASTRAY
							: DIED;
}
