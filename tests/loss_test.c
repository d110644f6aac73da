/* The udp transport, the client: a network that loses, repeats and delays, and servers that are
 * silent or not there. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/runtime/transports/all.h"
#include "programs/sidecall/pipeline.h"
#include "tests/kit/calls.h"
#include "tests/kit/datagrams.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * SECOND)

static const char *const endpoints[] = { "rpc+udp://127.0.0.1:", "raw+udp://127.0.0.1:",
					 "rpc+udp://[::1]:", "raw+udp://[::1]:" };
static const char *const both[] = { "--listen", "rpc+udp://127.0.0.1:0", "--listen",
				    "raw+udp://127.0.0.1:0", NULL };

/* ---- a network that loses, repeats and delays ---- */

struct weather {
	const char *name;
	int lost_calls, lost_replies; /* so many of the first */
	bool twice;                   /* all datagrams come twice */
	bool stray;                   /* replies of others, junk, and what is no reply to the
				       * call, before each reply */
	bool flood;                   /* replies of others, all the time */
	int every;                    /* call and every reply of that number is lost */
	int late;                     /* every reply of that number comes after the next one */
};

/* Between a client and a server, in a thread of its own. */
struct proxy {
	struct weather weather;
	int front, back, stop[2];
	struct sockaddr_storage client;
	socklen_t client_length;
	uint8_t call[512]; /* the last one, */
	size_t call_length;
	uint8_t previous[512]; /* and the last reply */
	size_t previous_length;
	int calls; /* that came; to be read when the proxy has stopped */
	int replies;
	uint8_t held[512]; /* a reply that comes late */
	size_t held_length;
	pthread_t thread;
	struct endpoint endpoint; /* where it is to be called */
};

static void to_client(struct proxy *proxy, const void *bytes, size_t length)
{
	sendto(proxy->front, bytes, length, 0, (struct sockaddr *)&proxy->client,
	       proxy->client_length);
}

/* Late replies to other calls, and what is no reply at all. */
static void send_stray(struct proxy *proxy, const uint8_t *reply, size_t length)
{
	uint8_t other[512];

	to_client(proxy, "", 0);
	to_client(proxy, reply, length < 3 ? length : 3);
	memcpy(other, reply, length);
	for (int i = 0; i < 4; i++) {
		other[i] ^= 1;
		to_client(proxy, other, length);
	}
	if (proxy->previous_length)
		to_client(proxy, proxy->previous, proxy->previous_length);
	/* The call itself, and the reply without its direction, or to another operation. */
	to_client(proxy, proxy->call, proxy->call_length);
	memcpy(other, reply, length);
	if (proxy->endpoint.protocol == ENDPOINT_RPC) {
		other[7] = 0;
		to_client(proxy, other, length);
		return;
	}
	other[4] ^= 0x80;
	to_client(proxy, other, length);
	other[4] ^= 0x80;
	other[5] ^= 1;
	to_client(proxy, other, length);
}

static bool is_nth(int number, int every)
{
	return every && number % every == 0;
}

static void pass_call(struct proxy *proxy)
{
	uint8_t bytes[512];
	ssize_t n;

	proxy->client_length = sizeof(proxy->client);
	n = recvfrom(proxy->front, bytes, sizeof(bytes), MSG_DONTWAIT,
		     (struct sockaddr *)&proxy->client, &proxy->client_length);
	if (n < 0 || proxy->calls++ < proxy->weather.lost_calls ||
	    is_nth(proxy->calls, proxy->weather.every))
		return;
	memcpy(proxy->call, bytes, (size_t)n);
	proxy->call_length = (size_t)n;
	for (int i = 0; i < 1 + proxy->weather.twice; i++)
		CHECK_INT(send(proxy->back, bytes, (size_t)n, 0), n);
}

