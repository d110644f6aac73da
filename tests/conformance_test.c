/* One table of calls through every endpoint of a daemon: each answers what the table says, and to
 * the byte what the others answer. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/procedures.h"
#include "client/json.h"
#include "common/buffer.h"
#include "tests/kit/attributes.h"
#include "tests/kit/arguments.h"
#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TIMEOUT      (HARNESS_PATIENCE * INT64_C(1000000000)) /* nanoseconds */
#define MANY         3000 /* entries of the directory that is listed by pages */
#define REGISTERS    1024 /* that the daemon has */

/*
 * Every endpoint that the daemon is given, and how it begins when the daemon prints it; an ordinary
 * pipe is none of the daemon's: there the client starts a server of its own.  `via`: the protocol
 * to call it by, if it is another: libtirpc's client and ours, and its server and ours, take each
 * other's place.  (tests/tirpc_test.c has udp, where libtirpc's datagrams are too small for this.)
 */
static const struct {
	const char *listen, *printed, *via;
} endpoints[] = {
	{ "rpc+tcp://127.0.0.1:0", "rpc+tcp://127.0.0.1:", NULL },
	{ "rpc+tcp://[::1]:0", "rpc+tcp://[::1]:", NULL },
	{ "raw+tcp://127.0.0.1:0", "raw+tcp://127.0.0.1:", NULL },
	{ "raw+tcp://[::1]:0", "raw+tcp://[::1]:", NULL },
	{ "rpc+udp://127.0.0.1:0", "rpc+udp://127.0.0.1:", NULL },
	{ "raw+udp://127.0.0.1:0", "raw+udp://127.0.0.1:", NULL },
	{ "rpc+unix", "rpc+unix:", NULL },
	{ "raw+unix", "raw+unix:", NULL },
	{ "rpc+fifo", "rpc+fifo:", NULL },
	{ "raw+fifo", "raw+fifo:", NULL },
	{ "rpc+shm", "rpc+shm:", NULL },
	{ "raw+shm", "raw+shm:", NULL },
	{ NULL, "rpc+pipe", NULL },
	{ NULL, "raw+pipe", NULL },
	{ "tirpc+tcp://127.0.0.1:0", "tirpc+tcp://127.0.0.1:", "tirpc" },
	{ "tirpc+unix", "tirpc+unix:", "tirpc" },
	{ "tirpc+tcp://127.0.0.1:0", "tirpc+tcp://127.0.0.1:", "rpc" },
	{ "tirpc+unix", "tirpc+unix:", "rpc" },
	{ "rpc+tcp://127.0.0.1:0", "rpc+tcp://127.0.0.1:", "tirpc" },
	{ "rpc+unix", "rpc+unix:", "tirpc" },
};

/* A link's target, as JSON. */
#define LINK_JSON(text) "{\"status\":\"OK\",\"target\":\"" text "\"}"

/* ---- what is too long to stand in the table ---- */

static char expression_1024[1025], expression_1025[1026];
static char nested_64[130], nested_65[132], nested_200[402];
static char register_32[33], register_33[34];
static char name_255[256], name_256[257];
static char path_4095[4096], path_4096[4097];
static char target_4095[4096], target_4095_expected[4200];
static quad_t values_4097[4097];
static quad_t extremes[] = { INT64_MAX, INT64_MIN };
static quad_t too_much[] = { INT64_MAX, 1 };
static quad_t close_together[] = { 1000000000000001, 1000000000000002, 1000000000000003 };
static quad_t lowest[] = { INT64_MIN };

/* `part` until `size - 1` bytes are full. */
static void fill(char *text, size_t size, const char *part)
{
	for (size_t i = 0; i < size - 1; i++)
		text[i] = part[i % strlen(part)];
	text[size - 1] = '\0';
}

static void nest(char *text, size_t size)
{
	memset(text, '(', size / 2 - 1);
	text[size / 2 - 1] = '7';
	memset(text + size / 2, ')', size / 2 - 1);
	text[size - 1] = '\0';
}

static void fill_all(void)
{
	fill(expression_1024, sizeof(expression_1024), "-");
	expression_1024[1023] = '1';
	fill(expression_1025, sizeof(expression_1025), "-");
	expression_1025[1024] = '1';
	nest(nested_64, sizeof(nested_64));
	nest(nested_65, sizeof(nested_65));
	nest(nested_200, sizeof(nested_200));
	fill(register_32, sizeof(register_32), "r");
	fill(register_33, sizeof(register_33), "r");
	fill(name_255, sizeof(name_255), "n");
	fill(name_256, sizeof(name_256), "n");
	fill(path_4095, sizeof(path_4095), "./");
	fill(path_4096, sizeof(path_4096), "./");
	fill(target_4095, sizeof(target_4095), "t/");
	snprintf(target_4095_expected, sizeof(target_4095_expected), LINK_JSON("%s"), target_4095);
	for (size_t i = 0; i < COUNT(values_4097); i++)
		values_4097[i] = (quad_t)i + 1;
}

