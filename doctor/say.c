/* How a check says what it found, and what mends it. */
#include "doctor/say.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void doctor_hand_over(struct doctor *doctor, const struct doctor_finding *finding)
{
	doctor->found(doctor->context, doctor->check, finding);
}

void doctor_say(struct doctor *doctor, enum doctor_state state, const char *format, ...)
{
	struct doctor_finding finding = { .state = state };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding.text, sizeof(finding.text), format, arguments);
	va_end(arguments);
	doctor_hand_over(doctor, &finding);
}

struct doctor_finding doctor_finding(enum doctor_state state, const char *format, ...)
{
	struct doctor_finding finding = { .state = state };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding.text, sizeof(finding.text), format, arguments);
	va_end(arguments);
	return finding;
}

/* ---- commands ---- */

/* Half a command would do harm. */
static void drop_if_cut(struct doctor_finding *finding, int length)
{
	if (length < 0 || (size_t)length >= sizeof(finding->command))
		finding->command[0] = '\0';
}

void doctor_command(struct doctor_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	drop_if_cut(finding,
		    vsnprintf(finding->command, sizeof(finding->command), format, arguments));
	va_end(arguments);
}

void doctor_command_of_root(struct doctor_finding *finding, const char *format, ...)
{
	char command[DOCTOR_COMMAND], word[DOCTOR_COMMAND];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(command))
		return;
	if (geteuid() == 0)
		doctor_command(finding, "%s", command);
	else if (!strpbrk(command, ";&|<>$"))
		doctor_command(finding, "sudo %s", command);
	else if (doctor_quote(command, word, sizeof(word)))
		doctor_command(finding, "sudo sh -c %s", word);
}

bool doctor_quote(const char *word, char *text, size_t size)
{
	size_t length = 0;

	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_./:=,@+-") == strlen(word))
		return (size_t)snprintf(text, size, "%s", word) < size;
	for (const char *c = word; length + 8 < size; c++) {
		if (c == word)
			text[length++] = '\'';
		if (!*c) {
			memcpy(text + length, "'", 2);
			return true;
		}
		if (*c == '\'') {
			memcpy(text + length, "'\\''", 4);
			length += 4;
		} else {
			text[length++] = *c;
		}
	}
	return false;
}

void doctor_command_again(struct doctor *doctor, struct doctor_finding *finding)
{
	char path[PATH_MAX], word[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length < 0 ? 0 : length] = '\0';
	if (length <= 0 || !doctor_quote(path, word, sizeof(word)))
		snprintf(word, sizeof(word), "sidecall");
	doctor_command_of_root(finding, "%s doctor %s", word, doctor->check->name);
}

void doctor_command_to_end(struct doctor *doctor, struct doctor_finding *finding,
			   const struct holder *holder)
{
	if (!holder->pid)
		doctor_command_again(doctor, finding);
	else if (holder->uid != geteuid())
		doctor_command_of_root(finding, "kill %d", (int)holder->pid);
	else
		doctor_command(finding, "kill %d", (int)holder->pid);
}

bool doctor_has_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}
