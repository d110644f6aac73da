/* Metrics: the page, read as a strict reader reads it; and the little of HTTP that carries it. */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/procedures.h"
#include "server/runtime/http.h"
#include "server/status/exposition.h"
#include "server/status/metrics.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* ---- requests ---- */

static void test_requests(void)
{
	static const struct {
		const char *text;
		int status; /* 0: more is to come */
		const char *accept;
	} rows[] = {
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200, "" },
		{ "GET /metrics?x=1 HTTP/1.0\n\n", 200, "" },
		{ "HEAD /metrics HTTP/1.1\r\n\r\n", 200, "" },
		{ "GET /metrics HTTP/1.1\r\nACCEPT: a/b\r\naccept:c\r\n\r\n", 200, " a/b,c," },
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\n", 0, "" },
		{ "", 0, "" },
		{ "GET / HTTP/1.1\r\n\r\n", 404, "" },
		{ "GET /metricsx HTTP/1.1\r\n\r\n", 404, "" },
		{ "POST /metrics HTTP/1.1\r\n\r\n", 405, "" },
		{ "DESCRIBE-ALL /metrics HTTP/1.1\r\n\r\n", 400, "" },
		{ "GET /metrics\r\n\r\n", 400, "" },
		{ "GET /metrics SIP/2.0\r\n\r\n", 400, "" },
		{ "GET /metrics HTTP/1.1 and more\r\n\r\n", 400, "" },
		{ "\r\n\r\n", 400, "" },
	};
	struct http_request request;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool whole = http_request_read(&request, "/metrics", (const uint8_t *)rows[i].text,
					       strlen(rows[i].text));

		CHECK_THAT(whole == (rows[i].status != 0) &&
				   (!whole || (int)request.status == rows[i].status),
			   "%s: %d", rows[i].text, request.status);
		CHECK_STR(request.accept, rows[i].accept);
	}
}

/* However long a request is, it ends. */
static void test_long_requests(void)
{
	static uint8_t bytes[HTTP_MOST + 100];
	struct http_request request;

	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, "GET ", 4);
	CU_ASSERT_FALSE(http_request_read(&request, "/metrics", bytes, HTTP_MOST - 1));
	CU_ASSERT(http_request_read(&request, "/metrics", bytes, HTTP_MOST));
	CHECK_INT(request.status, HTTP_TOO_LARGE);
	memcpy(bytes + HTTP_MOST, " HTTP/1.1\r\n\r\n", 13);
	CU_ASSERT(http_request_read(&request, "/metrics", bytes, sizeof(bytes)));
	CHECK_INT(request.status, HTTP_TOO_LARGE);
	memcpy(bytes + 1000, " HTTP/1.1\n\n", 11);
	CU_ASSERT(http_request_read(&request, "/metrics", bytes, 1011));
	CHECK_INT(request.status, HTTP_NOT_FOUND);
	memcpy(bytes, "GET /metrics HTTP/1.1\0\n\n", 24);
	CU_ASSERT(http_request_read(&request, "/metrics", bytes, 24));
	CHECK_INT(request.status, HTTP_BAD_REQUEST);
}

/* ---- a reader of both formats, as strict as theirs ---- */

struct reader {
	bool open;        /* it is OpenMetrics */
	char family[128]; /* as the last TYPE line has it */
	char type[16];
	char series[2048]; /* of the last bucket, without its le */
	double bucket, below;
	unsigned int samples, families;
};

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return length && !isdigit((unsigned char)*text);
}

/* {name="value",...}: its end, or NULL. */
static const char *read_labels(const char *text)
{
	if (*text != '{')
		return text;
	do {
		size_t length = strcspn(++text, "=");

		if (!is_name(text, length) || text[length + 1] != '"')
			return NULL;
		for (text += length + 2; *text && *text != '"'; text++)
			text += *text == '\\';
		text += *text == '"';
	} while (*text == ',');
	return *text == '}' ? text + 1 : NULL;
}

/* What may stand behind a family's name in its samples. */
static bool is_suffix(const struct reader *reader, const char *suffix)
{
	static const char *const of_histogram[] = { "_bucket", "_sum", "_count", NULL };

	if (strcmp(reader->type, "histogram") == 0) {
		for (int i = 0; of_histogram[i]; i++)
			if (strcmp(suffix, of_histogram[i]) == 0)
				return true;
		return false;
	}
	if (reader->open && strcmp(reader->type, "counter") == 0)
		return strcmp(suffix, "_total") == 0;
	if (reader->open && strcmp(reader->type, "info") == 0)
		return strcmp(suffix, "_info") == 0;
	return !*suffix;
}

