/* What rpcbind is asked, and its results taken apart (RFC 1833, sections 2.1 and 3.1). */
#include "check/rpcbind.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WORD sizeof(uint32_t)

/* ---- a result ---- */

struct reading {
	struct exchange *exchange;
	const uint8_t *bytes;
	size_t length, at;
};

static bool wrong(struct reading *in, size_t at, size_t length, const char *what)
{
	struct exchange *exchange = in->exchange;

	reply_wrong(&exchange->reply, at, length, "%s", what);
	exchange->came.at = at;
	exchange->came.length = at + length <= exchange->came.bytes.length ? length : 0;
	return false;
}

static bool next(struct reading *in, uint32_t *number)
{
	if (in->length - in->at < WORD)
		return wrong(in, in->at, in->length - in->at, "the result ends too early");
	*number = channel_id_of(in->bytes + in->at);
	in->at += WORD;
	return true;
}

static bool next_text(struct reading *in, char text[RPCBIND_TEXT])
{
	const size_t at = in->at;
	uint32_t length;

	if (!next(in, &length))
		return false;
	if (length > in->length - in->at || (length + 3) / 4 * 4 > in->length - in->at)
		return wrong(in, at, WORD, "a string claims more than the reply has");
	if (length >= RPCBIND_TEXT || memchr(in->bytes + in->at, '\0', length))
		return wrong(in, at, WORD + length, "a string is no name, and no address");
	memcpy(text, in->bytes + in->at, length);
	text[length] = '\0';
	in->at += (length + 3) / 4 * 4;
	return true;
}

static bool end(struct reading *in)
{
	return in->at == in->length ||
	       wrong(in, in->at, in->length - in->at, "bytes stand behind the result");
}

static bool next_entry(struct reading *in, uint32_t version, struct rpcbind_entry *entry)
{
	char owner[RPCBIND_TEXT];

	if (!next(in, &entry->program) || !next(in, &entry->version))
		return false;
	if (version == 2)
		return next(in, &entry->protocol) && next(in, &entry->port);
	return next_text(in, entry->netid) && next_text(in, entry->address) && next_text(in, owner);
}

/* ---- a call ---- */

static int put(struct buffer *out, uint32_t number)
{
	const uint32_t word = htobe32(number);

	return buffer_append(out, &word, sizeof(word));
}

static int put_text(struct buffer *out, const char *text)
{
	static const uint8_t padding[3];
	size_t length = strlen(text);
	int r = put(out, (uint32_t)length);

	if (r == 0 && length)
		r = buffer_append(out, text, length);
	return r || length % 4 == 0 ? r : buffer_append(out, padding, 4 - length % 4);
}

static int put_wanted(struct buffer *out, uint32_t version, const struct rpcbind_entry *wanted)
{
	int r = put(out, wanted->program);

	if (r == 0)
		r = put(out, wanted->version);
	if (version == 2) {
		r = r ? r : put(out, wanted->protocol);
		return r ? r : put(out, 0);
	}
	r = r ? r : put_text(out, wanted->netid);
	r = r ? r : put_text(out, ""); /* its address is what is asked */
	return r ? r : put_text(out, "");
}

/* Sends it, by UDP again and again.  False: no result came. */
static bool receive_result(struct exchange *exchange, const struct buffer *call, uint32_t xid,
			   struct message *message)
{
	int tries = check_datagrams(exchange->target) ? EXCHANGE_TRIES : 1;
	int r = 0;

	for (int64_t share = exchange->target->timeout / tries; tries > 0; tries--) {
		exchange->deadline = clock_now() + share;
		exchange->sent.bytes.length = exchange->sent.total = 0;
		exchange_send(exchange, call, CALL_PROCEDURE_AT, WORD);
		r = exchange_receive_either(exchange, message, xid, xid);
		if (r == 1)
			break;
		exchange_take_end(exchange, r);
		if (exchange->reply.outcome != CHECK_SILENT)
			break;
	}
	exchange->results = true;
	if (r == 1)
		exchange_take(exchange, message, xid);
	return r == 1 && exchange->reply.outcome == CHECK_SUCCESS;
}

