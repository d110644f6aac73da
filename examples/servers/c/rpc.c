/*
 * ONC RPC over TCP by hand: where a record ends, and the header of each call and reply.
 *
 * RFC 5531 says each byte of it, docs/protocol.md in short.  A program takes this from a library.
 * It knows nothing of what the procedures of a program do, nor of their arguments.
 */
#include "rpc.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "address.h"
#include "stream.h"

#define LONGEST      65536      /* bytes of a record, in whatever fragments */
#define LAST         0x80000000 /* the bit of a record mark that says so */
#define MARK         4          /* bytes in front of a fragment */
#define HEADER       (6 * 4)    /* of a reply that is accepted, and its status */
#define MOST_REPLY   (HEADER + RPC_MOST_RESULT)
#define LONGEST_AUTH 400

enum { CALL, REPLY };
enum { ACCEPTED, DENIED };
enum { RPC_MISMATCH, AUTH_ERROR };
enum { BAD_CREDENTIAL = 1, REJECTED_CREDENTIAL };
enum { AUTH_NONE, AUTH_SYS };

/* What is called. */
struct call {
	uint32_t program, version, procedure;
};

/* ---- what stands in records (XDR): all of it takes a multiple of four bytes ---- */

static uint32_t get_number(struct reading *in)
{
	return (uint32_t)get(in, 4);
}

static void put_two(uint8_t **out, uint32_t first, uint32_t second)
{
	put(out, first, 4);
	put(out, second, 4);
}

/* Bytes: how many, then these, filled up.  The length is what somebody claims, so it is held
 * against what is there. */
static struct reading get_opaque(struct reading *in, size_t most)
{
	const size_t length = get_number(in), padded = (length + 3) / 4 * 4;
	const struct reading bytes = { in->next, length, false };

	if (in->failed || length > most || padded > in->left) {
		in->failed = true;
		return (struct reading){ NULL, 0, true };
	}
	in->next += padded;
	in->left -= padded;
	return bytes;
}

/* ---- records ---- */

static bool read_all(int fd, uint8_t *bytes, size_t length)
{
	return length == 0 || recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

/* A record is one or more fragments; the last one says so.  False: it is too long, or the client
 * has left. */
static bool read_record(int fd, uint8_t record[LONGEST], size_t *length)
{
	uint8_t bytes[MARK];
	uint32_t mark;

	*length = 0;
	do {
		struct reading in = { bytes, sizeof(bytes), false };
		size_t fragment;

		if (!read_all(fd, bytes, sizeof(bytes)))
			return false;
		mark = get_number(&in);
		fragment = mark & ~LAST;
		if (fragment > LONGEST - *length || !read_all(fd, record + *length, fragment))
			return false;
		*length += fragment;
	} while (!(mark & LAST));
	return true;
}

/* ---- calls and replies ---- */

/* A stamp, a machine's name, uid, gid, and up to 16 groups. */
static bool is_auth_sys(struct reading body)
{
	size_t groups;

	get_number(&body);
	get_opaque(&body, 255);
	get_number(&body);
	get_number(&body);
	groups = get_number(&body);
	return !body.failed && groups <= 16 && body.left == 4 * groups;
}

static void deny(uint8_t **out, uint32_t why)
{
	put_two(out, DENIED, AUTH_ERROR);
	put(out, why, 4);
}

/* The call is accepted, so that it has a status, and behind SUCCESS a result. */
static void perform(const struct rpc_program *program, const struct call *call, struct reading *in,
		    uint8_t **out)
{
	uint8_t *status;

	put(out, ACCEPTED, 4);
	put_two(out, AUTH_NONE, 0);
	status = *out;
	*out += 4;
	if (call->program != program->number) {
		put(&status, PROG_UNAVAIL, 4);
	} else if (call->version != program->version) {
		put(&status, PROG_MISMATCH, 4);
		put_two(out, program->version, program->version);
	} else {
		put(&status, program->perform(call->procedure, in, out), 4);
	}
}

/* What a reply says behind its xid and type.  False: the call ends within its header. */
static bool verdict(const struct rpc_program *program, struct reading *in, uint8_t **out)
{
	uint32_t rpc_version = get_number(in), flavor;
	struct reading body;
	struct call call;

	call.program = get_number(in);
	call.version = get_number(in);
	call.procedure = get_number(in);
	if (rpc_version != 2) {
		put_two(out, DENIED, RPC_MISMATCH);
		put_two(out, 2, 2); /* the oldest and the newest that we speak */
		return !in->failed;
	}
	flavor = get_number(in);
	body = get_opaque(in, LONGEST_AUTH);
	get_number(in);
	get_opaque(in, LONGEST_AUTH); /* a verifier, of which nothing is asked */
	if (in->failed)
		return false;
	if (flavor == AUTH_SYS && !is_auth_sys(body))
		deny(out, BAD_CREDENTIAL);
	else if (flavor != AUTH_NONE && flavor != AUTH_SYS)
		deny(out, REJECTED_CREDENTIAL);
	else
		perform(program, &call, in, out);
	return true;
}

/* The reply to a call; 0 where it is none, and must not get one. */
static size_t answer(const struct rpc_program *program, struct reading call,
		     uint8_t reply[MOST_REPLY])
{
	uint8_t *end = reply;
	uint32_t xid = get_number(&call);

	/* Two servers that answer replies answer each other for ever. */
	if (get_number(&call) != CALL)
		return 0;
	put_two(&end, xid, REPLY);
	return verdict(program, &call, &end) ? (size_t)(end - reply) : 0;
}

/* ---- the server ---- */

/* Until he leaves, or sends what is no call: then nobody knows where the next begins. */
static void serve_client(int fd, const struct rpc_program *program)
{
	uint8_t record[LONGEST], reply[MARK + MOST_REPLY];
	size_t length;

	while (read_record(fd, record, &length)) {
		uint8_t *mark = reply;
		size_t answered = answer(program, (struct reading){ record, length, false },
					 reply + MARK);

		put(&mark, LAST | answered, MARK);
		if (!answered || write_all(fd, reply, MARK + answered) < 0)
			return;
	}
}

void rpc_serve(const char *port, const struct rpc_program *program)
{
	int listener = bind_port("rpc", SOCK_STREAM, port);

	/* To write to who has left is an error then, and not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			continue;
		serve_client(client, program);
		close(client);
	}
}
