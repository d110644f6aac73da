/* sidecalld: whether it serves here, and whether rpcbind names it. */
#include "doctor/server.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/sidecalld.h"
#include "common/rendezvous.h"
#include "doctor/rpcbind.h"
#include "doctor/say.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define UNIT "/lib/systemd/system/sidecalld.service"

static bool serves(const struct doctor *doctor, const struct endpoint *endpoint)
{
	return endpoint->path[0] &&
	       service_look(doctor->client, endpoint, CALC_PROG, CALC_V1) != SERVICE_GONE;
}

/* Where one serves that clients find without being told; NULL: nowhere. */
static const struct endpoint *find_nearby(const struct doctor *doctor,
					  const struct endpoint nearby[RENDEZVOUS_NEARBY])
{
	for (int i = 0; i < RENDEZVOUS_NEARBY; i++)
		if (serves(doctor, &nearby[i]))
			return &nearby[i];
	return NULL;
}

/* An entry of ours that somebody answers, or NULL. */
static const struct service *find_registered(struct doctor *doctor)
{
	const struct doctor_rpcbind *rpcbind = rpcbind_facts(doctor);
	struct endpoint endpoint;

	for (const struct service *s = rpcbind->services; s < rpcbind->services + rpcbind->count;
	     s++)
		if ((s->program == CALC_PROG || s->program == FILEINFO_PROG) &&
		    service_endpoint(s, NULL, &endpoint) &&
		    service_look(doctor->client, &endpoint, s->program, s->version) ==
			    SERVICE_ALIVE)
			return s;
	return NULL;
}

/* ---- whether it serves ---- */

static void command_to_start(struct doctor_finding *finding)
{
	char path[PATH_MAX], word[PATH_MAX];

	if (doctor_has_systemd() && access(UNIT, F_OK) == 0)
		doctor_command_of_root(finding, "systemctl start " SIDECALLD);
	else if (doctor_quote(sidecalld_program(path, sizeof(path)), word, sizeof(word)))
		doctor_command(finding, "%s &", word);
}

/* `error`: of the runtime directory, where none can be met. */
static void say_absent(struct doctor *doctor, const struct endpoint *here, int error)
{
	struct doctor_finding absent = doctor_finding(
		DOCTOR_FAULT, "none listens at %.200s%s", here->path,
		rpcbind_facts(doctor)->answers ? ", and none that is alive is registered" : "");
	char why[256];

	rendezvous_explain(error, why, sizeof(why));
	if (error)
		absent = doctor_finding(DOCTOR_FAULT, "none can be met in %s", why);
	else
		command_to_start(&absent);
	doctor_hand_over(doctor, &absent);
}

void look_at_server(struct doctor *doctor)
{
	struct endpoint nearby[RENDEZVOUS_NEARBY], endpoint;
	int r = rendezvous_nearby(nearby);
	const struct endpoint *found = find_nearby(doctor, nearby);
	const struct service *registered;
	char text[ENDPOINT_MAX_TEXT];

	if (found) {
		doctor_say(doctor, DOCTOR_OK, "one listens at %.200s", found->path);
		return;
	}
	registered = find_registered(doctor);
	if (!registered) {
		say_absent(doctor, &nearby[0], r);
		return;
	}
	service_endpoint(registered, NULL, &endpoint);
	endpoint_format(&endpoint, text);
	doctor_say(doctor, DOCTOR_OK, "rpcbind names one, and it answers at %.200s", text);
}

/* ---- whether rpcbind names it ---- */

/* The words by which a process was started, each with a zero byte behind it.  How many bytes; 0
 * where they are not to be known. */
static size_t read_words(pid_t pid, char *words, size_t size)
{
	char path[32];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, words, size);
		close(fd);
	}
	return n > 0 && (size_t)n < size && words[n - 1] == '\0' ? (size_t)n : 0;
}

static bool append_word(char *command, size_t size, const char *word)
{
	size_t length = strlen(command);

	if (length + 2 >= size)
		return false;
	command[length] = ' ';
	return doctor_quote(word, command + length + 1, size - length - 1);
}

/* The same command, but that it registers, whoever else did. */
static bool make_command(pid_t pid, char *command, size_t size)
{
	char words[DOCTOR_COMMAND], directory[PATH_MAX], link[32];
	size_t count = read_words(pid, words, sizeof(words));
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	length = readlink(link, directory, sizeof(directory) - 1);
	if (!count || length < 0)
		return false;
	directory[length] = '\0';
	snprintf(command, size, "cd");
	if (!append_word(command, size, directory) || strlen(command) + 4 >= size)
		return false;
	strcat(command, " &&");
	for (const char *word = words; word < words + count; word += strlen(word) + 1)
		if (strcmp(word, "--no-rpcbind") != 0 && strcmp(word, "--replace") != 0 &&
		    !append_word(command, size, word))
			return false;
	return append_word(command, size, "--replace");
}

static void say_unregistered(struct doctor *doctor, const struct endpoint *here)
{
	struct doctor_finding finding = doctor_finding(
		DOCTOR_NOTE,
		"the one at %.200s is not: by tcp and udp clients of "
		"rpc need the port",
		here->path);
	char command[DOCTOR_COMMAND];
	struct holder holder;

	/* Where process 1 has the socket, it starts the server, and is not to be ended. */
	if (holder_of_socket(here->path, &holder) == 0 && holder.pid > 1 &&
	    make_command(holder.pid, command, sizeof(command)))
		doctor_command(&finding, DOCTOR_END "; %s &", (int)holder.pid, (int)holder.pid,
			       command);
	doctor_hand_over(doctor, &finding);
}

void look_at_registered(struct doctor *doctor)
{
	struct endpoint nearby[RENDEZVOUS_NEARBY];
	const struct endpoint *found;

	rendezvous_nearby(nearby);
	if (!rpcbind_facts(doctor)->answers)
		doctor_say(doctor, DOCTOR_UNSEEN, "rpcbind does not run, or does not answer");
	else if (find_registered(doctor))
		doctor_say(doctor, DOCTOR_OK, "it is");
	else if ((found = find_nearby(doctor, nearby)))
		say_unregistered(doctor, found);
	else
		doctor_say(doctor, DOCTOR_UNSEEN, "none serves here");
}
