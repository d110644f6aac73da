/*
 * Bytes: what each procedure's call and reply take at each endpoint, and what they are spent on.
 *
 * All endpoints are asked the same until their answers are equal, or nothing is shown.  What is
 * payload, protocol and framing comes from explaining each message, field by field; all together
 * must be what the transport counted, or nothing is shown either.  libtirpc's own client and server
 * show nobody their messages: those pass a process between them, which keeps them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/failures.h"
#include "compare/bytes/forked.h"
#include "compare/bytes/survey.h"
#include "compare/bytes/bytes.h"
#include "compare/part/part.h"
#include "compare/bytes/relay.h"
#include "compare/lab/servers.h"
#include "compare/bytes/byte_account.h"
#include "client/runtime/discover.h"
#include "client/json.h"
#include "compare/part/verdict.h"

#define RPCBIND      100000              /* its program number, version 4 */
#define RPCBIND_TIME INT64_C(2000000000) /* nanoseconds */
#define ANNOTATED    "divide"

/* How often the same is asked while a busy machine has calls sent again. */
#define MOST_TRIES 5

/* All endpoints, and who looks at their channels. */
struct bytes {
	struct survey survey;
	struct byte_account tallies[COMPARE_MAX_ENDPOINTS];
	struct relay relays[COMPARE_MAX_ENDPOINTS]; /* to libtirpc's servers */
	struct discovery {
		bool known;
		uint64_t asked, told; /* bytes */
	} discoveries[2];             /* over tcp, over udp */
	json_t *calls, *annotated;
	const json_t *shown; /* among the calls: what the annotated one took at each endpoint */
};

static const char *name_of(const struct bytes *bytes, int i, char name[ENDPOINT_MAX_NAME])
{
	endpoint_name(&bytes->survey.clients[i].endpoint, name);
	return name;
}

/* ---- one call at all endpoints ---- */

static json_int_t spent_on(const struct field_count *count, enum field_layer layer)
{
	return (json_int_t)count->bytes[layer];
}

/* One endpoint's row: empty when nobody counted. */
static json_t *count_json(const struct answer *answer, const struct field_count *count)
{
	if (!answer->counted)
		return json_object();
	return json_pack(
		"{s:I,s:I,s:I,s:I,s:I,s:I}", KEY(payload_bytes), spent_on(count, FIELD_PAYLOAD),
		KEY(protocol_bytes), spent_on(count, FIELD_PROTOCOL), KEY(framing_bytes),
		spent_on(count, FIELD_FRAMING), KEY(all_bytes),
		(json_int_t)(answer->sent + answer->received), KEY(sent_bytes),
		(json_int_t)answer->sent, KEY(received_bytes), (json_int_t)answer->received);
}

/* 0 when every byte that the transport counted is one of a field, and every field is understood. */
static int check_spent(const struct answer *answer, const struct field_count *count,
		       struct failure *failure)
{
	uint64_t all = answer->sent + answer->received;
	size_t explained = count->bytes[FIELD_PAYLOAD] + count->bytes[FIELD_PROTOCOL] +
			   count->bytes[FIELD_FRAMING];

	if (count->unknown || count->missing)
		return failure_set(failure, FAILURE_BUG, "%zu of its bytes are not understood",
				   count->unknown);
	if (explained == all)
		return 0;
	return failure_set(failure, FAILURE_BUG,
			   "it took %" PRIu64
			   " bytes, but %zu are explained: payload %zu, protocol %zu, "
			   "framing %zu",
			   all, explained, count->bytes[FIELD_PAYLOAD],
			   count->bytes[FIELD_PROTOCOL], count->bytes[FIELD_FRAMING]);
}

/* A document has UTF-8 alone. */
static json_t *call_text(const struct survey *survey, const struct sample *sample)
{
	json_t *object = json_object(), *text;
	char words[SURVEY_CALL];

	json_set_bytes(object, KEY(call), survey_call(survey, sample, words));
	text = json_incref(figure_get(object, &figures.call));
	json_decref(object);
	return text;
}

/* What the client of an endpoint does not show itself has passed its relay.  0 or the failure's
 * code. */
static int look_between(struct bytes *bytes, int i, struct failure *failure)
{
	if (!bytes->survey.relays[i] || relay_account(&bytes->relays[i], &bytes->tallies[i]))
		return 0;
	return failure_set(failure, FAILURE_BUG, "what passed between its ends is not understood");
}

/* What a call took, by endpoint.  NULL with the failure, and the endpoint that it is of. */
static json_t *count_call(struct bytes *bytes, const struct row *row, int *failed,
			  struct failure *failure)
{
	json_t *endpoints = json_object();
	char name[ENDPOINT_MAX_NAME];

