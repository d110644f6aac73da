/* How a check says what it found, and what mends it. */
#include "doctor/say.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

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

/* Whether text_line() would write it as something else. */
static bool has_controls(const char *word)
{
	const struct text line = { .terminal = true };
	char *shown = text_escaped(&line, word);
	bool other = shown && strcmp(shown, word) != 0;

	free(shown);
	return other;
}

/* A byte between single quotes; or, where printf's %b reads them, as a number. */
static size_t quote_byte(char text[8], char byte, bool numbered)
{
	if (byte == '\'')
		return (size_t)snprintf(text, 8, "'\\''");
	if (numbered && (byte < ' ' || byte > '~' || byte == '\\'))
		return (size_t)snprintf(text, 8, "\\0%03o", (unsigned char)byte);
	*text = byte;
	return 1;
}

bool doctor_quote(const char *word, char *text, size_t size)
{
	bool numbered = has_controls(word);
	const char *front = numbered ? "\"$(printf %b '" : "'";
	size_t length = strlen(front);

	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_./:=,@+-") == strlen(word))
		return (size_t)snprintf(text, size, "%s", word) < size;
	if (length + 8 >= size || (numbered && word[strlen(word) - 1] == '\n'))
		return false;
	memcpy(text, front, length);
	for (; *word && length + 8 < size; word++)
		length += quote_byte(text + length, *word, numbered);
	memcpy(text + length, numbered ? "')\"" : "'", numbered ? 4 : 2);
	return !*word;
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
