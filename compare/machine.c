/* What a comparison was made on: the machine and the versions, as far as they can be known. */
#include "compare/machine.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "client/json.h"

#ifdef __clang__
#define COMPILER __VERSION__ /* it says its name itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

/* ---- files of the kernel and the system ---- */

/* Adds the file's first line, if there is one. */
static void add_line(json_t *facts, const struct figure *figure, const char *path)
{
	char line[256];
	FILE *file = fopen(path, "r");

	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			json_set_bytes(facts, figure->key, line);
	}
	if (file)
		fclose(file);
}

/* What stands behind `name` and a separator, if the line begins with it; or NULL. */
static char *value_on(char *line, const char *name, char separator)
{
	size_t length = strlen(name);
	char *value;

	if (strncmp(line, name, length) != 0)
		return NULL;
	value = line + length + strspn(line + length, " \t");
	if (*value != separator)
		return NULL;
	value += 1 + strspn(value + 1, " \t\"");
	value[strcspn(value, "\"\n")] = '\0';
	return value;
}

/* The processor's name; and a processor that is a virtual machine's has a flag that says so. */
static void add_processor(json_t *facts)
{
	char line[8192], *value;
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if ((value = value_on(line, "model name", ':')) && !figure_get(facts, &figures.cpu))
			json_set_bytes(facts, KEY(cpu), value);
		if ((value = value_on(line, "flags", ':'))) {
			figure_set(facts, &figures.virtual,
				   json_boolean(strstr(value, " hypervisor") != NULL));
			break;
		}
	}
	if (file)
		fclose(file);
}

static void add_system(json_t *facts)
{
	char line[256], *value;
	FILE *file = fopen("/etc/os-release", "r");
	struct utsname name;

	while (file && fgets(line, sizeof(line), file))
		if ((value = value_on(line, "PRETTY_NAME", '=')))
			json_set_bytes(facts, KEY(system), value);
	if (file)
		fclose(file);
	if (uname(&name) < 0)
		return;
	json_set_bytes(facts, KEY(kernel), name.release);
	json_set_bytes(facts, KEY(architecture), name.machine);
}

json_t *machine_facts(void)
{
	json_t *facts = json_object();
	cpu_set_t cpus;

	add_processor(facts);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		figure_set(facts, &figures.cpus, json_integer(CPU_COUNT(&cpus)));
	add_line(facts, &figures.vendor, "/sys/class/dmi/id/sys_vendor");
	add_line(facts, &figures.governor, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	add_system(facts);
	json_set_bytes(facts, KEY(libtirpc), TIRPC_VERSION);
	json_set_bytes(facts, KEY(compiler), COMPILER);
	return facts;
}

/* ---- shown ---- */

#define OF_MACHINE(symbol) COLUMN(symbol, .within = &figures.machine)

static const struct column facts_shown[] = {
	COLUMN(sidecall),
	COLUMN(date),
	COLUMN(quick),
	COLUMN(rounds, .within = &figures.time),
	OF_MACHINE(cpu),
	OF_MACHINE(cpus),
	OF_MACHINE(virtual),
	OF_MACHINE(vendor),
	OF_MACHINE(governor),
	OF_MACHINE(system),
	OF_MACHINE(kernel),
	OF_MACHINE(architecture),
	OF_MACHINE(libtirpc),
	OF_MACHINE(compiler),
	{ 0 },
};

/* Calls `show` for each fact that is known. */
static void for_each_fact(const json_t *document,
			  void (*show)(const char *title, const char *text, void *context),
			  void *context)
{
	for (const struct column *fact = facts_shown; fact->figure; fact++) {
		char room[FIGURE_ROOM], title[COLUMN_TITLE];
		const char *text = unit_text(column_cell(document, fact), UNIT_TEXT, room);

		if (text)
			show(column_title(fact, true, title), text, context);
	}
}

static void print_fact(const char *title, const char *text, void *context)
{
	const struct text *out = context;

	fprintf(out->file, "%-19s ", title);
	text_name(out, text);
	putc('\n', out->file);
}

static void write_fact(const char *title, const char *text, void *context)
{
	html_element(context, "dt", "%s", title);
	html_element(context, "dd", "%s", text);
}

void machine_print(const json_t *document, const struct text *out)
{
	for_each_fact(document, print_fact, (void *)out);
}

/* The facts that one has to know before believing a figure, in one line. */
static void write_line(const json_t *document, struct html *html)
{
	static const struct column facts[] = {
		COLUMN(date, .title = ""),
		COLUMN(cpu, .title = "", .within = &figures.machine),
		COLUMN(system, .title = "", .within = &figures.machine),
		COLUMN(kernel, .title = "kernel ", .within = &figures.machine),
		COLUMN(libtirpc, .title = "libtirpc ", .within = &figures.machine),
		{ 0 },
	};
	const json_t *rounds = figure_get(figure_get(document, &figures.time), &figures.rounds);

	html_markup(html, "<p class=\"note\">");
	if (json_is_true(figure_get(document, &figures.quick)))
		html_markup(html, "<strong>A quick comparison</strong>: ");
	for (const struct column *fact = facts; fact->figure; fact++) {
		char room[FIGURE_ROOM];
		const char *text = unit_text(column_cell(document, fact), UNIT_TEXT, room);

		html_markup(html, "%s", text ? fact->title : "");
		html_text(html, text ? text : "");
		html_markup(html, "%s", text ? ", " : "");
	}
	if (json_is_integer(rounds))
		html_markup(html, "times from %d rounds, ", (int)json_integer_value(rounds));
	html_markup(html, "made by <code>sidecall compare</code>.</p>\n");
}

void machine_write(const json_t *document, struct html *html)
{
	write_line(document, html);
	html_fold_begin(html, "The machine and the versions");
	html_markup(html, "<dl class=\"facts\">\n");
	for_each_fact(document, write_fact, html);
	html_markup(html, "</dl>\n");
	html_fold_end(html);
}