/* ---- the tree that is served ---- */

static char root[64];

static const struct {
	const char *name, *content;
} files[] = {
	{ "empty", "" },
	{ "abc", "abc" },
	{ "directory/inside", "inside" },
	{ "caf\xe9", "not UTF-8" },
	{ "line\nend", "" },
	{ name_255, "a long name" },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "link", "abc" },
	{ "to-directory", "directory" },
	{ "directory/up-and-back", "../abc" },
	{ "absolute", "/etc/passwd" },
	{ "absolute-inside", "/abc" },
	{ "climbing", "../../../../etc" },
	{ "loop-a", "loop-b" },
	{ "loop-b", "loop-a" },
	{ "self", "self" },
	{ "dangling", "nothing" },
	{ "odd", "\xff\n\t" },
	{ "long", target_4095 },
};

static void make_file(int directory, const char *name, const void *content, size_t length)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0 || write(fd, content, length) != (ssize_t)length)
		CU_FAIL_FATAL("cannot make a file");
	close(fd);
}

/* The million times "a" of the SHA-256 test vectors. */
static void make_million(int directory)
{
	char *content = malloc(1000000);

	memset(content, 'a', 1000000);
	make_file(directory, "million", content, 1000000);
	free(content);
}

static void make_many(int directory)
{
	char name[256];

	mkdirat(directory, "many", 0700);
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many/%04u%.*s", i, (int)(i % 251), name_255);
		make_file(directory, name, "", 0);
	}
}

static void make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/*
 * Listing, digesting and following change the time of access, but not one in the future and
 * after that of modification; and these seconds need more than 32 bits, those before 1970 a sign.
 */
static void set_times(int directory, const char *name, int64_t modified)
{
	const fileinfo_time times[] = { { 5000000000, 1 }, { modified, 999999999 } };

	CHECK_INT(attributes_set_times(directory, name, times[0], times[1]), 0);
}

static void make_tree(void)
{
	int directory;

	snprintf(root, sizeof(root), "/tmp/sidecall-tree-XXXXXX");
	if (!harness_directory(root))
		CU_FAIL_FATAL("no directory for the tree");
	directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(directory, "directory", 0755);
	mkdirat(directory, "void", 01777);
	mkdirat(directory, "closed", 0);
	for (size_t i = 0; i < COUNT(files); i++) {
		make_file(directory, files[i].name, files[i].content, strlen(files[i].content));
		set_times(directory, files[i].name, -2);
	}
	for (size_t i = 0; i < COUNT(links); i++) {
		CHECK_INT(symlinkat(links[i].target, directory, links[i].name), 0);
		set_times(directory, links[i].name, 2000000000);
	}
	make_million(directory);
	make_many(directory);
	CHECK_INT(fchdir(directory), 0);
	make_file(directory, "unreadable", "secret", 6);
	CHECK_INT(fchmodat(directory, "unreadable", 0, 0), 0);
	CHECK_INT(mkfifoat(directory, "fifo", 0600), 0);
	make_socket();
	set_times(directory, "million", 2000000000);
	set_times(directory, "directory", 0);
	set_times(directory, "void", 0);
	set_times(directory, "closed", 0); /* root may search here for something of his */
	set_times(directory, "many", 0);
	set_times(directory, ".", 1);
	close(directory);
}

static void remove_tree_of_ours(void)
{
	char closed[80];

	snprintf(closed, sizeof(closed), "%s/closed", root);
	chmod(closed, 0700);
	remove_tree(root);
}

/* ---- checks of what only the file system can tell ---- */

/* Whether they are what lstat(2) has at a path of the contract, below `directory`. */
static bool same_attributes(const fileinfo_attributes *got, int directory, const char *path)
{
	fileinfo_attributes expected;

	return attributes_read(directory, path + strspn(path, "/"), &expected) &&
	       attributes_equal(got, &expected);
}

