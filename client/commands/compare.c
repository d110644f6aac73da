/* sidecall compare ENDPOINT...: each procedure by each endpoint, the answers and their bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands/command.h"
#include "client/json.h"

#define MAX_ENDPOINTS 8
#define MAX_OPERANDS  4
#define TRIES         3  /* of a call whose answer may change between two endpoints' turns */
#define CALL_WIDTH    27 /* columns */
#define ANSWER_WIDTH  27

/* A call that every endpoint is asked; FILE_ and LINK_ stand for what is found in the root. */
#define FILE_PATH "\001file"
#define LINK_PATH "\001link"
#define REGISTER  "\001register"

static const struct sample {
	const char *procedure;
	const char *operands[MAX_OPERANDS + 1];
} samples[] = {
	{ "null", { NULL } },
	{ "add", { "9007199254740993", "1" } },
	{ "subtract", { "40", "-2" } },
	{ "multiply", { "3037000500", "3037000500" } },
	{ "divide", { "84", "2" } },
	{ "divide", { "84", "0" } },
	{ "evaluate", { "sqrt(2)^2 - -2^2" } },
	{ "evaluate", { "2*(3+" } },
	{ "summarize", { "1", "2", "3", "4" } },
	{ "accumulate", { REGISTER, "42" } },
	{ "stat", { FILE_PATH } },
	{ "list", { "." } },
	{ "readlink", { LINK_PATH } },
	{ "digest", { FILE_PATH } },
	{ "space", { "." } },
};

/* What one endpoint made of one sample. */
struct answer {
	char *json;   /* NULL when the call failed */
	bool counted; /* whether the bytes are known */
	uint64_t sent, received;
};

struct comparison {
	struct client clients[MAX_ENDPOINTS];
	int count;
	char file[FILEINFO_MAX_NAME + 1], link[FILEINFO_MAX_NAME + 1];
};

/* ---- one call ---- */

/* A register of its own for each endpoint, so that each starts at 0; all names equally long. */
static const char *resolve(const struct comparison *comparison, const char *operand, int endpoint,
			   char name[CALC_MAX_REGISTER + 1])
{
	if (strcmp(operand, FILE_PATH) == 0)
		return comparison->file;
	if (strcmp(operand, LINK_PATH) == 0)
		return comparison->link;
	if (strcmp(operand, REGISTER) != 0)
		return operand;
	snprintf(name, CALC_MAX_REGISTER + 1, "compare-%08x-%d",
		 (unsigned int)channel_clock() ^ (unsigned int)getpid(), endpoint);
	return name;
}

static int call(struct comparison *comparison, int endpoint, const struct sample *sample,
		struct answer *answer, struct failure *failure)
{
	const struct procedure *procedure = procedure_find(sample->procedure);
	struct client *client = &comparison->clients[endpoint];
	union procedure_arguments arguments = { 0 };
	union procedure_result result;
	char *operands[MAX_OPERANDS], name[CALC_MAX_REGISTER + 1];
	uint64_t sent, received;
	json_t *json;
	int count = 0, code;

	for (; sample->operands[count]; count++)
		operands[count] = (char *)resolve(comparison, sample->operands[count], endpoint,
						  name);
	procedure->arguments->parse(count, operands, &arguments);
	client_traffic(client, &sent, &received);
	code = procedure_call(procedure, client, &arguments, &result, failure);
	answer->counted = client_traffic(client, &answer->sent, &answer->received);
	answer->sent -= sent;
	answer->received -= received;
	if (code == 0) {
		json = procedure->result->to_json(&result);
		answer->json = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
		json_decref(json);
		procedure_release(procedure, NULL, &result);
	}
	procedure_release(procedure, &arguments, NULL);
	return code;
}

/* Asks every endpoint.  0 or the code of the first failure, after a report. */
static int call_all(struct comparison *comparison, const struct sample *sample,
		    struct answer answers[])
{
	struct failure failure;

	for (int i = 0; i < comparison->count; i++) {
		struct context at = { .client = { .endpoint = comparison->clients[i].endpoint } };
		int code;

		free(answers[i].json);
		answers[i].json = NULL;
		code = call(comparison, i, sample, &answers[i], &failure);
		if (code)
			return command_failed(&at, sample->procedure, NULL, &failure);
	}
	return 0;
}

static bool all_equal(const struct comparison *comparison, const struct answer answers[])
{
	for (int i = 1; i < comparison->count; i++)
		if (strcmp(answers[0].json, answers[i].json) != 0)
			return false;
	return true;
}

/* ---- the table ---- */

static void print_head(const struct comparison *comparison)
{
	printf("%-*s %-*s", CALL_WIDTH, "call", ANSWER_WIDTH, "answer");
	for (int i = 0; i < comparison->count; i++) {
		const struct endpoint *endpoint = &comparison->clients[i].endpoint;
		char name[32];

		snprintf(name, sizeof(name), "%s+%s", endpoint_protocol_name(endpoint->protocol),
			 endpoint_transport_name(endpoint->transport));
		printf(" %13s", name);
	}
	putchar('\n');
}

/* Prints a text in so many columns; what does not fit is cut. */
static void print_column(const char *text, int width)
{
	if ((int)strlen(text) > width)
		printf("%.*s... ", width - 3, text);
	else
		printf("%-*s ", width, text);
}

/* The call as it would be typed. */
static void print_call(const struct comparison *comparison, const struct sample *sample)
{
	char text[1024], name[CALC_MAX_REGISTER + 1];
	int length = snprintf(text, sizeof(text), "%s", sample->procedure);

	for (int i = 0; sample->operands[i]; i++) {
		const char *operand = resolve(comparison, sample->operands[i], 0, name);

		length += snprintf(text + length, sizeof(text) - (size_t)length, " %s", operand);
	}
	print_column(text, CALL_WIDTH);
}