	for (int i = 0; i < bytes->survey.count; i++) {
		const struct field_count *count = &bytes->tallies[i].count;
		int code = look_between(bytes, i, failure);

		*failed = i;
		if (code == 0 && row->answers[i].counted)
			code = check_spent(&row->answers[i], count, failure);
		if (code) {
			json_decref(endpoints);
			return NULL;
		}
		json_object_set_new(endpoints, name_of(bytes, i, name),
				    count_json(&row->answers[i], count));
	}
	return endpoints;
}

static void add_call(struct bytes *bytes, const struct row *row, json_t *endpoints)
{
	json_array_append_new(
		bytes->calls,
		json_pack("{s:o,s:s,s:o,s:o}", KEY(call), call_text(&bytes->survey, row->sample),
			  KEY(procedure), row->sample->procedure, KEY(answer),
			  json_loads(row->answers[0].json, 0, NULL), KEY(endpoints), endpoints));
}

/* Keeps the fields of one call, by each protocol over one transport that marks messages. */
static void annotate_call(struct bytes *bytes, const struct row *row)
{
	for (int i = 0; i < bytes->survey.count; i++) {
		const struct endpoint *endpoint = &bytes->survey.clients[i].endpoint;
		const struct byte_account *account = &bytes->tallies[i];
		char name[ENDPOINT_MAX_NAME];

		if (endpoint->transport == ENDPOINT_TCP && endpoint->protocol != ENDPOINT_TIRPC)
			json_array_append_new(bytes->annotated,
					      json_pack("{s:s,s:o,s:o,s:o}", KEY(endpoint),
							name_of(bytes, i, name), KEY(call),
							call_text(&bytes->survey, row->sample),
							KEY(sent), json_deep_copy(account->sent),
							KEY(received),
							json_deep_copy(account->received)));
	}
}

/* Says which call it was, and where. */
static int explain_call(const struct bytes *bytes, const struct sample *sample, int failed,
			struct failure *failure)
{
	char name[ENDPOINT_MAX_NAME], why[sizeof(failure->why)];

	snprintf(why, sizeof(why), "%s", failure->why);
	return failure_set(failure, failure->code, "%s via %s: %.260s", sample->procedure,
			   name_of(bytes, failed, name), why);
}

static int answers_differ(const struct sample *sample, struct failure *failure)
{
	failure_set(failure, FAILURE_VERDICT, "%s: the answers differ", sample->procedure);
	failure_advise(failure, "See sidecall compare ENDPOINT... for each");
	return failure->code;
}

/* Whether a call was sent again by datagram, or a late reply to one came: it did not take what
 * calls take. */
static bool was_sent_again(struct bytes *bytes)
{
	struct failure failure;

	for (int i = 0; i < bytes->survey.count; i++)
		if (bytes->survey.clients[i].endpoint.transport == ENDPOINT_UDP &&
		    (look_between(bytes, i, &failure) || bytes->tallies[i].messages > 2))
			return true;
	return false;
}

/* Asks all endpoints, anew when one had to be asked more than once.  As survey_ask(). */
static int ask_once(struct bytes *bytes, struct row *row, struct failure *failure, int *failed)
{
	int r = survey_ask(&bytes->survey, row, failure, failed);

	for (int i = 0; i < MOST_TRIES && r == 0 && was_sent_again(bytes); i++) {
		row_release(row);
		row->equal = false;
		r = survey_ask(&bytes->survey, row, failure, failed);
	}
	return r;
}

/* 0 when all endpoints gave the same answer, and all bytes are accounted for. */
static int ask_sample(struct bytes *bytes, const struct sample *sample, struct failure *failure)
{
	struct row row = { .sample = sample };
	json_t *took = NULL;
	int failed, code = 0;

	if (ask_once(bytes, &row, failure, &failed) < 0)
		code = explain_call(bytes, sample, failed, failure);
	else if (!row.equal)
		code = answers_differ(sample, failure);
	else if (!(took = count_call(bytes, &row, &failed, failure)))
		code = explain_call(bytes, sample, failed, failure);
	if (took)
		add_call(bytes, &row, took);
	if (took && !bytes->shown && strcmp(sample->procedure, ANNOTATED) == 0) {
		bytes->shown = took;
		annotate_call(bytes, &row);
	}
	row_release(&row);
	return code;
}

/* ---- discovery ---- */

/* Asks this machine's rpcbind for an address, its own, which every rpcbind knows: nothing has to be
 * registered.  What that takes stays unknown where there is none. */
static void ask_rpcbind(struct discovery *discovery, enum endpoint_transport transport)
{
	struct endpoint endpoint = {
		.protocol = ENDPOINT_RPC, .transport = transport, .host = "127.0.0.1", .port = -1
	};
	struct discover_request request = { .program = RPCBIND, .version = 4 };
	struct failure failure;
	struct byte_account account;

	byte_account_init(&account);
	request.deadline = clock_now() + RPCBIND_TIME;
	request.observer = &account.observer;
	discovery->known = discover(&endpoint, &request, &failure) == 0;
	discovery->asked = account.asked;
	discovery->told = account.told;
	byte_account_release(&account);
}