static int open_directory(const char *path)
{
	int tree = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(tree, path[1] ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	close(tree);
	return fd;
}

/* As lstat(2) has it. */
static void as_lstat(const union procedure_arguments *arguments, union procedure_result *result)
{
	int tree = open_directory(".");

	CHECK_INT(result->stat.status, FILEINFO_OK);
	CHECK_THAT(same_attributes(&result->stat.fileinfo_stat_result_u.attributes, tree,
				   arguments->path),
		   "stat %.60s: not as lstat has it", arguments->path);
	close(tree);
}

/* How many names a directory has, as readdir(3) tells it; closes it. */
static unsigned int count_names(int fd)
{
	DIR *directory = fdopendir(fd);
	unsigned int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2; /* without . and .. */
}

static bool is_new(const fileinfo_page *page, u_int number)
{
	for (u_int i = 0; i < number; i++)
		if (strcmp(page->entries.entries_val[i].name,
			   page->entries.entries_val[number].name) == 0)
			return false;
	return true;
}

/* All the names, each once and with its attributes. */
static void as_directory(const union procedure_arguments *arguments, union procedure_result *result)
{
	const fileinfo_page *page = &result->list.fileinfo_list_result_u.page;
	int directory = open_directory(arguments->list.directory);

	CHECK_INT(result->list.status, FILEINFO_OK);
	for (u_int i = 0; result->list.status == FILEINFO_OK && i < page->entries.entries_len;
	     i++) {
		const fileinfo_entry *entry = &page->entries.entries_val[i];

		CHECK_INT(entry->stat.status, FILEINFO_OK);
		CHECK_THAT(same_attributes(&entry->stat.fileinfo_stat_result_u.attributes,
					   directory, entry->name) &&
				   is_new(page, i),
			   "list %s: %s is not as lstat has it, or not new",
			   arguments->list.directory, entry->name);
	}
	CHECK_INT(page->end, TRUE);
	CHECK_INT(page->entries.entries_len, count_names(directory));
}

/* What other programs change meanwhile is cleared, so that the rest can be compared. */
static void as_statvfs(const union procedure_arguments *arguments, union procedure_result *result)
{
	fileinfo_space *space = &result->space.fileinfo_space_result_u.space;
	struct statvfs fs;

	(void)arguments; /* all on one filesystem */
	CHECK_INT(statvfs(root, &fs), 0);
	CHECK_INT(result->space.status, FILEINFO_OK);
	CHECK_INT(space->bytes_total, fs.f_blocks * fs.f_frsize);
	CHECK_INT(space->files_total, fs.f_files);
	CU_ASSERT(space->bytes_available <= space->bytes_free);
	CU_ASSERT(space->bytes_free <= space->bytes_total);
	CU_ASSERT(space->files_free <= space->files_total);
	space->bytes_free = space->bytes_available = space->files_free = 0;
}

/* ---- the table ---- */

struct call {
	const char *procedure;
	union procedure_arguments arguments;
	const char *expected; /* the result as JSON, or NULL */
	/* Instead of that: looks at the result, and may clear what changes by itself. */
	void (*check)(const union procedure_arguments *arguments, union procedure_result *result);
	int refused; /* instead of a result: the failure's code */
};

/* What is expected. */
#define CHECKED(function) .check = function
#define REFUSED           .refused = FAILURE_DATA
#define STATUS(name)      .expected = "{\"status\":\"" #name "\"}"
#define VALUE(value)      .expected = "{\"status\":\"OK\",\"value\":" value "}"
#define SYNTAX(offset)    .expected = "{\"status\":\"SYNTAX\",\"position\":" #offset "}"
#define TARGET(text)      .expected = LINK_JSON(text)
#define DIGEST(size, hex)                                                                          \
	.expected = "{\"status\":\"OK\",\"size\":" #size ",\"sha256\":\"" hex "\"}"
#define SUMMARY(count, sum, minimum, maximum, mean, deviation)                                     \
	.expected = "{\"status\":\"OK\",\"count\":" count ",\"sum\":" sum ",\"minimum\":" minimum  \
		    ",\"maximum\":" maximum ",\"mean\":" mean ",\"deviation\":" deviation "}"

#define HIGHEST "9223372036854775807"
#define LOWEST  "-9223372036854775808"

/* clang-format off */
static const struct call calls[] = {
	{ "null", { .path = NULL }, STATUS(OK) },

	{ "add", NUMBERS(2, 3), VALUE("5") },
	{ "add", NUMBERS(INT64_MAX, 0), VALUE(HIGHEST) },
	{ "add", NUMBERS(0, INT64_MIN), VALUE(LOWEST) },
	{ "add", NUMBERS(INT64_MAX, INT64_MIN), VALUE("-1") },
	{ "add", NUMBERS(INT64_MAX, 1), STATUS(OVERFLOW) },
	{ "add", NUMBERS(INT64_MIN, -1), STATUS(OVERFLOW) },
	{ "subtract", NUMBERS(2, 3), VALUE("-1") },
	{ "subtract", NUMBERS(-1, INT64_MAX), VALUE(LOWEST) },
	{ "subtract", NUMBERS(0, INT64_MIN), STATUS(OVERFLOW) },
	{ "multiply", NUMBERS(6, -7), VALUE("-42") },
	{ "multiply", NUMBERS(INT64_MIN, 1), VALUE(LOWEST) },
	{ "multiply", NUMBERS(INT64_MIN, -1), STATUS(OVERFLOW) },
	{ "divide", NUMBERS(84, 2), VALUE("42") },
	{ "divide", NUMBERS(-7, 2), VALUE("-3") },
	{ "divide", NUMBERS(INT64_MIN, 1), VALUE(LOWEST) },
	{ "divide", NUMBERS(INT64_MIN, -1), STATUS(OVERFLOW) },
	{ "divide", NUMBERS(1, 0), STATUS(DIVIDE_BY_ZERO) },

	{ "evaluate", EXPRESSION("2*(3+4)^2"), VALUE("98") },
	{ "evaluate", EXPRESSION("-2^2"), VALUE("-4") },
	{ "evaluate", EXPRESSION("1/3"), VALUE("0.33333333333333331") },
	{ "evaluate", EXPRESSION("-0"), VALUE("-0.0") },
	{ "evaluate", EXPRESSION("1.7976931348623157e308"), VALUE("1.7976931348623157e308") },
	{ "evaluate", EXPRESSION("4.9406564584124654e-324"), VALUE("4.9406564584124654e-324") },
	{ "evaluate", EXPRESSION(expression_1024), VALUE("-1") },
	{ "evaluate", EXPRESSION(expression_1025), REFUSED },
	{ "evaluate", EXPRESSION(nested_64), VALUE("7") },
	{ "evaluate", EXPRESSION(nested_65), SYNTAX(64) },
	{ "evaluate", EXPRESSION(nested_200), SYNTAX(64) },
	{ "evaluate", EXPRESSION(""), SYNTAX(0) },
	{ "evaluate", EXPRESSION("1+x"), SYNTAX(2) },
	{ "evaluate", EXPRESSION("1+\xff"), SYNTAX(2) },
	{ "evaluate", EXPRESSION("1/0"), STATUS(DOMAIN) },
	{ "evaluate", EXPRESSION("sqrt(-1)"), STATUS(DOMAIN) },

	{ "summarize", VALUES(0, NULL), STATUS(DOMAIN) },
	{ "summarize", VALUES(1, lowest), SUMMARY("1", LOWEST, LOWEST, LOWEST, "-9.2233720368547758e18", "0") },
	{ "summarize", VALUES(2, extremes),
	  SUMMARY("2", "-1", LOWEST, HIGHEST, "-0.5", "9.2233720368547758e18") },
	{ "summarize", VALUES(2, too_much), STATUS(OVERFLOW) },
	{ "summarize", VALUES(3, close_together),
	  SUMMARY("3", "3000000000000006", "1000000000000001", "1000000000000003",
		  "1000000000000002", "0.81649658092772603") },
	{ "summarize", VALUES(4096, values_4097),
	  SUMMARY("4096", "8390656", "1", "4096", "2048.5", "1182.4133160616891") },
	{ "summarize", VALUES(4097, values_4097), REFUSED },

	/* Seven registers: see USED. */
	{ "accumulate", REGISTER("a", 5), VALUE("5") },
	{ "accumulate", REGISTER("a", 5), VALUE("10") },
	{ "accumulate", REGISTER("a", -11), VALUE("-1") },
	{ "accumulate", REGISTER("", 1), VALUE("1") },
	{ "accumulate", REGISTER("max", INT64_MAX), VALUE(HIGHEST) },
	{ "accumulate", REGISTER("max", 1), STATUS(OVERFLOW) },
	{ "accumulate", REGISTER("max", 0), VALUE(HIGHEST) },
	{ "accumulate", REGISTER("min", INT64_MIN), VALUE(LOWEST) },
	{ "accumulate", REGISTER("min", -1), STATUS(OVERFLOW) },
	{ "accumulate", REGISTER("\xff\n", 2), VALUE("2") },
	{ "accumulate", REGISTER(register_32, 3), VALUE("3") },
	{ "accumulate", REGISTER(register_32 + 1, 4), VALUE("4") },
	{ "accumulate", REGISTER(register_33, 5), REFUSED },
	{ "accumulate", REGISTER(register_32, 1), VALUE("4") },

	{ "stat", PATH("."), CHECKED(as_lstat) },
	{ "stat", PATH("abc"), CHECKED(as_lstat) },
	{ "stat", PATH("/abc"), CHECKED(as_lstat) },
	{ "stat", PATH("directory/../abc"), CHECKED(as_lstat) },
	{ "stat", PATH("million"), CHECKED(as_lstat) },
	{ "stat", PATH("void"), CHECKED(as_lstat) },
	{ "stat", PATH("closed"), CHECKED(as_lstat) },
	{ "stat", PATH("unreadable"), CHECKED(as_lstat) },
	{ "stat", PATH("fifo"), CHECKED(as_lstat) },
	{ "stat", PATH("socket"), CHECKED(as_lstat) },
	{ "stat", PATH("link"), CHECKED(as_lstat) },
	{ "stat", PATH("absolute"), CHECKED(as_lstat) },
	{ "stat", PATH("self"), CHECKED(as_lstat) },
	{ "stat", PATH("caf\xe9"), CHECKED(as_lstat) },
	{ "stat", PATH("line\nend"), CHECKED(as_lstat) },
	{ "stat", PATH(name_255), CHECKED(as_lstat) },
	{ "stat", PATH(path_4095), CHECKED(as_lstat) },
	{ "stat", PATH(path_4096), REFUSED },
	{ "stat", PATH(name_256), STATUS(NAMETOOLONG) },
	{ "stat", PATH("nothing"), STATUS(NOENT) },
	{ "stat", PATH("abc/below"), STATUS(NOTDIR) },
	{ "stat", PATH("closed/below"), STATUS(ACCES) },
	{ "stat", PATH("loop-a/below"), STATUS(LOOP) },
	{ "stat", PATH(".."), STATUS(OUTSIDE) },
	{ "stat", PATH("directory/../../abc"), STATUS(OUTSIDE) },
	{ "stat", PATH("climbing/passwd"), STATUS(OUTSIDE) },

	{ "list", LIST("directory", 0, 65536), CHECKED(as_directory) },
	{ "list", LIST("to-directory", 0, 65536), CHECKED(as_directory) },
	{ "list", LIST("void", 0, 65536), CHECKED(as_directory) },
	{ "list", LIST("void", 0, 12), CHECKED(as_directory) },
	{ "list", LIST("/", 0, UINT32_MAX), CHECKED(as_directory) },
	{ "list", LIST("directory", 0, 0), STATUS(TOOSMALL) },
	{ "list", LIST("directory", 0, 100), STATUS(TOOSMALL) },
	{ "list", LIST("directory", UINT64_MAX, 65536), STATUS(BAD_COOKIE) },
	{ "list", LIST("abc", 0, 65536), STATUS(NOTDIR) },
	{ "list", LIST("fifo", 0, 65536), STATUS(NOTDIR) },
	{ "list", LIST("nothing", 0, 65536), STATUS(NOENT) },
	{ "list", LIST("dangling", 0, 65536), STATUS(NOENT) },
	{ "list", LIST("closed", 0, 65536), STATUS(ACCES) },
	{ "list", LIST("self", 0, 65536), STATUS(LOOP) },
	{ "list", LIST("climbing", 0, 65536), STATUS(OUTSIDE) },
	{ "list", LIST(name_256, 0, 65536), STATUS(NAMETOOLONG) },
	{ "list", LIST(path_4096, 0, 65536), REFUSED },

	{ "readlink", PATH("link"), TARGET("abc") },
	{ "readlink", PATH("directory/up-and-back"), TARGET("../abc") },
	{ "readlink", PATH("absolute"), TARGET("/etc/passwd") },
	{ "readlink", PATH("loop-a"), TARGET("loop-b") },
	{ "readlink", PATH("dangling"), TARGET("nothing") },
	{ "readlink", PATH("odd"), TARGET("\xef\xbf\xbd\\n\\t\",\"target_hex\":\"ff0a09") },
	{ "readlink", PATH("long"), .expected = target_4095_expected },
	{ "readlink", PATH("abc"), STATUS(INVAL) },
	{ "readlink", PATH("."), STATUS(INVAL) },
	{ "readlink", PATH("nothing"), STATUS(NOENT) },
	{ "readlink", PATH("abc/below"), STATUS(NOTDIR) },
	{ "readlink", PATH("closed/below"), STATUS(ACCES) },
	{ "readlink", PATH("../link"), STATUS(OUTSIDE) },
	{ "readlink", PATH(path_4096), REFUSED },

	{ "digest", PATH("empty"),
	  DIGEST(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
	{ "digest", PATH("abc"),
	  DIGEST(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") },
	{ "digest", PATH("link"),
	  DIGEST(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") },
	{ "digest", PATH("directory/up-and-back"),
	  DIGEST(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") },
	{ "digest", PATH("million"),
	  DIGEST(1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") },
	{ "digest", PATH("directory"), STATUS(ISDIR) },
	{ "digest", PATH("to-directory"), STATUS(ISDIR) },
	{ "digest", PATH("fifo"), STATUS(INVAL) },
	{ "digest", PATH("socket"), STATUS(INVAL) },
	{ "digest", PATH("nothing"), STATUS(NOENT) },
	{ "digest", PATH("dangling"), STATUS(NOENT) },
	{ "digest", PATH("abc/below"), STATUS(NOTDIR) },
	{ "digest", PATH("unreadable"), STATUS(ACCES) },
	{ "digest", PATH("loop-a"), STATUS(LOOP) },
	{ "digest", PATH("self"), STATUS(LOOP) },
	{ "digest", PATH("absolute"), STATUS(OUTSIDE) },
	{ "digest", PATH("absolute-inside"), STATUS(OUTSIDE) },
	{ "digest", PATH("../abc"), STATUS(OUTSIDE) },
	{ "digest", PATH("climbing/passwd"), STATUS(OUTSIDE) },
	{ "digest", PATH(name_256), STATUS(NAMETOOLONG) },
	{ "digest", PATH(path_4096), REFUSED },

	{ "space", PATH("."), CHECKED(as_statvfs) },
	{ "space", PATH("fifo"), CHECKED(as_statvfs) },
	{ "space", PATH("link"), CHECKED(as_statvfs) },
	{ "space", PATH("nothing"), STATUS(NOENT) },
	{ "space", PATH("abc/below"), STATUS(NOTDIR) },
	{ "space", PATH("closed/below"), STATUS(ACCES) },
	{ "space", PATH("self"), STATUS(LOOP) },
	{ "space", PATH("absolute"), STATUS(OUTSIDE) },
	{ "space", PATH(path_4096), REFUSED },
};

#define USED 7 /* registers, by these calls */

/* When all registers are taken. */
static const struct call calls_when_full[] = {
	{ "accumulate", REGISTER("one more", 1), STATUS(FULL) },
	{ "accumulate", REGISTER("a", 43), VALUE("42") },
	{ "accumulate", REGISTER("one more", 1), STATUS(FULL) },
	{ "divide", NUMBERS(84, 2), VALUE("42") },
};
/* clang-format on */

/* ---- one endpoint ---- */

/* What the first endpoint answered to each call, in XDR. */
static struct answer {
	bool known;
	int code;
	struct buffer result;
} answers[COUNT(calls)];

static bool all_is_readable; /* to the daemon: then no call can be answered ACCES */

/* What is served now, and where it is called. */
struct conversation {
	struct daemon daemon;
	struct client client;
	const char *name; /* of the endpoint */
};

static struct buffer encoded(const struct procedure *procedure, union procedure_result *result)
{
	struct buffer bytes = { 0 };
	XDR stream;

	bytes.length = xdr_sizeof(procedure->result->filter, result);
	if (bytes.length == 0)
		return bytes; /* of the null procedure */
	bytes.data = malloc(bytes.length);
	xdrmem_create(&stream, (char *)bytes.data, (u_int)bytes.length, XDR_ENCODE);
	CU_ASSERT(procedure->result->filter(&stream, result));
	return bytes;
}

/* Keeps the first endpoint's answer, and compares the others' with it. */
static void compare(struct answer *answer, const struct procedure *procedure, int code,
		    union procedure_result *result, const char *where)
{
	struct buffer bytes = { 0 };

	if (code == 0)
		bytes = encoded(procedure, result);
	if (!answer->known) {
		*answer = (struct answer){ true, code, bytes };
		return;
	}
	CHECK_THAT(code == answer->code && bytes.length == answer->result.length &&
			   (bytes.length == 0 ||
			    memcmp(bytes.data, answer->result.data, bytes.length) == 0),
		   "%s: not what the first endpoint answered", where);
	buffer_release(&bytes);
}

static void check_json(const struct call *call, const struct procedure *procedure,
		       const union procedure_result *result, const char *where)
{
	json_t *object = json_result(procedure->result, result);
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));

	CHECK_THAT(text && strcmp(text, call->expected) == 0, "%s: %.400s, not %.400s", where, text,
		   call->expected);
	free(text);
	json_decref(object);
}

static void check_refused(int code, const struct failure *failure, int expected, const char *where)
{
	CHECK_THAT(code == expected, "%s: code %d (%s), not %d", where, code,
		   code ? failure->why : "", expected);
}

static void run_call(struct conversation *conversation, const struct call *call, size_t number,
		     struct answer *answer)
{
	const struct procedure *procedure = procedure_find(call->procedure);
	union procedure_arguments arguments = call->arguments;
	union procedure_result result;
	struct failure failure;
	char where[160];
	int code;

	if (all_is_readable && call->expected && strstr(call->expected, "\"ACCES\""))
		return;
	snprintf(where, sizeof(where), "%s: %s, call %zu", conversation->name, call->procedure,
		 number);
	code = procedure_call(procedure, &conversation->client, &arguments, &result, &failure);
	check_refused(code, &failure, call->refused, where);
	if (code == 0 && call->expected)
		check_json(call, procedure, &result, where);
	if (code == 0 && call->check)
		call->check(&arguments, &result);
	if (answer)
		compare(answer, procedure, code, &result, where);
	procedure_release(procedure, NULL, &result);
}

/* Takes registers until there are no more for one caller: together with the others that it took it
 * must be half of them. */
static void take_all_registers(struct conversation *conversation)
{
	const struct procedure *procedure = procedure_find("accumulate");
	union procedure_result result = { 0 };
	unsigned int taken = 0;
	struct failure failure;
	char name[16];

	while (taken <= REGISTERS) {
		calc_accumulation accumulation = { name, 1 };

		snprintf(name, sizeof(name), "register %u", taken);
		if (procedure_call(procedure, &conversation->client, &accumulation, &result,
				   &failure) != 0 ||
		    result.number.status != CALC_OK)
			break;
		taken++;
	}
	CHECK_INT(result.number.status, CALC_FULL);
	/* Who sends datagrams may be somebody else, and shares one half with all who do. */
	CHECK_INT(taken, REGISTERS / (strstr(conversation->name, "+udp") ? 4 : 2) - USED);
}

/* One page of the large directory.  Marks its entries in `seen`; false after the last. */
static bool list_page(struct conversation *conversation, fileinfo_list_args *arguments,
		      unsigned char seen[MANY])
{
	const struct procedure *procedure = procedure_find("list");
	union procedure_result result;
	fileinfo_page *page = &result.list.fileinfo_list_result_u.page;
	struct failure failure;
	bool more = false;

	CHECK_INT(procedure_call(procedure, &conversation->client, arguments, &result, &failure),
		  0);
	CHECK_INT(result.list.status, FILEINFO_OK);
	if (result.list.status == FILEINFO_OK) {
		CU_ASSERT(xdr_sizeof(procedure->result->filter, &result) <= arguments->max_bytes);
		for (u_int i = 0; i < page->entries.entries_len; i++) {
			unsigned int number = (unsigned int)atoi(page->entries.entries_val[i].name);

			if (number < MANY)
				seen[number]++;
			arguments->cookie = page->entries.entries_val[i].cookie;
		}
		more = !page->end && page->entries.entries_len > 0;
		CHECK_INT(page->end, !more);
	}
	procedure_release(procedure, NULL, &result);
	return more;
}

static void list_by_pages(struct conversation *conversation)
{
	static const u_int sizes[] = { 1000, 4096, 65536, UINT32_MAX };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		fileinfo_list_args arguments = { (char *)"many", 0, sizes[i] };
		unsigned char seen[MANY] = { 0 };
		unsigned int once = 0, pages = 1;

		while (list_page(conversation, &arguments, seen) && pages <= MANY)
			pages++;
		for (unsigned int j = 0; j < MANY; j++)
			once += seen[j] == 1;
		CHECK_THAT(once == MANY, "%s: pages of %u bytes: %u names once, not %d",
			   conversation->name, sizes[i], once, MANY);
	}
}

static bool is_available(const char *listen)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	bool available;
	int fd;

	if (!listen || !strchr(listen, '['))
		return true;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	available = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	if (fd >= 0)
		close(fd);
	return available;
}

static bool is_stock(const char *endpoint)
{
	return endpoint && strncmp(endpoint, "tirpc", 5) == 0;
}

/* A row whose listener another row has already. */
static bool is_repeated(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (endpoints[i].listen && strcmp(endpoints[i].listen, endpoints[row].listen) == 0)
			return true;
	return false;
}

/* A daemon at all the endpoints that this machine can have: libtirpc's own, or ours. */
static bool start_daemon(struct daemon *daemon, bool stock)
{
	const char *options[2 * COUNT(endpoints) + 2];
	size_t count = 0;

	if (stock)
		options[count++] = "--stock";
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		const char *listen = endpoints[i].listen;

		if (!listen || is_stock(listen) != stock || is_repeated(i) || !is_available(listen))
			continue;
		options[count++] = "--listen";
		options[count++] = listen;
	}
	options[count] = NULL;
	return daemon_start(daemon, root, options);
}

static bool is_pipe(const char *endpoint)
{
	return strstr(endpoint, "+pipe") != NULL;
}

/* `via` as in the table. */
static void connect_to(struct conversation *conversation, const char *printed, const char *via)
{
	struct endpoint endpoint, by;
	char text[32];

	conversation->name = is_pipe(printed) ? printed
					      : daemon_endpoint(&conversation->daemon, printed);
	if (!conversation->name || endpoint_parse(&endpoint, conversation->name))
		CU_FAIL_FATAL("the daemon does not have the endpoint");
	if (via) {
		snprintf(text, sizeof(text), "%s+tcp", via);
		CHECK_INT(endpoint_parse(&by, text) == NULL, true);
		endpoint.protocol = by.protocol;
	}
	client_init(&conversation->client, &endpoint, TIMEOUT);
}

/* Its own daemon each, so that the registers of all begin at nothing. */
static void run_all_calls(struct conversation *conversation)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		run_call(conversation, &calls[i], i, &answers[i]);
	list_by_pages(conversation);
	take_all_registers(conversation);
	for (size_t i = 0; i < COUNT(calls_when_full); i++)
		run_call(conversation, &calls_when_full[i], i, NULL);
}

/* The harness calls it once for each endpoint, in their order. */
static void test_next_endpoint(void)
{
	static size_t next;
	const size_t i = next++;
	struct conversation conversation;

	if (!is_available(endpoints[i].listen)) {
		harness_skip("no IPv6 here");
		return;
	}
	if (!start_daemon(&conversation.daemon, is_stock(endpoints[i].listen))) {
		CU_FAIL("the daemon does not start");
		return;
	}
	connect_to(&conversation, endpoints[i].printed, endpoints[i].via);
	run_all_calls(&conversation);
	client_release(&conversation.client);
	CHECK_INT(daemon_stop(&conversation.daemon), 0);
}

/* What is added by one endpoint is there by the next. */
static void test_registers_are_shared(void)
{
	const struct procedure *procedure = procedure_find("accumulate");
	struct conversation conversation;
	quad_t total = 0;

	if (!start_daemon(&conversation.daemon, false)) {
		CU_FAIL("the daemon does not start");
		return;
	}
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		calc_accumulation accumulation = { (char *)"shared", 1 };
		union procedure_result result;
		struct failure failure;

		if (!is_available(endpoints[i].listen) || is_pipe(endpoints[i].printed) ||
		    is_stock(endpoints[i].listen))
			continue;
		connect_to(&conversation, endpoints[i].printed, endpoints[i].via);
		CHECK_INT(procedure_call(procedure, &conversation.client, &accumulation, &result,
					 &failure),
			  0);
		CHECK_INT(result.number.calc_result_u.value, ++total);
		client_release(&conversation.client);
	}
	CHECK_INT(daemon_stop(&conversation.daemon), 0);
}

/* ---- root reads everything, unless it gives that up ---- */

static void give_up_reading_everything(void)
{
	prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
	prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
}

/*
 * Capabilities dropped here are lost to the programs started from here.  It is tried in a child
 * first: a tree that is another user's may hold the very programs.
 */
static void become_deniable(void)
{
	const char *path = program_path("sidecalld");
	int status = -1, null;
	pid_t child;

	if (geteuid() != 0)
		return;
	child = fork();
	if (child == 0) {
		give_up_reading_everything();
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		execl(path, path, "--version", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	all_is_readable = status != 0;
	if (!all_is_readable)
		give_up_reading_everything();
}

static void forget_answers(void)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		buffer_release(&answers[i].result);
}

/* The server of a pipe serves the directory that its client is in. */
static void use_absolute_paths(void)
{
	char build[PATH_MAX];

	if (realpath(program_path("."), build))
		setenv("BUILD", build, 1);
	setenv("SIDECALLD", program_path("sidecalld"), 1);
}

static const struct test before = { "the tree is made", make_tree };
static const struct test after = { "registers are shared by all endpoints",
				   test_registers_are_shared };

int main(void)
{
	struct test tests[COUNT(endpoints) + 3] = { before };
	int status;

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT(endpoints); i++)
		tests[i + 1] = (struct test){ endpoints[i].printed, test_next_endpoint };
	tests[COUNT(endpoints) + 1] = after;
	use_absolute_paths();
	become_deniable();
	fill_all();
	status = harness_run("conformance", tests);
	forget_answers();
	remove_tree_of_ours();
	return status;
}
