/* The page of metrics of a program under `sidecall run`: its names are in the environment, a line
 * each, "PROGRAM NAME" and "PROGRAM.VERSION.PROCEDURE NAME". */
#include "server/preload/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/run_settings.h"
#include "idl/status.h"
#include "server/status/metrics.h"

#define MOST_NAMES 4096

/* A program's own name has no procedure. */
struct name {
	uint32_t program, version, procedure;
	char text[RUN_NAME];
};

static struct name *list;
static size_t count;

static bool read_name(const char *line, struct name *name)
{
	*name = (struct name){ .procedure = COUNTED_OTHER };
	if (sscanf(line, "%" SCNu32 ".%" SCNu32 ".%" SCNu32 " %63[a-zA-Z0-9_]", &name->program,
		   &name->version, &name->procedure, name->text) == 4)
		return true;
	name->version = 0;
	name->procedure = COUNTED_OTHER;
	return sscanf(line, "%" SCNu32 " %63[a-zA-Z0-9_]", &name->program, name->text) == 2;
}

static void read_names(const char *text)
{
	list = text ? calloc(MOST_NAMES, sizeof(*list)) : NULL;
	for (; list && text && count < MOST_NAMES; text = strchr(text, '\n')) {
		text += *text == '\n';
		count += read_name(text, &list[count]);
	}
}

static const char *find(uint32_t program, uint32_t version, uint32_t procedure)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].program == program && list[i].version == version &&
		    list[i].procedure == procedure)
			return list[i].text;
	return NULL;
}

/* Our own program is in no contract that is named. */
static const char *status_name(uint32_t procedure)
{
#define NAME(NUMBER) [NUMBER] = #NUMBER
	static const char *const names[] = { NAME(STATUS_SERVER), NAME(STATUS_CALLS),
					     NAME(STATUS_EVENTS) };
#undef NAME

	return procedure < sizeof(names) / sizeof(names[0]) ? names[procedure] : NULL;
}

static const char *program_name(const void *context, uint32_t program)
{
	(void)context;
	return program == STATUS_PROG ? "STATUS_PROG" : find(program, 0, COUNTED_OTHER);
}

static const char *procedure_name(const void *context, uint32_t program, uint32_t version,
				  uint32_t procedure)
{
	(void)context;
	return program == STATUS_PROG ? status_name(procedure) : find(program, version, procedure);
}

bool metrics_knows(rpcprog_t program, rpcvers_t version, rpcproc_t procedure)
{
	return procedure_name(NULL, program, version, procedure);
}

static void say_where(const struct sidecall_svc *svc, settings_complaint *say)
{
	const struct endpoint *address;
	char line[NI_MAXHOST + 64];

	for (unsigned int i = 0; (address = runtime_page_address(svc, i)); i++) {
		snprintf(line, sizeof(line),
			 strchr(address->host, ':') ? "metrics http://[%s]:%d%s"
						    : "metrics http://%s:%d%s",
			 address->host, address->port, METRICS_PATH);
		say(NULL, line);
	}
}

void metrics_begin(struct sidecall_svc *svc, settings_complaint *say)
{
	static const struct metrics_names names = { .program = program_name,
						    .procedure = procedure_name };
	static const struct page page = { METRICS_PATH, metrics_write, &names };
	char variable[RUN_VARIABLE], why[SIDECALL_SVC_WHY], line[SIDECALL_SVC_WHY + 128];
	const char *text, *wrong = "it is no HOST:PORT, and no PORT";
	struct endpoint endpoint;

	run_variable(RUN_NAMES, variable);
	read_names(getenv(variable));
	run_variable(RUN_METRICS, variable);
	text = getenv(variable);
	if (!text)
		return;
	if (metrics_address(&endpoint, text))
		wrong = runtime_listen_page(svc, &endpoint, &page, why);
	if (!wrong) {
		say_where(svc, say);
		return;
	}
	snprintf(line, sizeof(line), "no metrics can be read at %.100s: %.250s", text, wrong);
	say(NULL, line);
}
