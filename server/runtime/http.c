/* As much of HTTP/1.1 as the reader of one page needs. */
#include "server/runtime/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Behind the empty line that ends a header; NULL: it is not there. */
static const char *end_of_header(const char *bytes, size_t length)
{
	const char *line = bytes, *end = bytes + length, *next;

	while ((next = memchr(line, '\n', (size_t)(end - line)))) {
		if (next == line || (next == line + 1 && *line == '\r'))
			return next + 1;
		line = next + 1;
	}
	return NULL;
}

/* The request line: METHOD SP TARGET SP HTTP/1.x. */
static enum http_status read_line(struct http_request *request, const char *path, const char *line,
				  size_t length)
{
	char method[8], target[256], version[16], more;
	char text[300];

	if (length >= sizeof(text))
		return HTTP_NOT_FOUND;
	memcpy(text, line, length);
	text[length] = '\0';
	if (sscanf(text, "%7s %255s %15s %c", method, target, version, &more) != 3 ||
	    strncmp(version, "HTTP/1.", 7) != 0)
		return HTTP_BAD_REQUEST;
	request->head = strcmp(method, "HEAD") == 0;
	if (!request->head && strcmp(method, "GET") != 0)
		return HTTP_METHOD_NOT_ALLOWED;
	target[strcspn(target, "?")] = '\0';
	return strcmp(target, path) == 0 ? HTTP_OK : HTTP_NOT_FOUND;
}

static void read_field(struct http_request *request, const char *line, size_t length)
{
	static const char name[] = "accept:";
	size_t used = strlen(request->accept), skip = sizeof(name) - 1;

	if (length < skip || strncasecmp(line, name, skip) != 0)
		return;
	snprintf(request->accept + used, sizeof(request->accept) - used, "%.*s,",
		 (int)(length - skip), line + skip);
}

static void read_header(struct http_request *request, const char *path, const char *bytes,
			const char *end)
{
	const char *line = bytes, *next;

	for (; line < end; line = next + 1) {
		size_t length;

		next = memchr(line, '\n', (size_t)(end - line));
		length = (size_t)(next - line);
		length -= length && line[length - 1] == '\r';
		if (line == bytes)
			request->status = read_line(request, path, line, length);
		else
			read_field(request, line, length);
	}
}

bool http_request_read(struct http_request *request, const char *path, const uint8_t *bytes,
		       size_t length)
{
	const char *text = (const char *)bytes, *end = end_of_header(text, length);

	*request = (struct http_request){ .status = HTTP_TOO_LARGE };
	if (!end || end - text > HTTP_MOST)
		return length >= HTTP_MOST;
	if (memchr(text, '\0', (size_t)(end - text)))
		request->status = HTTP_BAD_REQUEST;
	else
		read_header(request, path, text, end);
	return true;
}

static const char *words_of(enum http_status status)
{
	switch (status) {
	case HTTP_OK:
		return "OK";
	case HTTP_BAD_REQUEST:
		return "Bad Request";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_METHOD_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_TOO_LARGE:
		return "Request Header Fields Too Large";
	default:
		return "Internal Server Error";
	}
}

int http_reply_write(struct buffer *reply, const struct http_request *request, const char *type,
		     const struct buffer *body)
{
	const bool ok = request->status == HTTP_OK;
	const char *words = words_of(request->status);
	const size_t size = ok ? body->length : strlen(words) + 1;
	char header[512];
	int length = snprintf(header, sizeof(header),
			      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
			      "Connection: close\r\n\r\n",
			      request->status, words, ok ? type : "text/plain; charset=utf-8", size,
			      request->status == HTTP_METHOD_NOT_ALLOWED ? "Allow: GET, HEAD\r\n"
									 : "");
	int r = buffer_append(reply, header, (size_t)length);

	if (r < 0 || request->head)
		return r;
	if (ok)
		return buffer_append(reply, body->data, body->length);
	r = buffer_append(reply, words, size - 1);
	return r < 0 ? r : buffer_append(reply, "\n", 1);
}