/* Buckets of a series rise, and the last is +Inf. */
static void check_bucket(struct reader *reader, const char *line, const char *labels, double value)
{
	const char *le = strstr(labels, ",le=\"");
	char series[2048];
	double most;

	CU_ASSERT_PTR_NOT_NULL_FATAL(le);
	snprintf(series, sizeof(series), "%.*s", (int)(le - labels), labels);
	most = strtod(le + 5, NULL);
	if (strcmp(series, reader->series) == 0)
		CHECK_THAT(most > reader->bucket && value >= reader->below, "%s", line);
	memcpy(reader->series, series, sizeof(series));
	reader->bucket = most;
	reader->below = value;
}

static void read_sample(struct reader *reader, const char *line)
{
	size_t length = strcspn(line, "{ ");
	const char *end = read_labels(line + length);
	char name[160];
	char *rest;
	double value;

	snprintf(name, sizeof(name), "%.*s", (int)length, line);
	CHECK_THAT(end && *end == ' ', "labels: %s", line);
	if (!end)
		return;
	value = strtod(end + 1, &rest);
	CHECK_THAT(!*rest && value >= 0, "value: %s", line);
	CHECK_THAT(is_name(name, length) &&
			   strncmp(name, reader->family, strlen(reader->family)) == 0 &&
			   is_suffix(reader, name + strlen(reader->family)),
		   "%s is none of the %s %s", name, reader->type, reader->family);
	if (strstr(name, "_bucket"))
		check_bucket(reader, line, line + length, value);
	if (strstr(name, "_count"))
		CHECK_THAT(value == reader->below, "all are in the last bucket: %s", line);
	reader->samples++;
}

static void read_line(struct reader *reader, const char *line)
{
	char name[128], text[256];

	if (*line != '#') {
		read_sample(reader, line);
	} else if (sscanf(line, "# TYPE %127s %15s", reader->family, reader->type) == 2) {
		reader->families++;
	} else if (sscanf(line, "# UNIT %127s %255s", name, text) == 2) {
		CU_ASSERT(reader->open);
		CHECK_STR(name, reader->family);
		CHECK_STR(name + strlen(name) - strlen(text), text);
	} else {
		CHECK_INT(sscanf(line, "# HELP %127s %255[^\n]", name, text), 2);
		CHECK_STR(name, reader->family);
	}
}

static struct reader read_page(char *page, bool open)
{
	struct reader reader = { .open = open };
	char *end = page + strlen(page), *rest = page, *line;

	CHECK_INT(end[-1], '\n');
	CHECK_INT(strcmp(end - 6 > page ? end - 6 : page, "# EOF\n") == 0, open);
	while ((line = strsep(&rest, "\n")) && *line && strcmp(line, "# EOF") != 0)
		read_line(&reader, line);
	CHECK_THAT(!rest || !*rest, "behind the end: %s", rest);
	return reader;
}

/* ---- labels ---- */

static void test_labels(void)
{
	char text[64] = "";
	struct labels labels;

	labels_clear(&labels);
	labels_add(&labels, "a", "say \"no\"\nto \\");
	labels_add_number(&labels, "b", 7);
	CHECK_STR(labels.text, "a=\"say \\\"no\\\"\\nto \\\\\",b=\"7\"");
	memset(text, '"', sizeof(text) - 1);
	for (int i = 0; i < 100; i++)
		labels_add(&labels, "c", text); /* what has no room is left out */
	CHECK_INT(labels.length, strlen(labels.text));
	CHECK_INT(labels.text[labels.length - 1], '"');
}

static void test_addresses(void)
{
	static const struct {
		const char *text, *host;
		int port; /* -2: it is none */
	} rows[] = {
		{ "9100", "localhost", 9100 },
		{ "127.0.0.1:0", "127.0.0.1", 0 },
		{ "[::1]:9100", "::1", 9100 },
		{ "host.example:1", "host.example", 1 },
		{ "", "", -2 },
		{ "127.0.0.1", "", -2 },
		{ ":9100", "", -2 },
		{ "x:y", "", -2 },
		{ "1:65536", "", -2 },
		{ "99999", "", -2 },
	};
	struct endpoint endpoint;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is = metrics_address(&endpoint, rows[i].text);

		CHECK_THAT(is == (rows[i].port >= 0), "%s", rows[i].text);
		if (!is)
			continue;
		CHECK_STR(endpoint.host, rows[i].host);
		CHECK_INT(endpoint.port, rows[i].port);
	}
}

/* ---- the daemon ---- */