/* What the annotated call took at an endpoint, and what stands before the first one.  Only rpc over
 * tcp and udp has anybody to ask; the others' addresses are fixed. */
static json_t *endpoint_json(const struct bytes *bytes, int i)
{
	const struct endpoint *endpoint = &bytes->survey.clients[i].endpoint;
	bool asks = endpoint_speaks_rpc(endpoint) && endpoint_has_host(endpoint);
	const struct discovery *discovery =
		&bytes->discoveries[endpoint->transport == ENDPOINT_UDP];
	char name[ENDPOINT_MAX_NAME];
	json_t *object = json_pack("{s:s}", KEY(endpoint), name_of(bytes, i, name));

	json_object_update(object, json_object_get(bytes->shown, name));
	if (!asks)
		figure_set(object, &figures.discovery_bytes, json_integer(0));
	else if (discovery->known)
		figure_set(object, &figures.discovery_bytes,
			   json_integer((json_int_t)(discovery->asked + discovery->told)));
	return object;
}

static json_t *endpoints_json(struct bytes *bytes)
{
	json_t *endpoints = json_array();

	ask_rpcbind(&bytes->discoveries[0], ENDPOINT_TCP);
	ask_rpcbind(&bytes->discoveries[1], ENDPOINT_UDP);
	for (int i = 0; i < bytes->survey.count; i++)
		json_array_append_new(endpoints, endpoint_json(bytes, i));
	return endpoints;
}

/* ---- the part ---- */

/* Where the client calls: libtirpc's own shows nobody its messages, so there is somebody between.
 * 0 or -errno. */
static int find_endpoint(struct bytes *bytes, const struct servers *servers, int i,
			 struct endpoint *endpoint)
{
	char path[sizeof(servers->directory) + 16];
	int r;

	*endpoint = servers->endpoints[i];
	if (endpoint->protocol != ENDPOINT_TIRPC)
		return 0;
	snprintf(path, sizeof(path), "%s/between.sock", servers->directory);
	r = relay_start(&bytes->relays[i], endpoint, path);
	*endpoint = bytes->relays[i].endpoint;
	bytes->survey.relays[i] = &bytes->relays[i];
	return r;
}

/* 0 or -errno. */
static int open_panel(struct bytes *bytes, const struct comparison *comparison)
{
	const struct servers *servers = comparison->servers;
	int r = 0;

	bytes->calls = json_array();
	bytes->annotated = json_array();
	for (int i = 0; r == 0 && i < servers->count && i < COMPARE_MAX_ENDPOINTS; i++) {
		struct client *client = &bytes->survey.clients[bytes->survey.count++];
		struct endpoint endpoint;

		r = find_endpoint(bytes, servers, i, &endpoint);
		client_init(client, &endpoint, comparison->timeout);
		byte_account_init(&bytes->tallies[i]);
		client->observer = &bytes->tallies[i].observer;
	}
	if (r == 0)
		survey_find_paths(&bytes->survey);
	return r;
}

static void release_bytes(struct bytes *bytes)
{
	for (int i = 0; i < bytes->survey.count; i++) {
		client_release(&bytes->survey.clients[i]);
		byte_account_release(&bytes->tallies[i]);
		relay_stop(&bytes->relays[i]);
	}
	json_decref(bytes->calls);
	json_decref(bytes->annotated);
	free(bytes);
}

static json_t *make_bytes(struct comparison *comparison, struct failure *failure)
{
	struct bytes *bytes = calloc(1, sizeof(*bytes));
	json_t *part = NULL;
	int code, r;

	if (!bytes) {
		failure_set(failure, FAILURE_SYSTEM, "out of memory");
		return NULL;
	}
	r = open_panel(bytes, comparison);
	code = r < 0 ? failure_system(failure, -r, "cannot look at libtirpc's messages") : 0;
	for (int i = 0; i < SURVEY_SAMPLES && code == 0; i++) {
		comparison_progress(comparison, "%s", survey_samples[i].procedure);
		code = ask_sample(bytes, &survey_samples[i], failure);
	}
	if (code == 0)
		part = json_pack("{s:o,s:o,s:O,s:O}", KEY(command),
				 comparison_command(comparison, &part_bytes), KEY(endpoints),
				 endpoints_json(bytes), KEY(calls), bytes->calls, KEY(annotated),
				 bytes->annotated);
	release_bytes(bytes);
	return part;
}

static json_t *bytes_run(struct comparison *comparison, struct failure *failure)
{
	return forked_make(comparison, make_bytes, failure);
}

const struct part part_bytes = {
	.figure = &figures.bytes,
	.title = "Bytes: what a call takes on the wire",
	.run = bytes_run,
	.print = bytes_print,
	.write = bytes_write,
	.write_more = bytes_write_more,
	.more = "More: endpoint by endpoint, asking rpcbind, and every byte of one call",
	.judge = bytes_judge,
};