static void pass_reply(struct proxy *proxy)
{
	uint8_t bytes[512];
	ssize_t n = recv(proxy->back, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 || proxy->weather.lost_replies-- > 0 ||
	    is_nth(++proxy->replies, proxy->weather.every))
		return;
	if (!proxy->held_length && is_nth(proxy->replies, proxy->weather.late)) {
		memcpy(proxy->held, bytes, (size_t)n);
		proxy->held_length = (size_t)n;
		return;
	}
	if (proxy->weather.stray)
		send_stray(proxy, bytes, (size_t)n);
	for (int i = 0; i < 1 + proxy->weather.twice; i++)
		to_client(proxy, bytes, (size_t)n);
	memcpy(proxy->previous, bytes, (size_t)n);
	proxy->previous_length = (size_t)n;
	if (proxy->held_length)
		to_client(proxy, proxy->held, proxy->held_length);
	proxy->held_length = 0;
}

static void *proxy_run(void *argument)
{
	struct proxy *proxy = argument;
	struct pollfd waiting[3] = { { .fd = proxy->front, .events = POLLIN },
				     { .fd = proxy->back, .events = POLLIN },
				     { .fd = proxy->stop[0] } };

	while (!waiting[2].revents) {
		poll(waiting, 3, proxy->weather.flood ? 1 : -1);
		if (waiting[0].revents)
			pass_call(proxy);
		if (waiting[1].revents)
			pass_reply(proxy);
		if (proxy->weather.flood && proxy->client_length)
			to_client(proxy, "\0\0\0\0\0\0\0\1\0\0\0\0", 12);
	}
	return NULL;
}

static void proxy_start(struct proxy *proxy, const struct weather *weather,
			const struct endpoint *server)
{
	struct sockaddr_storage address;

	memset(proxy, 0, sizeof(*proxy));
	proxy->weather = *weather;
	proxy->front = datagram_bind(AF_INET, &address);
	proxy->back = datagram_connect(server);
	proxy->endpoint = *server;
	proxy->endpoint.port = ntohs(((struct sockaddr_in *)&address)->sin_port);
	CHECK_INT(pipe(proxy->stop), 0);
	CHECK_INT(pthread_create(&proxy->thread, NULL, proxy_run, proxy), 0);
}

static void proxy_stop(struct proxy *proxy)
{
	close(proxy->stop[1]); /* the other end sees it */
	pthread_join(proxy->thread, NULL);
	close(proxy->stop[0]);
	close(proxy->front);
	close(proxy->back);
}

static const struct weather weathers[] = {
	{ .name = "fair" },
	{ .name = "the first calls are lost", .lost_calls = 2 },
	{ .name = "the first replies are lost", .lost_replies = 2 },
	{ .name = "a call and a reply are lost", .lost_calls = 1, .lost_replies = 1 },
	{ .name = "everything comes twice", .twice = true },
	{ .name = "stray replies", .stray = true },
	{ .name = "a flood of stray replies", .flood = true, .lost_calls = 2 },
	{ .name = "a storm", .lost_replies = 2, .twice = true, .stray = true, .flood = true },
};

/* Three calls of one client: each is executed once, whatever happens on the way. */
static void accumulate(struct proxy *proxy, char *name)
{
	static const int amounts[] = { 1, 10, 100 };
	struct client client;
	int64_t total = 0;

	client_init(&client, &proxy->endpoint, TIMEOUT);
	for (size_t i = 0; i < COUNT(amounts); i++) {
		calc_accumulation arguments = { name, amounts[i] };
		union procedure_result result;
		struct failure failure;

		total += amounts[i];
		CHECK_INT(procedure_call(procedure_find("accumulate"), &client, &arguments, &result,
					 &failure),
			  0);
		CHECK_INT(result.number.status, CALC_OK);
		CHECK_INT(result.number.calc_result_u.value, total);
	}
	client_release(&client);
}

