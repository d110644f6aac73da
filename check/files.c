/* Cases of the file operations. */
#include "check/files.h"

#include <ctype.h>
#include <stdio.h>

#include "check/listing.h"

#define CONTRACT  "idl/fileinfo.x and docs/contract.md"
#define OF_A_TYPE 6                    /* entries of a directory that are looked at */
#define DIGESTED  (UINT64_C(64) << 20) /* bytes of a file that is digested, at most */

#define FIELDS                                                                                     \
	"Most likely a field is missing, in another order or width: type, mode, links, uid, gid, " \
	"size, allocated (blocks of 512 bytes), device, inode, three times of 12 bytes."
#define ERRNO                                                                                      \
	"Most likely errno itself is sent: statuses carry NFS's numbers, as the contract lists "   \
	"them."
#define LEAVES                                                                                     \
	"Most likely the path is taken as it comes: who asks for ../ must not see what is beyond " \
	"the root."
#define CALL(...)                                                                                  \
	.words = (const char *const[]){ __VA_ARGS__, NULL }, .equal = true,                        \
	.passes = CHECK_SUCCESS, .at = 8, .length = 4

/* A path of one byte more than there may be. */
static int build_long_path(struct buffer *out)
{
	int r = message_hex("0001 0065 1000", out);

	for (unsigned int i = 0; r == 0 && i <= FILEINFO_MAX_PATH; i++)
		r = buffer_append(out, "a", 1);
	return r;
}

/* clang-format off */
static const struct check_case fixed[] = {
	{ "stat .", CHECK_ANYWHERE, "The root is described.", CONTRACT, FIELDS, CALL("stat", ".") },
	{ "stat /", CHECK_ANYWHERE, "A leading slash is the root.", CONTRACT, LEAVES,
	  CALL("stat", "/") },
	{ "stat nothing", CHECK_ANYWHERE, "What is not there: NOENT.", CONTRACT, ERRNO,
	  CALL("stat", "there/is/nothing/of/this/name") },
	{ "stat ..", CHECK_ANYWHERE, "What is beyond the root: OUTSIDE.", CONTRACT, LEAVES,
	  CALL("stat", "..") },
	{ "stat too-long", CHECK_ANYWHERE, "A path of 4,096 bytes is refused: status 3.", CONTRACT,
	  "Most likely the contract's bound is not looked at.", .build = build_long_path,
	  .equal = true, .passes = CHECK_SUCCESS, .at = 8, .length = 2 },
	{ "readlink .", CHECK_ANYWHERE, "What is no link: INVAL.", CONTRACT, ERRNO,
	  CALL("readlink", ".") },
	{ "digest .", CHECK_ANYWHERE, "A directory has no digest: ISDIR.", CONTRACT, ERRNO,
	  CALL("digest", ".") },
	{ "digest ..", CHECK_ANYWHERE, "What is beyond the root: OUTSIDE.", CONTRACT, LEAVES,
	  CALL("digest", "..") },
	{ "list nothing", CHECK_ANYWHERE, "What is not there: NOENT.", CONTRACT, ERRNO,
	  CALL("list", "there/is/nothing/of/this/name") },
	{ "list", CHECK_ANYWHERE, "All entries come, each once, on pages that are no longer than asked.",
	  CONTRACT,
	  "Most likely . and .. are listed, or a page does not go on behind its cookie.",
	  .run = run_list, .passes = CHECK_SUCCESS },
	{ "space", CHECK_ANYWHERE, "The file system's totals, of bytes and of files.", CONTRACT,
	  "Most likely blocks are sent for bytes: they count f_frsize each.",
	  .run = run_space, .passes = CHECK_SUCCESS },
	{ 0 },
};
/* clang-format on */

/* ---- what is in the directory ---- */

struct handing {
	bool (*take)(void *context, const struct check_case *row);
	void *context;
	unsigned int taken[FILEINFO_FIFO + 1]; /* of each type */
};

/* What cannot be shown in a name, or would begin a directive of TAP, is "?". */
static void show(char *name, size_t size, const char *operation, const char *path)
{
	snprintf(name, size, "%s %.60s", operation, path);
	for (; *name; name++)
		if (!isprint((unsigned char)*name) || *name == '#')
			*name = '?';
}

static bool hand_out(const struct handing *handing, const char *operation, const char *path,
		     const char *rule, const char *why)
{
	const char *const words[] = { operation, path, NULL };
	char name[96];
	const struct check_case row = {
		.name = name,
		.on = CHECK_ANYWHERE,
		.rule = rule,
		.source = CONTRACT,
		.why = why,
		.words = words,
		.equal = true,
		.passes = CHECK_SUCCESS,
		.at = 8,
		.length = 2,
	};

	show(name, sizeof(name), operation, path);
	return handing->take(handing->context, &row);
}

static bool hand_out_file(const struct handing *handing, const struct listed *entry)
{
	char below[FILEINFO_MAX_NAME + 8];

	snprintf(below, sizeof(below), "%s/below", entry->name);
	return (entry->size > DIGESTED ||
		hand_out(handing, "digest", entry->name, "A file's size and SHA-256.",
			 "Most likely the digest is of another file, or sent as text.")) &&
	       hand_out(handing, "stat", below, "A file is no directory: NOTDIR.", ERRNO);
}

static bool hand_out_entry(struct handing *handing, const struct listed *entry)
{
	if (entry->type > FILEINFO_FIFO || handing->taken[entry->type]++ >= OF_A_TYPE)
		return true;
	if (!hand_out(handing, "stat", entry->name, "An entry is described as lstat(2) has it.",
		      FIELDS))
		return false;
	if (entry->type == FILEINFO_SYMLINK)
		return hand_out(handing, "readlink", entry->name, "A link's target, as it is.",
				"Most likely the link is followed, or its target ends in a zero "
				"byte.");
	return entry->type != FILEINFO_REGULAR || hand_out_file(handing, entry);
}

void check_files(const struct reference *reference,
		 bool (*take)(void *context, const struct check_case *row), void *context)
{
	struct handing handing = { .take = take, .context = context };
	struct listing listing = { 0 };
	bool more = true;

	for (const struct check_case *row = fixed; more && row->name; row++)
		more = take(context, row);
	listing_of_reference(reference, &listing);
	for (size_t i = 0; more && i < listing.count; i++)
		more = hand_out_entry(&handing, &listing.entries[i]);
	listing_release(&listing);
}
