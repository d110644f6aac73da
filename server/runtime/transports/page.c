/* A page that is read by HTTP: its sessions. */
#include "server/runtime/transports/page.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/container.h"
#include "server/runtime/http.h"
#include "server/runtime/transports/address.h"

struct page_session {
	struct session session; /* first: all that others see */
	struct buffer input, output;
	size_t sent;
};

/* What the log and the counters call it. */
static const struct protocol protocol_page = { .name = "http" };

static void page_close(struct session *session)
{
	struct page_session *reader = (struct page_session *)session; /* its first member */

	if (session->state == SESSION_CLOSED)
		return;
	session_end(session);
	buffer_release(&reader->input);
	buffer_release(&reader->output);
}

/* ---- a session's turn ---- */

/* Makes the reply, when the request is there.  0 or -ENOMEM. */
static int answer(struct page_session *reader)
{
	const struct served *served = reader->session.owner->served;
	const struct page *page = served->page;
	struct buffer text = { 0 };
	struct http_request request;
	const char *type = "";
	int r;

	if (!http_request_read(&request, page->path, reader->input.data, reader->input.length))
		return 0;
	if (request.status == HTTP_OK &&
	    page->write(served->watched, page->context, request.accept, &text, &type) < 0)
		request.status = HTTP_SERVER_ERROR;
	r = http_reply_write(&reader->output, &request, type, &text);
	buffer_release(&text);
	return r;
}

/* Reads once.  0, or -errno when there is nothing more to do. */
static int read_request(struct page_session *reader)
{
	struct buffer *input = &reader->input;
	ssize_t n;

	if (buffer_reserve(input, HTTP_MOST) < 0)
		return -ENOMEM;
	n = session_read(&reader->session, input->data + input->length, HTTP_MOST);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ESHUTDOWN;
	reader->session.moved = true;
	if (reader->session.state == SESSION_PARTED)
		return 0; /* nobody heeds it */
	input->length += (size_t)n;
	return answer(reader);
}

/* Sends what is taken now.  To close while its reader may still send would be a reset, which can
 * overtake the reply: he closes first. */
static int send_reply(struct page_session *reader)
{
	struct session *session = &reader->session;
	const struct buffer *output = &reader->output;
	ssize_t n = send(session->in.fd, output->data + reader->sent, output->length - reader->sent,
			 MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	reader->sent += n > 0 ? (size_t)n : 0;
	session->moved |= n > 0;
	if (reader->sent < output->length) {
		if (!session_has_time(session) || session->state == SESSION_OPEN)
			session_start_timer(session, &session->owner->sending);
		session->state = SESSION_ENDING;
		return loop_watch(session->owner->loop, &session->in, EPOLLOUT);
	}
	if (shutdown(session->in.fd, SHUT_WR) < 0)
		return -ESHUTDOWN;
	session->state = SESSION_PARTED;
	session_start_timer(session, &session->owner->arriving);
	return loop_watch(session->owner->loop, &session->in, EPOLLIN);
}

static int page_turn(struct session *session)
{
	struct page_session *reader = (struct page_session *)session;
	int r = 0;

	if (session->state == SESSION_OPEN || session->state == SESSION_PARTED)
		r = read_request(reader);
	if (r == 0 && reader->output.length && session->state != SESSION_PARTED)
		return send_reply(reader);
	return r == 0 && session->state == SESSION_STOPPING ? -ESHUTDOWN : r;
}

/* ---- what the loop calls ---- */

static void page_ready(struct watch *watch, uint32_t events)
{
	struct session *session = container_of(watch, struct session, in);

	if (session->state == SESSION_CLOSED)
		return;
	if (events & (EPOLLIN | EPOLLOUT))
		session_ask(session);
	else
		page_close(session);
}

/* Who has not asked by now is sent away. */
static void page_finish(struct session *session)
{
	if (session->state != SESSION_OPEN)
		return;
	session->state = SESSION_STOPPING;
	session_ask(session);
}

static size_t page_held(const struct session *session)
{
	const struct page_session *reader = (const struct page_session *)session;

	return reader->input.capacity + reader->output.capacity;
}

static const struct session_operations operations = {
	.ready = page_ready,
	.turn = page_turn,
	.finish = page_finish,
	.held = page_held,
	.close = page_close,
};

/* ---- a session's beginning ---- */

static void page_accepted(const struct entrance *entrance, struct sessions *owner,
			  const struct connection *connection)
{
	const struct peer_id peer = peer_of_socket(connection->in);
	struct entrance own = *entrance;
	struct page_session *reader = calloc(1, sizeof(*reader));

	own.protocol = &protocol_page;
	if (session_begin((struct session *)reader, owner, &own, &operations, &connection->in, 1,
			  &peer) < 0)
		return;
	session_start_timer(&reader->session, &owner->arriving);
	if (loop_watch(owner->loop, &reader->session.in, EPOLLIN) < 0)
		page_close(&reader->session);
}

static int page_open(struct listeners *listeners, const struct endpoint *endpoint,
		     const struct addrinfo *address, bool reuse_port)
{
	int r, fd = bind_address(address, reuse_port);

	if (fd < 0)
		return fd;
	if (listen(fd, SOMAXCONN) == 0)
		return listeners_add_socket(listeners, fd, endpoint, CUSTODY_OURS, NULL, NULL,
					    page_accepted);
	r = -errno;
	close(fd);
	return r;
}

const char *page_listen(struct listeners *listeners, const struct endpoint *endpoint,
			char why[SIDECALL_SVC_WHY])
{
	return listen_at_hosts(listeners, endpoint, SOCK_STREAM, page_open, why);
}