/* Sends bytes and reads until the other end closes, into memory to be freed. */
static char *exchange(int port, const char *bytes)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *reply = calloc(1, 1 << 20);
	size_t length = 0;
	ssize_t n;

	CU_ASSERT_FATAL(reply && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	/* In two pieces, as a network may have it. */
	CHECK_INT(write(fd, bytes, 3), 3);
	CHECK_INT(write(fd, bytes + 3, strlen(bytes + 3)), strlen(bytes + 3));
	while (length < (1 << 20) - 1 && (n = read(fd, reply + length, (1 << 20) - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	return reply;
}

static int start(struct daemon *daemon)
{
	const char *const options[] = { "--metrics", "127.0.0.1:0", "--listen", "rpc+unix",
					"--listen",  "raw+unix",    NULL };

	if (!daemon_start(daemon, NULL, options))
		return 0;
	CU_ASSERT_FATAL(*daemon->metrics != '\0');
	return atoi(strrchr(daemon->metrics, ':') + 1);
}

static void add_at(const char *text, int times)
{
	union procedure_arguments arguments = { .operands = { 84, 2 } };
	union procedure_result result;
	struct failure failure;
	struct endpoint endpoint;
	struct client client;

	endpoint_parse(&endpoint, text);
	client_init(&client, &endpoint, HARNESS_PATIENCE * INT64_C(1000000000));
	for (int i = 0; i < times; i++)
		CHECK_INT(procedure_call(procedure_find("add"), &client, &arguments, &result,
					 &failure),
			  0);
	client_release(&client);
}

#define OF_RPC                                                                                     \
	"{rpc_system_name=\"onc_rpc\",rpc_method=\"CALC_PROG/CALC_ADD\","                          \
	"onc_rpc_program_name=\"CALC_PROG\",onc_rpc_version=\"1\","                                \
	"onc_rpc_procedure_name=\"CALC_ADD\",onc_rpc_procedure_number=\"1\","                      \
	"network_transport=\"unix\""

static void check_page(int port, bool open)
{
	char *reply = exchange(port,
			       open ? "GET /metrics HTTP/1.1\r\nAccept: "
				      "application/openmetrics-text;version=1.0.0;q=0.5\r\n\r\n"
				    : "GET /metrics HTTP/1.1\r\n\r\n");
	char *page = strstr(reply, "\r\n\r\n");
	struct reader reader;

	CHECK_INT(strncmp(reply, "HTTP/1.1 200 OK\r\n", 17), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	page += 4;
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(reply, "Content-Length: "));
	CHECK_INT(atoi(strstr(reply, "Content-Length: ") + 16), strlen(page));
	CU_ASSERT_PTR_NOT_NULL(strstr(reply, open ? "application/openmetrics-text; version=1.0.0"
						  : "text/plain; version=0.0.4"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(page, "sidecall_calls_total" OF_RPC ",rpc_status_code=\"SUCCESS\"} 7\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(page, "rpc_server_call_duration_seconds_count" OF_RPC "} 7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "sidecall_received_bytes_total" OF_RPC "} 392\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "rpc_system_name=\"sidecall_raw\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "sidecall_build_info{version=\""));
	reader = read_page(page, open);
	CHECK_THAT(reader.samples > 40 && reader.families > 10, "%u samples of %u families",
		   reader.samples, reader.families);
	free(reply);
}

static void test_page(void)
{
	struct daemon daemon;
	int port = start(&daemon);

	if (!port)
		return;
	add_at(daemon_endpoint(&daemon, "rpc+unix"), 7);
	add_at(daemon_endpoint(&daemon, "raw+unix"), 7);
	check_page(port, false);
	check_page(port, true);
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_errors(void)
{
	static const struct {
		const char *request, *reply;
	} rows[] = {
		{ "GET /other HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n" },
		{ "PUT /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\n" },
		{ "nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n" },
		{ "HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" },
	};
	struct daemon daemon;
	int port = start(&daemon);
	char *reply;

	for (size_t i = 0; port && i < sizeof(rows) / sizeof(rows[0]); i++) {
		reply = exchange(port, rows[i].request);
		CHECK_THAT(strncmp(reply, rows[i].reply, strlen(rows[i].reply)) == 0, "%s: %s",
			   rows[i].request, reply);
		if (i == 3)
			CHECK_STR(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
		free(reply);
	}
	if (port)
		CHECK_INT(daemon_stop(&daemon), 0);
}

/* Readers that never ask, and one that asks for ever, keep nobody waiting, nor the stop. */
static void test_slow_readers(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct daemon daemon;
	int port = start(&daemon), fds[20];
	char *reply;

	if (!port)
		return;
	address.sin_port = htons((uint16_t)port);
	for (int i = 0; i < 20; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		CHECK_INT(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
		CHECK_INT(write(fds[i], "GET", 3), 3);
	}
	reply = exchange(port, "GET /metrics HTTP/1.1\r\n\r\n");
	CHECK_INT(strncmp(reply, "HTTP/1.1 200 OK\r\n", 17), 0);
	free(reply);
	CHECK_INT(daemon_stop(&daemon), 0);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

static const struct test tests[] = {
	{ "requests", test_requests },
	{ "a request of any length ends", test_long_requests },
	{ "labels", test_labels },
	{ "addresses", test_addresses },
	{ "the page is what both formats say", test_page },
	{ "what is no request for it", test_errors },
	{ "readers that do not ask", test_slow_readers },
	{ 0 },
};

int main(void)
{
	return harness_run("metrics", tests);
}