static void try_weather(const struct endpoint *server, const struct weather *weather)
{
	calc_accumulation nothing = { .amount = 0 };
	union procedure_result result;
	struct proxy proxy;
	char name[32];

	snprintf(name, sizeof(name), "%s-%d", endpoint_protocol_name(server->protocol),
		 (int)(weather - weathers));
	nothing.name = name;
	proxy_start(&proxy, weather, server);
	accumulate(&proxy, name);
	proxy_stop(&proxy);
	CHECK_INT(call_once(server, TIMEOUT, "accumulate", &nothing, &result), 0);
	CHECK_INT(result.number.calc_result_u.value, 111);
}

static void test_weathers(void)
{
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (size_t i = 0; i < 2; i++) {
		struct endpoint server = call_endpoint(daemon_endpoint(&daemon, endpoints[i]));

		for (size_t w = 0; w < COUNT(weathers); w++) {
			unsigned int failures = CU_get_number_of_failures();

			try_weather(&server, &weathers[w]);
			if (CU_get_number_of_failures() > failures)
				printf("      when: %s\n", weathers[w].name);
		}
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- many calls in flight ---- */

#define FLIGHTS 300

struct flight {
	struct pipeline_call call;
	calc_accumulation arguments;
	unsigned int ended;
	int64_t total; /* what the register held then; 0 when it failed */
};

static void flight_done(struct pipeline_call *call)
{
	struct flight *flight = (struct flight *)call;

	flight->ended++;
	if (call->code == 0 && call->result.number.status == CALC_OK)
		flight->total = call->result.number.calc_result_u.value;
}

/* Each has an answer of its own: from 1 up to their number, all of them. */
static void check_flights(const struct flight *flights)
{
	bool seen[FLIGHTS + 1] = { false };
	unsigned int wrong = 0;

	for (size_t i = 0; i < FLIGHTS; i++) {
		int64_t total = flights[i].total;

		if (flights[i].ended != 1 || total < 1 || total > FLIGHTS || seen[total])
			wrong++;
		else
			seen[total] = true;
	}
	CHECK_INT(wrong, 0);
}

/* All have their answers.  Whether the number of those under way grew while nothing was lost, and
 * shrank when something was, and then only: a machine that is slow may take a reply for lost. */
static bool fly(const struct endpoint *server, const struct weather *weather, char *name)
{
	static struct flight flights[FLIGHTS];
	unsigned int last = 0, widest = 0, shrunk = 0;
	struct pipeline pipeline;
	struct client client;
	struct proxy proxy;

	proxy_start(&proxy, weather, server);
	client_init(&client, &proxy.endpoint, TIMEOUT);
	pipeline_init(&pipeline, &client);
	memset(flights, 0, sizeof(flights));
	for (size_t i = 0; i < FLIGHTS; i++) {
		flights[i].arguments = (calc_accumulation){ name, 1 };
		flights[i].call.procedure = procedure_find("accumulate");
		flights[i].call.arguments = &flights[i].arguments;
		flights[i].call.done = flight_done;
		pipeline_submit(&pipeline, &flights[i].call);
	}
	while (pipeline_run(&pipeline)) {
		shrunk += pipeline.window < last;
		last = pipeline.window;
		widest = last > widest ? last : widest;
		CU_ASSERT(pipeline.flying.count <= widest);
	}
	check_flights(flights);
	pipeline_abandon(&pipeline);
	client_release(&client);
	proxy_stop(&proxy);
	return widest > 4 && (weather->every ? shrunk > 0 : shrunk <= 2);
}

/* It behaves so in one of many flights, each of which has a register of its own. */
static bool fly_anew(const struct endpoint *server, const struct weather *weather)
{
	static unsigned int number;
	char name[32];

	snprintf(name, sizeof(name), "flight %u", number++);
	return fly(server, weather, name);
}

static void test_flights(void)
{
	static const struct weather flying[] = {
		{ .name = "fair" },
		{ .name = "everything comes twice", .twice = true },
		{ .name = "every fifth reply comes late", .late = 5 },
		{ .name = "every fortieth is lost", .every = 40 },
		{ .name = "a storm", .every = 30, .late = 7, .twice = true, .stray = true },
	};
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (size_t i = 0; i < 2 * COUNT(flying); i++) {
		const struct weather *weather = &flying[i / 2];
		struct endpoint server = call_endpoint(daemon_endpoint(&daemon, endpoints[i % 2]));
		unsigned int failures = CU_get_number_of_failures();
		bool adapts;

		AWAIT((adapts = fly_anew(&server, weather)));
		CU_ASSERT(adapts);
		if (CU_get_number_of_failures() > failures)
			printf("      when: %s, %s\n", weather->name, endpoints[i % 2]);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- backing off ---- */

/* Calls that are lost are sent again after 100 ms, then after 200, then after 400: who knows when
 * the first was sent knows when the fourth is at the earliest, whatever else the machine does. */
#define LOST_COPIES 3
#define EARLIEST    (SECOND * 7 / 10)

struct lone {
	struct pipeline_call call;
	calc_operands operands;
	bool done;
};

static void lone_done(struct pipeline_call *call)
{
	((struct lone *)call)->done = true;
}

static void submit_lone(struct pipeline *pipeline, struct lone *lone)
{
	*lone = (struct lone){ .operands = { 40, 2 } };
	lone->call.procedure = procedure_find("add");
	lone->call.arguments = &lone->operands;
	lone->call.done = lone_done;
	pipeline_submit(pipeline, &lone->call);
}

static void add_by_pipeline(const struct endpoint *endpoint)
{
	struct pipeline pipeline;
	struct client client;
	struct lone lone;

	client_init(&client, endpoint, TIMEOUT);
	pipeline_init(&pipeline, &client);
	submit_lone(&pipeline, &lone);
	while (pipeline_run(&pipeline))
		;
	CU_ASSERT(lone.done && lone.call.code == 0);
	CHECK_INT(lone.call.result.number.calc_result_u.value, 42);
	client_release(&client);
}

static void add_by_call(const struct endpoint *endpoint)
{
	CHECK_INT(call_add(endpoint, TIMEOUT, 40, 2), 42);
}

static void test_back_off(void)
{
	static const struct weather weather = { .lost_calls = LOST_COPIES };
	static void (*const ways[])(const struct endpoint *) = { add_by_call, add_by_pipeline };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (size_t i = 0; i < 2 * COUNT(ways); i++) {
		struct endpoint server = call_endpoint(daemon_endpoint(&daemon, endpoints[i % 2]));
		struct proxy proxy;
		int64_t began;

		proxy_start(&proxy, &weather, &server);
		began = clock_now();
		ways[i / 2](&proxy.endpoint);
		CHECK_THAT(clock_now() - began >= EARLIEST, "%s: %g s", endpoints[i % 2],
			   (double)(clock_now() - began) / 1e9);
		proxy_stop(&proxy);
		CU_ASSERT(proxy.calls > LOST_COPIES);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* Where all calls of a window are lost, and then both copies, the window is halved twice. */
static void test_window_is_halved(void)
{
	enum { WINDOW = 4 };
	static const struct weather weather = { .lost_calls = 3 * WINDOW };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (size_t i = 0; i < 2; i++) {
		struct endpoint server = call_endpoint(daemon_endpoint(&daemon, endpoints[i]));
		unsigned int narrowest = WINDOW, shrunk_to = 0; /* at first */
		struct lone lones[2 * WINDOW];
		struct pipeline pipeline;
		struct client client;
		struct proxy proxy;

		proxy_start(&proxy, &weather, &server);
		client_init(&client, &proxy.endpoint, TIMEOUT);
		pipeline_init(&pipeline, &client);
		CHECK_INT(pipeline.window, WINDOW);
		for (size_t l = 0; l < COUNT(lones); l++)
			submit_lone(&pipeline, &lones[l]);
		while (pipeline_run(&pipeline)) {
			if (!shrunk_to && pipeline.window < WINDOW)
				shrunk_to = pipeline.window;
			if (pipeline.window < narrowest)
				narrowest = pipeline.window;
		}
		CHECK_INT(shrunk_to, WINDOW / 2); /* what is lost together is one loss */
		CHECK_INT(narrowest, WINDOW / 4);
		client_release(&client);
		proxy_stop(&proxy);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

/* ---- sending ---- */

/* What the kernel refuses to send is said at once, and the next one leaves. */
static void test_too_long(void)
{
	static const uint8_t bytes[70000];
	struct sockaddr_storage address;
	int fd = datagram_bind(AF_INET, &address);
	struct endpoint endpoint = { .protocol = ENDPOINT_RAW,
				     .transport = ENDPOINT_UDP,
				     .host = "127.0.0.1",
				     .port = ntohs(((struct sockaddr_in *)&address)->sin_port) };
	struct channel *channel;
	struct failure failure;
	uint8_t received[16];

	CU_ASSERT_FATAL(channel_open(&channel, &endpoint, clock_now() + TIMEOUT, &failure) == 0);
	for (int corked = 0; corked < 2; corked++) {
		channel->corked = corked;
		CHECK_INT(channel_send(channel, bytes, sizeof(bytes), clock_now() + TIMEOUT),
			  -EMSGSIZE);
		CHECK_INT(channel->sent, 10 * corked);
		CHECK_INT(channel_send(channel, bytes, 10, clock_now() + TIMEOUT), 0);
		CHECK_INT(recv(fd, received, sizeof(received), 0), 10);
		CHECK_INT(channel->sent, 10 * (corked + 1));
	}
	channel_close(channel);
	close(fd);
}

/* ---- deadlines ---- */

/* Not before the deadline. */
static void check_times_out(const struct endpoint *endpoint, int64_t timeout)
{
	int64_t start = clock_now();

	CHECK_INT(call_add(endpoint, timeout, 1, 2), -FAILURE_TIMEOUT);
	CU_ASSERT(clock_now() - start >= timeout);
}

/* Replies that are not its own neither lengthen a call's time nor shorten it, and the call is sent
 * again as if they did not come. */
static void test_flood_of_others(void)
{
	static const struct weather weather = { .flood = true, .lost_calls = 1000 };
	struct daemon daemon;

	CU_ASSERT_FATAL(daemon_start(&daemon, NULL, both));
	for (size_t i = 0; i < 2; i++) {
		struct endpoint server = call_endpoint(daemon_endpoint(&daemon, endpoints[i]));
		struct proxy proxy;

		proxy_start(&proxy, &weather, &server);
		check_times_out(&proxy.endpoint, 2 * SECOND);
		proxy_stop(&proxy);
		/* After 0, 100, 300, 700 and 1,500 ms, unless the machine is late. */
		CU_ASSERT(proxy.calls > 1 && proxy.calls <= 5);
	}
	CHECK_INT(daemon_stop(&daemon), 0);
}

static void test_nobody(void)
{
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		bool ipv6 = i >= 2;
		struct sockaddr_storage address;
		int fd = datagram_bind(ipv6 ? AF_INET6 : AF_INET, &address);
		struct endpoint endpoint;
		char text[64];

		snprintf(text, sizeof(text), "%s%d", endpoints[i],
			 ntohs(ipv6 ? ((struct sockaddr_in6 *)&address)->sin6_port
				    : ((struct sockaddr_in *)&address)->sin_port));
		endpoint = call_endpoint(text);
		check_times_out(&endpoint, SECOND * 4 / 10); /* it is there, and silent */
		close(fd);
		CHECK_INT(call_add(&endpoint, TIMEOUT, 1, 2), -FAILURE_UNAVAILABLE);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "a network that loses, repeats and delays", test_weathers },
		{ "many calls in flight", test_flights },
		{ "calls that are lost again and again", test_back_off },
		{ "a window that is lost again", test_window_is_halved },
		{ "a datagram that is too long", test_too_long },
		{ "a flood of others' replies", test_flood_of_others },
		{ "a silent server, and none", test_nobody },
		{ NULL, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return harness_run("loss", tests);
}
