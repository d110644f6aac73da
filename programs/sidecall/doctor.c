/* sidecall doctor [CHECK...]: what is wrong on this machine, and what mends it. */
#include "doctor/doctor.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/json.h"
#include "programs/sidecall/command.h"

#define FOUND 2 /* the exit code of who finds something, as of lint */

enum { JSON = 256 };

const struct option_row command_doctor_options[] = {
	OPTION_FLAG("json", JSON, "as before the command"),
	{ 0 },
};

/* What was found so far, and where it goes. */
struct findings {
	const struct context *context;
	size_t faults, notes;
};

static const char *take_option(void *what, int key, const char *value, int64_t number)
{
	struct context *context = what;

	(void)key;
	(void)value;
	(void)number;
	context->json = true;
	return NULL;
}

static const char *const states[] = { [DOCTOR_OK] = "ok",
				      [DOCTOR_NOTE] = "note",
				      [DOCTOR_FAULT] = "fault",
				      [DOCTOR_UNSEEN] = "unseen" };

static void show_object(const struct doctor_check *check, const struct doctor_finding *finding)
{
	json_t *object = json_pack("{s:s,s:s,s:s}", "check", check->name, "looks_at",
				   check->looks_at, "state", states[finding->state]);

	json_set_bytes(object, "finding", finding->text);
	if (*finding->command)
		json_set_bytes(object, "command", finding->command);
	json_print(object);
}

static void show_lines(const struct doctor_check *check, const struct doctor_finding *finding)
{
	printf("%-7s %-14s ", states[finding->state], check->name);
	text_line(stdout, finding->text);
	if (*finding->command) {
		printf("\n%23s$ ", "");
		text_line(stdout, finding->command);
	}
	putchar('\n');
}

static void take_finding(void *context, const struct doctor_check *check,
			 const struct doctor_finding *finding)
{
	struct findings *findings = context;

	findings->faults += finding->state == DOCTOR_FAULT;
	findings->notes += finding->state == DOCTOR_NOTE;
	if (findings->context->json)
		show_object(check, finding);
	else
		show_lines(check, finding);
	fflush(stdout);
}

/* ---- which ---- */

static const struct doctor_check *find_check(const char *name)
{
	for (const struct doctor_check *c = doctor_checks; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* 0, or the code of what was said to be wrong. */
static int check_names(int count, char **words)
{
	char names[256] = "";

	for (const struct doctor_check *c = doctor_checks; c->name; c++) {
		size_t length = strlen(names);

		snprintf(names + length, sizeof(names) - length, "%s%s", length ? ", " : "",
			 c->name);
	}
	for (int i = 0; i < count; i++)
		if (!find_check(words[i]))
			return command_usage("doctor", "there is no check \"%.80s\". There are: %s",
					     words[i], names);
	return 0;
}

static void look(struct doctor *doctor, int count, char **words)
{
	for (int i = 0; i < count; i++)
		doctor_look(doctor, find_check(words[i]));
	for (const struct doctor_check *c = doctor_checks; !count && c->name; c++)
		doctor_look(doctor, c);
}

int command_doctor(struct context *context, int count, char **words)
{
	struct findings findings = { .context = context };
	struct doctor doctor;
	int code = command_take_options("doctor", count, words, command_doctor_options, take_option,
					context);

	if (code == 0)
		code = check_names(count - optind, words + optind);
	if (code)
		return code;
	doctor_init(&doctor, &context->client);
	doctor.found = take_finding;
	doctor.context = &findings;
	look(&doctor, count - optind, words + optind);
	doctor_release(&doctor);
	if (!context->json && findings.faults + findings.notes)
		printf("%zu to mend, %zu to know\n", findings.faults, findings.notes);
	return findings.faults ? FOUND : 0;
}