/* A member of an answer in a few words, to be freed. */
static char *describe(const json_t *value)
{
	char *text = NULL;

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (!json_is_array(value))
		return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	return asprintf(&text, "%zu", json_array_size(value)) < 0 ? NULL : text;
}

/* What the answer says: its status unless that is OK, then its first members. */
static void print_answer(const char *answer)
{
	json_t *object = json_loads(answer, 0, NULL), *value;
	char text[1024] = "";
	size_t length = 0;
	const char *key;

	json_object_foreach (object, key, value) {
		bool status = strcmp(key, "status") == 0;
		char *words = describe(value);

		if (words && length < sizeof(text) - 1 && !(status && strcmp(words, "OK") == 0))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%s%s",
						   length ? ", " : "", status ? "" : key,
						   status ? "" : " ", words);
		free(words);
	}
	json_decref(object);
	print_column(text[0] ? text : "OK", ANSWER_WIDTH);
}

static void print_row(const struct comparison *comparison, const struct sample *sample,
		      const struct answer answers[], bool equal)
{
	print_call(comparison, sample);
	if (equal)
		print_answer(answers[0].json);
	else
		print_column("DIFFERENT", ANSWER_WIDTH);
	for (int i = 0; i < comparison->count; i++)
		if (answers[i].counted)
			printf(" %5" PRIu64 " + %5" PRIu64, answers[i].sent, answers[i].received);
		else
			printf(" %5s + %5s", "?", "?");
	putchar('\n');
	for (int i = 0; !equal && i < comparison->count; i++)
		printf("  %d: %s\n", i + 1, answers[i].json);
}

static json_t *answer_json(const struct answer *answer)
{
	json_t *object = json_pack("{s:s}", "answer", answer->json);

	if (answer->counted) {
		json_object_set_new(object, "sent", json_integer((json_int_t)answer->sent));
		json_object_set_new(object, "received", json_integer((json_int_t)answer->received));
	}
	return object;
}

static int compare_sample(struct comparison *comparison, const struct sample *sample, bool json)
{
	struct answer answers[MAX_ENDPOINTS] = { 0 };
	bool equal = false;
	int code = 0;

	/* A file's times, or the space that is free, may have changed in between. */
	for (int i = 0; i < TRIES && code == 0 && !equal; i++) {
		code = call_all(comparison, sample, answers);
		equal = code == 0 && all_equal(comparison, answers);
	}
	if (code == 0 && json) {
		json_t *row = json_pack("{s:s,s:b,s:[]}", "procedure", sample->procedure, "equal",
					equal, "endpoints");

		for (int i = 0; i < comparison->count; i++)
			json_array_append_new(json_object_get(row, "endpoints"),
					      answer_json(&answers[i]));
		json_print(row);
	} else if (code == 0) {
		print_row(comparison, sample, answers, equal);
	}
	for (int i = 0; i < comparison->count; i++)
		free(answers[i].json);
	return code ? code : equal ? 0 : FAILURE_VERDICT;
}

/* Finds a file and a link in the root to ask about; names that do not exist serve as well. */
static void find_paths(struct comparison *comparison)
{
	const struct procedure *procedure = procedure_find("list");
	fileinfo_list_args arguments = { (char *)".", 0, 65536 };
	union procedure_result result;
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;

	snprintf(comparison->file, sizeof(comparison->file), "no-file");
	snprintf(comparison->link, sizeof(comparison->link), "no-link");
	if (procedure_call(procedure, &comparison->clients[0], &arguments, &result, &failure) ==
		    0 &&
	    result.list.status == FILEINFO_OK)
		for (u_int i = 0; i < page->entries.entries_len; i++) {
			const fileinfo_entry *entry = &page->entries.entries_val[i];
			fileinfo_type type = entry->stat.fileinfo_stat_result_u.attributes.type;

			if (type == FILEINFO_REGULAR)
				snprintf(comparison->file, sizeof(comparison->file), "%s",
					 entry->name);
			if (type == FILEINFO_SYMLINK)
				snprintf(comparison->link, sizeof(comparison->link), "%s",
					 entry->name);
		}
	procedure_release(procedure, NULL, &result);
}

int command_compare(struct context *context, int count, char **words)
{
	static const char *const defaults[] = { "compare", "rpc+tcp", "raw+tcp" };
	struct comparison *comparison;
	int code = 0;

	if (count == 1) {
		words = (char **)defaults;
		count = 3;
	}
	if (count - 1 > MAX_ENDPOINTS)
		return command_usage("compare", "at most %d endpoints are compared", MAX_ENDPOINTS);
	comparison = calloc(1, sizeof(*comparison));
	if (!comparison)
		return FAILURE_SYSTEM;
	for (int i = 1; i < count && code == 0; i++) {
		struct endpoint endpoint;
		const char *wrong = endpoint_parse(&endpoint, words[i]);

		if (wrong)
			code = command_usage("compare", "\"%s\": %s", words[i], wrong);
		else
			client_init(&comparison->clients[comparison->count++], &endpoint,
				    context->client.timeout);
	}
	if (code == 0)
		find_paths(comparison);
	if (code == 0 && !context->json)
		print_head(comparison);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (code == 0 || code == FAILURE_VERDICT) {
			int r = compare_sample(comparison, &samples[i], context->json);

			code = r ? r : code;
		}
	for (int i = 0; i < comparison->count; i++)
		client_release(&comparison->clients[i]);
	free(comparison);
	return code;
}