static bool ask(struct exchange *exchange, uint32_t version, uint32_t procedure,
		const struct rpcbind_entry *wanted, struct reading *in)
{
	struct check_call call = exchange_null(exchange);
	struct buffer bytes = { 0 };
	struct message message = { 0 };
	bool came;

	call.version = version;
	call.procedure = procedure;
	came = check_call_encode(&call, &bytes) == 0 &&
	       (!wanted || put_wanted(&bytes, version, wanted) == 0) &&
	       receive_result(exchange, &bytes, call.xid, &message);
	buffer_release(&bytes);
	*in = (struct reading){ exchange, message.bytes, message.length, 0 };
	if (!came)
		return false;
	/* Behind the verifier, which was looked at, and the status. */
	in->at = CALL_CREDENTIAL_AT + (channel_id_of(message.bytes + 16) + 3) / 4 * 4;
	return true;
}

bool rpcbind_get(struct exchange *exchange, uint32_t version, const struct rpcbind_entry *wanted,
		 struct rpcbind_entry *got)
{
	struct reading in;

	*got = *wanted;
	return ask(exchange, version, RPCBIND_GET, wanted, &in) &&
	       (version == 2 ? next(&in, &got->port) : next_text(&in, got->address)) && end(&in);
}

/* ---- a list ---- */

/* The flag before an entry.  1: there is one; 0: there is none; -1: it is no flag. */
static int next_flag(struct reading *in)
{
	uint32_t flag;

	if (!next(in, &flag))
		return -1;
	if (flag > 1)
		wrong(in, in->at - WORD, WORD, "whether an entry follows is said by 0 or 1");
	return flag > 1 ? -1 : (int)flag;
}

bool rpcbind_dump(struct exchange *exchange, uint32_t version, struct rpcbind_list *list)
{
	struct reading in;
	int more;

	*list = (struct rpcbind_list){ .entries = calloc(RPCBIND_ENTRIES, sizeof(*list->entries)) };
	if (!list->entries || !ask(exchange, version, RPCBIND_DUMP, NULL, &in))
		return false;
	while ((more = next_flag(&in)) > 0) {
		struct rpcbind_entry entry = { 0 };

		if (!next_entry(&in, version, &entry))
			return false;
		if (list->count < RPCBIND_ENTRIES)
			list->entries[list->count++] = entry;
	}
	return more == 0 && end(&in);
}

void rpcbind_release(struct rpcbind_list *list)
{
	free(list->entries);
	*list = (struct rpcbind_list){ 0 };
}

/* ---- addresses ---- */

bool rpcbind_has_port(const char *netid)
{
	return strcmp(netid, "tcp") == 0 || strcmp(netid, "udp") == 0 ||
	       strcmp(netid, "tcp6") == 0 || strcmp(netid, "udp6") == 0;
}

/* A byte in figures, behind the last point, which is cut off.  -1: there is none. */
static int cut_byte(char *text)
{
	char *point = strrchr(text, '.');
	size_t length = point ? strspn(point + 1, "0123456789") : 0;
	int byte = length && length <= 3 && !point[1 + length] ? atoi(point + 1) : -1;

	if (point)
		*point = '\0';
	return byte <= 255 ? byte : -1;
}

int rpcbind_port(const char *netid, const char *address)
{
	const int family = strchr(netid, '6') ? AF_INET6 : AF_INET;
	struct in6_addr host;
	char text[RPCBIND_TEXT];
	int low, high;

	snprintf(text, sizeof(text), "%s", address);
	low = cut_byte(text);
	high = cut_byte(text);
	text[strcspn(text, "%")] = '\0'; /* an interface */
	return low < 0 || high < 0 || inet_pton(family, text, &host) != 1 ? -1 : high * 256 + low;
}

void rpcbind_netid(const struct exchange *exchange, char netid[RPCBIND_TEXT])
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);

	getpeername(exchange->link.in, (struct sockaddr *)&peer, &size);
	snprintf(netid, RPCBIND_TEXT, "%s%s",
		 endpoint_transport_name(exchange->target->endpoint.transport),
		 peer.ss_family == AF_INET6 ? "6" : "");
}

int rpcbind_ask_port(struct exchange *exchange, uint32_t version, uint32_t program,
		     uint32_t program_version)
{
	struct rpcbind_entry got, wanted = {
		.program = program,
		.version = program_version,
		.protocol = check_datagrams(exchange->target) ? IPPROTO_UDP : IPPROTO_TCP,
	};

	rpcbind_netid(exchange, wanted.netid);
	if (!rpcbind_get(exchange, version, &wanted, &got))
		return -1;
	return version == 2   ? (int)got.port
	       : *got.address ? rpcbind_port(wanted.netid, got.address)
			      : 0;
}
