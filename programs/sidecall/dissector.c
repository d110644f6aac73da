/* sidecall dissector: a Wireshark dissector of a contract, in Lua. */
#include "programs/sidecall/dissector.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/raw.h"
#include "contract/dissector/dissector.h"
#include "idl/calc.h"
#include "idl/fileinfo.h"

#define NAME_ROOM 64
#define RAW_PORTS                                                                                  \
	"7117" /* where raw messages are recognised, until a preference says otherwise             \
		*/

enum { NAME = 256 };

const struct option_row command_dissector_options[] = {
	CONTRACTS_OPTIONS,
	OPTION_TEXT(
		"name", NAME, "NAME", "what its fields begin with",
		"the first file's name, with _idl behind one that Wireshark has or does not take"),
	{ 0 },
};

struct dissector_options {
	struct contracts contracts;
	const char *name;
};

/* Wireshark ends when a name is shorter, or a number. */
static bool is_name(const char *name)
{
	return strlen(name) >= 2 && name[strspn(name, "0123456789")];
}

static const char *take_option(void *what, int option, const char *value, int64_t number)
{
	struct dissector_options *options = what;

	if (option != NAME)
		return contracts_take(&options->contracts, option, value, number);
	options->name = value;
	return strlen(value) < NAME_ROOM && is_name(value)
		       ? NULL
		       : "--name takes 2 to 63 letters and figures, and not figures alone";
}

/* The operation of the raw protocol that a procedure of ours is. */
static uint32_t raw_operation(uint32_t program, uint32_t procedure)
{
	if (program == CALC_PROG)
		return procedure;
	if (program == FILEINFO_PROG && procedure)
		return RAW_FILEINFO + procedure;
	return DISSECTOR_NO_OPERATION;
}

/* A name that Wireshark takes, of a file's. */
static void make_name(const char *file, char name[NAME_ROOM])
{
	const char *slash = strrchr(file, '/');
	size_t length = 0;

	file = slash ? slash + 1 : file;
	for (; *file && *file != '.' && length < NAME_ROOM - 1; file++)
		name[length++] = isalnum((unsigned char)*file) ? (char)tolower((unsigned char)*file)
							       : '_';
	name[length] = '\0';
}

/* Of the first contract's file, where no option says otherwise. */
static void name_by_file(const char *file, char name[NAME_ROOM])
{
	bool taken;

	make_name(file, name);
	taken = dissector_name_taken(name);
	if (!taken && is_name(name))
		return;
	name[NAME_ROOM - sizeof("_idl")] = '\0';
	report_line(
		"dissector: Wireshark %s %s, so this one is %s_idl, unless --name says otherwise",
		taken ? "has its own" : "takes no name like", name, name);
	strcat(name, "_idl");
}

int dissector_of(const struct contracts *contracts, const char *name, const char *title, FILE *to)
{
	struct dissector dissector = { .name = name, .title = title };

	if (!contracts->file_count) {
		dissector.raw_ports = RAW_PORTS;
		dissector.operation = raw_operation;
	}
	return dissector_write(to, contracts->contract, &dissector);
}

static int write_dissector(const struct dissector_options *options)
{
	bool ours = !options->contracts.file_count;
	char name[NAME_ROOM];

	if (ours || options->name)
		make_name(options->name ? options->name : "sidecall", name);
	else
		name_by_file(options->contracts.files[0], name);
	if (dissector_of(&options->contracts, name, ours ? "Sidecall" : name, stdout) < 0)
		return command_out_of_memory("dissector");
	return 0;
}

int command_dissector(struct context *context, int count, char **words)
{
	struct dissector_options options = { 0 };
	int code = command_take_options("dissector", count, words, command_dissector_options,
					take_option, &options);

	(void)context;
	if (code == 0 && optind < count)
		code = command_usage("dissector", "a contract is named by --idl");
	if (code == 0)
		code = contracts_open(&options.contracts, "dissector");
	if (code == 0)
		code = write_dissector(&options);
	contracts_close(&options.contracts);
	return code;
}
