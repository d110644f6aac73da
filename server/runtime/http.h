/* As much of HTTP/1.1 (RFC 9112) as the reader of one page needs: bytes in, bytes out. */
#ifndef SIDECALL_SERVER_RUNTIME_HTTP_H
#define SIDECALL_SERVER_RUNTIME_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

#define HTTP_MOST   4096 /* bytes of a request */
#define HTTP_ACCEPT 512  /* bytes of an Accept field, with a zero byte */

/* What a request is answered with. */
enum http_status {
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD_NOT_ALLOWED = 405,
	HTTP_TOO_LARGE = 431,
	HTTP_SERVER_ERROR = 500
};

struct http_request {
	enum http_status
		status; /* as far as the request says; its fields are set where it is 200 */
	bool head;      /* only the header is wanted */
	char accept[HTTP_ACCEPT];
};

/* Looks for a whole request in what has come.  False: more of it is to come. */
bool http_request_read(struct http_request *request, const char *path, const uint8_t *bytes,
		       size_t length);

/* Appends a reply with this body and its type; of an error its words are the body.  0 or -ENOMEM.
 */
int http_reply_write(struct buffer *reply, const struct http_request *request, const char *type,
		     const struct buffer *body);

#endif
