/* Streams that a proxy passes on: whose they are, it says in front of them. */
#include <errno.h>
#include <sys/epoll.h>

#include "common/internet.h"
#include "server/runtime/access.h"
#include "server/runtime/log.h"
#include "server/runtime/proxy_header.h"
#include "server/runtime/stream_internal.h"

/* The header has one time for all of it. */
int stream_await_header(struct stream *stream)
{
	struct session *session = &stream->session;

	session_start_timer(session, &session->owner->arriving);
	return loop_watch(session->owner->loop, &session->in, EPOLLIN);
}

/* Reads no byte behind it.  How many came; 0: none is here now; or -errno. */
static ssize_t read_header(struct stream *stream, size_t size)
{
	struct buffer *input = &stream->input;
	ssize_t n;

	if (buffer_reserve(input, size) < 0)
		return -ENOMEM;
	n = session_read(&stream->session, input->data + input->length, size);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	input->length += (size_t)n;
	return n ? n : -ESHUTDOWN;
}

/* Loopback is another machine's own where the proxy is: who calls from there is no more on this one
 * than the proxy is, and has its address. */
static int place_loopback(int fd, struct proxy_header *header)
{
	struct sockaddr_storage proxy = { 0 };
	socklen_t length = sizeof(proxy);

	if (!internet_is_loopback(&header->source))
		return 0;
	if (getpeername(fd, (struct sockaddr *)&proxy, &length) < 0)
		return -errno;
	if (!internet_is_loopback(&proxy)) {
		header->source = proxy;
		header->length = length;
	}
	return 0;
}

/* Whose it is from its next turn on. */
static int introduce(struct session *session, struct proxy_header *header)
{
	int r = place_loopback(session->in.fd, header);
	struct peer_id id = peer_of_address(&header->source);

	if (r < 0)
		return r;
	if (!access_admits_sender(session->owner->served->access, &header->source)) {
		log_event(EVENT_NOT_ALLOWED, &id,
			  "it is not among those who may call, and was sent away");
		return -EACCES;
	}
	session->way.addresses = session->addresses = addresses_of_proxied(
		session->in.fd, &header->source, header->length);
	session->introduced = session->addresses ? peers_take(session->owner->peers, &id) : NULL;
	return session->introduced ? 0 : -ENOMEM;
}

static int no_header(const struct stream *stream)
{
	log_event(EVENT_NO_PROXY_HEADER, &stream->session.peer->id,
		  "it is a proxy, and what it sent does not begin with a PROXY header of version 2 "
		  "(in HAProxy: send-proxy-v2); its session ends");
	return -ESHUTDOWN;
}

int stream_read_header(struct stream *stream)
{
	struct session *session = &stream->session;
	struct proxy_header header;
	size_t whole;
	ssize_t n = 1;
	int r = 0;

	if (stream_is_ending(stream))
		return -ESHUTDOWN;
	while (n > 0 && (r = proxy_header_read(stream->input.data, stream->input.length, &header,
					       &whole)) == 0)
		n = read_header(stream, whole - stream->input.length);
	if (r == 0)
		return (int)n;
	if (r < 0)
		return no_header(stream);
	buffer_release(&stream->input);
	stream->proxied = false;
	session->movable = stream_is_socket(stream) && !session->lent;
	return header.local ? stream_wait(stream, true) : introduce(session, &header);
}
