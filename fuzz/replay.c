/*
 * The main() of a target without libFuzzer: hands it each of its seeds once, so that `make check`
 * sees what the fuzzers knew, with any compiler.  Counts as one test.
 */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>

#include "common/buffer.h"
#include "fuzz/fuzz.h"
#include "tests/kit/codecs.h"

#define PIECE 4096 /* bytes */

static void read_file(const char *path, struct buffer *bytes)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	MUST(file != NULL);
	do {
		MUST(buffer_reserve(bytes, PIECE) == 0);
		n = fread(bytes->data + bytes->length, 1, PIECE, file);
		bytes->length += n;
	} while (n > 0);
	fclose(file);
}

static void replay(const char *path)
{
	struct buffer bytes = { 0 };
	uint8_t *input;

	fprintf(stderr, "%s\n", path); /* the last one is shown when it fails */
	read_file(path, &bytes);
	input = exact_copy(bytes.data, bytes.length);
	LLVMFuzzerTestOneInput(input, bytes.length);
	free(input);
	buffer_release(&bytes);
}

/* How many files there were in the directory. */
static unsigned int replay_all(const char *directory)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	unsigned int count = 0;
	char path[512];

	while (stream && (entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		replay(path);
		count++;
	}
	if (stream)
		closedir(stream);
	return count;
}

/* The program is TARGET_fuzz, and its seeds are in fuzz/seeds/TARGET below the working directory.
 */
int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	const char *end = strstr(name, "_fuzz");
	char directory[256];
	bool passed;

	(void)argc;
	MUST(end != NULL);
	snprintf(directory, sizeof(directory), "fuzz/seeds/%.*s", (int)(end - name), name);
	passed = replay_all(directory) > 0;
	if (!passed)
		fprintf(stderr, "%s: no seeds\n", directory);
	printf("%d passed, %d failed, 0 skipped\n", passed, !passed);
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
