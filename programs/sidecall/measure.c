/* sidecall measure: puts a load on an endpoint and says how long its calls took. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/protocols/all.h"
#include "programs/sidecall/command.h"
#include "programs/sidecall/templates.h"
#include "client/json.h"
#include "common/number.h"
#include "measure/flow.h"
#include "measure/load.h"

#define SECONDS_USUAL     1
#define CONNECTIONS_USUAL 1
#define DEPTH_USUAL       1
#define MAX_SECONDS       86400
#define MAX_RATE          1e8 /* calls a second */
#define LEAST_RATE        1e-3
#define VALUE_SIZE        8 /* bytes of a payload's items */
#define MAX_CPU           1023

enum {
	CONNECTIONS = 256,
	DEPTH,
	SECONDS,
	CALLS,
	RATE,
	PROCEDURE,
	PAYLOAD,
	PIN,
	PREPARED,
	JSON,
	ARGUMENTS,
	LINES
};

const struct option_row command_measure_options[] = {
	OPTION_NUMBER("connections", CONNECTIONS, "N", "that are open at once", CONNECTIONS_USUAL,
		      NULL, 1, LOAD_MAX_CONNECTIONS),
	OPTION_NUMBER("depth", DEPTH, "N", "calls in flight on each", DEPTH_USUAL, NULL, 1,
		      FLOW_MAX_DEPTH),
	{ "seconds", SECONDS, "S", "in which calls are begun", ", or no end with --calls",
	  SECONDS_USUAL, 0, 0, NULL },
	OPTION_NUMBER("calls", CALLS, "N", "so many and no more", 0, NULL, 1, INT32_MAX),
	OPTION_TEXT("rate", RATE, "R",
		    "calls a second that are due, whatever the server does: an open loop; without "
		    "it a call is due when another one has ended",
		    NULL),
	OPTION_TEXT("procedure", PROCEDURE, "NAME", "what is called, with its operands last",
		    "add"),
	CONTRACTS_OPTIONS,
	OPTION_TEXT("arguments", ARGUMENTS, "JSON",
		    "what the procedure of a contract is called with; or @FILE, or -", NULL),
	OPTION_FLAG("lines", LINES,
		    "arguments of a call on each line: these calls are made in turn"),
	OPTION_NUMBER("payload", PAYLOAD, "BYTES", "of the numbers that summarize is called with",
		      0, NULL, VALUE_SIZE, CALC_MAX_VALUES *VALUE_SIZE),
	OPTION_TEXT("pin", PIN, "CPU[,CPU]", "where client and server run", NULL),
	OPTION_FLAG("prepared", PREPARED,
		    "pack the call once, and compare replies; always so with more than one call "
		    "in flight. Without it the stub packs and unpacks"),
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

/* What a procedure is called with when there are no operands. */
static const struct operands {
	const char *procedure;
	int count;
	const char *words[2];
} defaults[] = {
	{ "null", 0, { NULL } },
	{ "add", 2, { "40", "2" } },
	{ "subtract", 2, { "44", "2" } },
	{ "multiply", 2, { "21", "2" } },
	{ "divide", 2, { "84", "2" } },
	{ "evaluate", 1, { "2*(3+4)^2" } },
	{ "summarize", 2, { "40", "44" } },
	{ "accumulate", 2, { "sidecall-measure", "0" } },
};

/* The percentiles that are printed; in JSON there are more, for a plot. */
static const double printed[] = { 50, 90, 99, 99.9 };
static const double plotted[] = { 1,  5,  10,   20, 30,   40,   50,    60,    70, 80,
				  90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct measure {
	struct load load;
	const char *procedure;
	unsigned long payload; /* bytes; 0: as the operands say */
	bool timed;            /* --seconds was given */
	bool json;             /* and so was --json */
	/* A procedure of any contract. */
	struct contracts contracts;
	struct templates templates;
};

/* ---- options ---- */

/* A processor's number, or -1. */
static int parse_cpu(const char *text)
{
	int64_t number;

	return number_read(text, 0, MAX_CPU, &number) < 0 ? -1 : (int)number;
}

/* "CPU" for both ends, or "CPU,CPU" for client and server.  False when it is neither. */
static bool parse_pin(const char *text, int pin[2])
{
	char first[8];
	const char *comma = strchr(text, ',');
	size_t length = comma ? (size_t)(comma - text) : strlen(text);

	if (length >= sizeof(first))
		return false;
	memcpy(first, text, length);
	first[length] = '\0';
	pin[0] = parse_cpu(first);
	pin[1] = parse_cpu(comma ? comma + 1 : first);
	return pin[0] >= 0 && pin[1] >= 0;
}

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct measure *measure = what;
	struct load *load = &measure->load;
	double real;

	switch (option) {
	case CONNECTIONS:
		load->connections = (unsigned int)number;
		return NULL;
	case DEPTH:
		load->depth = (unsigned int)number;
		return NULL;
	case SECONDS:
		number_read_real(value, MAX_SECONDS, &real);
		load->duration = (int64_t)(real * 1e9);
		measure->timed = true;
		return load->duration <= 0 ? "--seconds takes a number up to 86400" : NULL;
	case CALLS:
		load->calls = (uint64_t)number;
		return NULL;
	case RATE:
		number_read_real(value, MAX_RATE, &load->rate);
		return load->rate < LEAST_RATE ? "--rate takes calls a second, from 0.001 to 1e8"
					       : NULL;
	case PROCEDURE:
		measure->procedure = value;
		return NULL;
	case PAYLOAD:
		measure->payload = (unsigned long)number;
		return number % VALUE_SIZE ? "--payload takes a multiple of 8" : NULL;
	case PIN:
		return parse_pin(value, load->pin) ? NULL : "--pin takes CPU or CPU,CPU, as in 0,1";
	case JSON:
		measure->json = true;
		return NULL;
	case ARGUMENTS:
		measure->templates.json = value;
		return NULL;
	case LINES:
		measure->templates.lines = true;
		return NULL;
	case CONTRACTS_IDL:
	case 'D':
		return contracts_take(&measure->contracts, option, value, number);
	default:
		load->prepared = true;
		return NULL;
	}
}

static bool is_of_contract(const struct measure *measure)
{
	return measure->templates.json || measure->templates.lines || measure->contracts.file_count;
}

/* What a procedure of a contract is given, and how. */
static int check_contract_options(const struct measure *measure, int operands)
{
	if (operands)
		return command_usage("measure", "a procedure of a contract takes its arguments as "
						"JSON, as in --arguments '{\"a\":1}'");
	if (!measure->procedure)
		return command_usage("measure", "--idl needs --procedure, which says what of the "
						"contract is called");
	if (measure->payload)
		return command_usage("measure", "--payload is for summarize, without --idl");
	if (measure->templates.lines && !measure->templates.json)
		return command_usage("measure",
				     "--lines needs --arguments, as in --arguments @FILE");
	return 0;
}

/* What goes with what. */
static int check_options(struct measure *measure, int operands)
{
	struct load *load = &measure->load;

	if (is_of_contract(measure)) {
		int code = check_contract_options(measure, operands);

		if (code)
			return code;
	} else if (!measure->procedure) {
		measure->procedure = "add";
	}
	if (measure->payload && (strcmp(measure->procedure, "summarize") != 0 || operands))
		return command_usage("measure", "--payload is for summarize, without operands");
	if (load->connections * load->depth > 1)
		load->prepared = true;
	if (load->prepared && !client_protocol(&load->endpoint)->on_channel)
		return command_usage("measure",
				     "libtirpc's client has one call in flight and packs "
				     "it itself; call its server by rpc");
	if (load->calls && !measure->timed)
		load->duration = INT64_MAX;
	return 0;
}

/* ---- arguments ---- */

static int parse_operands(const struct measure *measure, int count, char **words,
			  union procedure_arguments *arguments, struct failure *failure)
{
	const struct argument_kind *kind = measure->load.procedure->arguments;
	char *operands[2];

	for (size_t i = 0; count == 0 && i < COUNT(defaults); i++) {
		if (strcmp(defaults[i].procedure, measure->procedure) != 0)
			continue;
		for (int j = 0; j < defaults[i].count; j++)
			operands[j] = (char *)defaults[i].words[j];
		return kind->parse(defaults[i].count, operands, arguments, failure);
	}
	return kind->parse(count, words, arguments, failure);
}

static int make_payload(unsigned long bytes, calc_values *values, struct failure *failure)
{
	size_t count = bytes / VALUE_SIZE;

	values->calc_values_val = calloc(count, sizeof(*values->calc_values_val));
	if (!values->calc_values_val)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	values->calc_values_len = (u_int)count;
	for (size_t i = 0; i < count; i++)
		values->calc_values_val[i] = (int64_t)i;
	return 0;
}

/* ---- a procedure of any contract ---- */

/* Packs the calls.  0, or the failure's code when it was said what is wrong. */
static int prepare_any(struct measure *measure)
{
	struct contracts *contracts = &measure->contracts;
	struct contract_found found;
	int code = contracts_open(contracts, "measure");

	if (code == 0 && !endpoint_speaks_rpc(&measure->load.endpoint))
		code = command_usage("measure", "a contract is of rpc, and not of raw messages");
	if (code == 0)
		code = contracts_find(contracts, "measure", measure->procedure, &found);
	if (code == 0)
		code = templates_read(&measure->templates, contracts, "measure", &found);
	if (code == 0)
		templates_put(&measure->templates, &measure->load);
	return code;
}

/* ---- what is printed ---- */

static double micro(int64_t nanoseconds)
{
	return (double)nanoseconds / 1e3;
}

static double per_second(const struct load_result *result)
{
	return (double)result->latency.count / ((double)result->elapsed / 1e9);
}

static void show_load(const struct measure *measure, const char *endpoint)
{
	const struct load *load = &measure->load;

	printf("%s: %s, %u %s with %u in flight, %s", endpoint, measure->procedure,
	       load->connections, load->connections == 1 ? "connection" : "connections",
	       load->depth, load->prepared ? "prepared calls" : "by the stub");
	if (load->rate > 0)
		printf(", %g calls a second due", load->rate);
	if (load->later_count)
		printf(", %u templates in turn", load->later_count + 1);
	putchar('\n');
}

static void show_result(const struct measure *measure, const char *endpoint,
			const struct load_result *result)
{
	const struct histogram *latency = &result->latency;
	double calls = (double)latency->count;

	show_load(measure, endpoint);
	printf("%" PRIu64 " calls in %.3f s: %.0f a second, %" PRIu64 " errors", latency->count,
	       (double)result->elapsed / 1e9, per_second(result), result->errors);
	if (result->busy)
		printf(", in %" PRIu64 " of which the server was busy", result->busy);
	putchar('\n');
	if (!latency->count)
		return;
	printf("latency in µs: least %.1f", micro(latency->least));
	for (size_t i = 0; i < COUNT(printed); i++)
		printf(", p%g %.1f", printed[i],
		       micro(histogram_quantile(latency, printed[i] / 100)));
	printf(", most %.1f; mean %.1f\n", micro(latency->most), latency->sum / calls / 1e3);
	printf("CPU in µs a call: client %.2f, server ", result->client_cpu / calls * 1e6);
	if (result->server_cpu < 0)
		printf("not known\n");
	else
		printf("%.2f\n", result->server_cpu / calls * 1e6);
}

static json_t *json_latency(const struct histogram *latency)
{
	json_t *quantiles = json_array();

	for (size_t i = 0; i < COUNT(plotted); i++)
		json_array_append_new(quantiles, json_pack("[f,I]", plotted[i],
							   (json_int_t)histogram_quantile(
								   latency, plotted[i] / 100)));
	return json_pack("{s:I,s:f,s:I,s:o}", "least", (json_int_t)latency->least, "mean",
			 latency->sum / (double)latency->count, "most", (json_int_t)latency->most,
			 "percentiles", quantiles);
}

static json_int_t nanoseconds(double seconds)
{
	return (json_int_t)(seconds * 1e9);
}

/* What is not known is left out. */
static void show_json(const struct measure *measure, const char *endpoint,
		      const struct load_result *result)
{
	const struct load *load = &measure->load;
	json_t *object = json_pack(
		"{s:s,s:I,s:I,s:b,s:I,s:I,s:I,s:I,s:I}", "procedure", measure->procedure,
		"connections", (json_int_t)load->connections, "depth", (json_int_t)load->depth,
		"prepared", load->prepared, "calls", (json_int_t)result->latency.count, "errors",
		(json_int_t)result->errors, "busy", (json_int_t)result->busy, "elapsed_ns",
		(json_int_t)result->elapsed, "client_cpu_ns", nanoseconds(result->client_cpu));

	json_set_bytes(object, "endpoint", endpoint);
	if (load->rate > 0)
		json_object_set_new(object, "due_per_second", json_real(load->rate));
	if (load->later_count)
		json_object_set_new(object, "templates", json_integer(load->later_count + 1));
	if (result->server_cpu >= 0)
		json_object_set_new(object, "server_cpu_ns",
				    json_integer(nanoseconds(result->server_cpu)));
	if (client_protocol(&load->endpoint)->on_channel) {
		json_object_set_new(object, "sent_bytes", json_integer((json_int_t)result->sent));
		json_object_set_new(object, "received_bytes",
				    json_integer((json_int_t)result->received));
	}
	if (result->latency.count) {
		json_object_set_new(object, "calls_per_second", json_real(per_second(result)));
		json_object_set_new(object, "latency_ns", json_latency(&result->latency));
	}
	if (result->failure.code) {
		json_object_set_new(object, "code", json_integer(result->failure.code));
		json_set_bytes(object, "error", result->failure.why);
	}
	json_print(object);
}

/* ---- the command ---- */

/* Where nobody said where to call, that is found out once, for all connections. */
static int settle_endpoint(struct client *client, struct load *load, struct failure *failure)
{
	struct client first = *client;
	int code = 0;

	if (client->anywhere) {
		code = client_connect(&first, load->procedure->program, load->procedure->version,
				      client_deadline(client), failure);
		client->endpoint = first.endpoint;
		client_release(&first);
	}
	load->endpoint = client->endpoint;
	return code;
}

static int run_load(struct context *context, struct measure *measure)
{
	static struct load_result result; /* large, and there is one */
	char endpoint[ENDPOINT_MAX_TEXT];
	struct failure failure;
	int code = settle_endpoint(&context->client, &measure->load, &failure);

	if (code == 0)
		code = load_run(&measure->load, &result, &failure);
	if (code)
		return command_failed(context, "measure", measure->procedure, &failure);
	endpoint_format(&measure->load.endpoint, endpoint);
	if (context->json)
		show_json(measure, endpoint, &result);
	else
		show_result(measure, endpoint, &result);
	if (!result.failure.code)
		return 0;
	context->json = false; /* the object has it */
	return command_failed(context, "measure", measure->procedure, &result.failure);
}

static int measure_ours(struct context *context, struct measure *measure, int count, char **words)
{
	union procedure_arguments *arguments = measure->load.arguments;
	struct failure failure;
	int code;

	measure->load.procedure = procedure_find(measure->procedure);
	if (!measure->load.procedure)
		return command_usage("measure", "--procedure takes a procedure's name; one of a "
						"contract needs --idl, or --arguments");
	code = measure->payload ? make_payload(measure->payload, &arguments->values, &failure)
				: parse_operands(measure, count, words, arguments, &failure);
	if (code == FAILURE_USAGE)
		command_usage("measure", "%s", failure.why);
	else if (code)
		command_failed_here(context, "measure", &failure);
	else
		code = run_load(context, measure);
	procedure_release(measure->load.procedure, arguments, NULL);
	return code;
}

int command_measure(struct context *context, int count, char **words)
{
	struct measure measure = { 0 };
	union procedure_arguments arguments = { 0 };
	struct load *load = &measure.load;
	struct held_signals ends = { 0 };
	int code;

	*load = (struct load){ .endpoint = context->client.endpoint,
			       .arguments = &arguments,
			       .connections = CONNECTIONS_USUAL,
			       .depth = DEPTH_USUAL,
			       .duration = SECONDS_USUAL * INT64_C(1000000000),
			       .timeout = context->client.timeout,
			       .pin = { -1, -1 },
			       .ends = &ends };
	code = command_take_options("measure", count, words, command_measure_options, take_option,
				    &measure);
	if (code == 0)
		code = command_options_first("measure", count, words);
	if (code == 0)
		code = check_options(&measure, count - optind);
	if (code)
		return code;
	context->json = context->json || measure.json;
	context->of_contract = is_of_contract(&measure);
	if (context->of_contract) {
		code = prepare_any(&measure);
		if (code == 0)
			code = run_load(context, &measure);
	} else {
		code = measure_ours(context, &measure, count - optind, words + optind);
	}
	templates_release(&measure.templates);
	contracts_close(&measure.contracts);
	held_signals_release(&ends); /* here we end, if we were told to */
	return code;
}
