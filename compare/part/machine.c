/* What a comparison was made on: the machine and the versions, as far as they can be known. */
#include "compare/part/machine.h"

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
static void add_line(json_t *facts, const char *key, const char *path)
{
	char line[256];
	FILE *file = fopen(path, "r");

	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			json_set_bytes(facts, key, line);
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
		if ((value = value_on(line, "model name", ':')) && !json_object_get(facts, "cpu"))
			json_set_bytes(facts, "cpu", value);
		if ((value = value_on(line, "flags", ':'))) {
			json_object_set_new(facts, "virtual",
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
			json_set_bytes(facts, "system", value);
	if (file)
		fclose(file);
	if (uname(&name) < 0)
		return;
	json_set_bytes(facts, "kernel", name.release);
	json_set_bytes(facts, "architecture", name.machine);
}

json_t *machine_facts(void)
{
	json_t *facts = json_object();
	cpu_set_t cpus;

	add_processor(facts);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		json_object_set_new(facts, "cpus", json_integer(CPU_COUNT(&cpus)));
	add_line(facts, "vendor", "/sys/class/dmi/id/sys_vendor");
	add_line(facts, "governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	add_system(facts);
	json_set_bytes(facts, "libtirpc", TIRPC_VERSION);
	json_set_bytes(facts, "compiler", COMPILER);
	return facts;
}

/* ---- shown ---- */

static const struct fact {
	const char *title;
	const char *key; /* in the document */
} shown[] = {
	{ "Sidecall", "sidecall" },
	{ "Date", "date" },
	{ "A quick comparison", "quick" },
	{ "Rounds of timing", "time.rounds" },
	{ "Processor", "machine.cpu" },
	{ "Processors for us", "machine.cpus" },
	{ "Virtual machine", "machine.virtual" },
	{ "Vendor", "machine.vendor" },
	{ "Frequency governor", "machine.governor" },
	{ "System", "machine.system" },
	{ "Kernel", "machine.kernel" },
	{ "Architecture", "machine.architecture" },
	{ "libtirpc", "machine.libtirpc" },
	{ "Compiler", "machine.compiler" },
};

#define SHOWN (sizeof(shown) / sizeof(shown[0]))

/* Calls `show` for each fact that is known. */
static void for_each(const json_t *document,
		     void (*show)(const struct fact *, const char *, void *), void *context)
{
	for (size_t i = 0; i < SHOWN; i++) {
		char room[FIGURE_ROOM];
		const char *text = figure_text(grid_cell(document, shown[i].key), FIGURE_TEXT,
					       room);

		if (text)
			show(&shown[i], text, context);
	}
}

static void print_fact(const struct fact *fact, const char *text, void *context)
{
	const struct text *out = context;

	fprintf(out->file, "%-19s ", fact->title);
	text_name(out, text);
	putc('\n', out->file);
}

static void write_fact(const struct fact *fact, const char *text, void *context)
{
	html_element(context, "dt", "%s", fact->title);
	html_element(context, "dd", "%s", text);
}

void machine_print(const json_t *document, const struct text *out)
{
	for_each(document, print_fact, (void *)out);
}

/* The facts that one has to know before believing a figure, in one line. */
static void write_line(const json_t *document, struct html *html)
{
	static const struct {
		const char *before, *key;
	} words[] = { { "", "date" },
		      { "", "machine.cpu" },
		      { "", "machine.system" },
		      { "kernel ", "machine.kernel" },
		      { "libtirpc ", "machine.libtirpc" } };
	const json_t *rounds = grid_cell(document, "time.rounds");

	html_markup(html, "<p class=\"note\">");
	if (json_is_true(json_object_get(document, "quick")))
		html_markup(html, "<strong>A quick comparison</strong>: ");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char room[FIGURE_ROOM];
		const char *text = figure_text(grid_cell(document, words[i].key), FIGURE_TEXT,
					       room);

		html_markup(html, "%s", text ? words[i].before : "");
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
	for_each(document, write_fact, html);
	html_markup(html, "</dl>\n");
	html_fold_end(html);
}
