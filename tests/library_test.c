/* What is given out: which names leave the libraries, what an installation has, its manual pages,
 * and what docs/library.md shows. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

/* ---- texts ---- */

/* A file's text, to be freed. */
static char *text_of(const char *path)
{
	const char *const argv[] = { "/bin/cat", path, NULL };
	struct outcome outcome = process_run(argv, NULL);

	CHECK_THAT(outcome.status == 0, "%s: %s", path, outcome.error);
	free(outcome.error);
	return outcome.out;
}

/* What a shell's command says, to be freed; $1 and $2 are these. */
static char *output_of(const char *command, const char *first, const char *second)
{
	const char *const argv[] = { "/bin/sh", "-c", command, "sh", first, second, NULL };
	struct outcome outcome = process_run_within(argv, NULL, 300);

	CHECK_THAT(outcome.status == 0, "%s: %d: %s", command, outcome.status, outcome.error);
	CHECK_STR(outcome.error, "");
	free(outcome.error);
	return outcome.out;
}

static void check_same_output(const char *command, const char *first, const char *second,
			      const char *expected)
{
	char *out = output_of(command, first, second);

	CHECK_STR(out, expected);
	free(out);
}

/* ---- names ---- */

/* A version script's names, one a line and sorted. */
static char *names_listed(const char *script)
{
	return output_of("grep -o '[a-z_][a-z0-9_]*;' $1 | tr -d ';' | sort", script, NULL);
}

static void check_names(const char *command, const char *file, const char *listed)
{
	check_same_output(command, program_path(file), NULL, listed);
}

#define DYNAMIC                                                                                    \
	"nm -D --defined-only $1 | awk '$2 != \"A\" { sub(/@.*/, \"\", $3); print $3 }' | sort"
#define STATIC "nm -g --defined-only $1 | awk 'NF == 3 { print $3 }' | sort"

/* A new name is given out on purpose, and one that was given out stays: library/exported says which
 * there are. */
static void test_names(void)
{
	char *library = names_listed("library/exported");
	char *preload = names_listed("server/preload/exported");

	CU_ASSERT(strstr(library, "sidecall_svc_create\n") != NULL);
	check_names(DYNAMIC, "libsidecall.so.0", library);
	check_names(STATIC, "libsidecall.a", library);
	check_names(DYNAMIC, "libsidecall-preload.so", preload);
	free(library);
	free(preload);
}

/* Each has a version, so that a later one may be told from it. */
static void test_versions(void)
{
	check_same_output(
		"nm -D --defined-only $1 | grep -c -v -e '@@SIDECALL_0$' -e ' A ' || true",
		program_path("libsidecall.so.0"), NULL, "0\n");
	check_same_output("readelf -d $1 | sed -n 's/.*soname: //p'",
			  program_path("libsidecall.so.0"), NULL, "[libsidecall.so.0]\n");
}

/* The headers declare those, and speak of no others. */
static void test_declared(void)
{
	char *library = names_listed("library/exported");

	check_same_output("cat $1/svc.h $1/clnt.h $1/xdr.h | grep -o 'sidecall_[a-z0-9_]*(' | tr "
			  "-d '(' | sort -u",
			  program_path("include/sidecall"), NULL, library);
	free(library);
}

/* A header is enough for itself, also for C++. */
static void test_headers(void)
{
	check_same_output(
		"for header in svc clnt xdr; do for language in 'c -std=gnu99' 'c++ -std=gnu++11'; "
		"do\n"
		"echo \"#include <sidecall/$header.h>\" | ${CC:-cc} -x $language -Wall -Wextra "
		"-pedantic "
		"-I $1 $(pkg-config --cflags libtirpc | sed 's/-I/-isystem /g') -fsyntax-only - "
		"2>&1 |\n"
		"grep -v 'cannot execute .cc1plus'; done; done; true",
		program_path("include"), NULL, "");
}

/* ---- an installation ---- */

#define MAKE                                                                                       \
	"env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -o all DESTDIR=$1 PREFIX=/opt/x "         \
	"LIBDIR=/opt/x/lib/here "

/* All in its place, and gone again.  What is loaded by `sidecall run` is where that looks for it,
 * wherever the libraries are. */
static void test_install(void)
{
	static const char *const files[] = {
		"bin/sidecall",
		"sbin/sidecalld",
		"include/sidecall/svc.h",
		"include/sidecall/clnt.h",
		"include/sidecall/xdr.h",
		"lib/here/libsidecall.a",
		"lib/here/libsidecall.so",
		"lib/here/libsidecall.so.0",
		"lib/here/libsidecall-svcrun.so",
		"lib/here/libsidecall-svcrun.so.0",
		"lib/sidecall/libsidecall-preload.so",
		"lib/here/pkgconfig/sidecall.pc",
		"lib/here/pkgconfig/sidecall-svcrun.pc",
		"share/man/man3/sidecall_svc.3",
		"share/man/man3/sidecall_clnt.3",
		"share/man/man3/sidecall_xdr.3",
		"share/man/man1/sidecall.1",
		"share/man/man7/sidecall-endpoints.7",
		"share/man/man7/sidecall-protocol.7",
		"share/man/man8/sidecalld.8",
		"share/bash-completion/completions/sidecall",
		"share/bash-completion/completions/sidecalld",
		"share/zsh/site-functions/_sidecall",
		"share/fish/vendor_completions.d/sidecall.fish",
		"share/fish/vendor_completions.d/sidecalld.fish",
		"share/doc/sidecall/docs/library.md",
		"share/doc/sidecall/docs/lessons/README.md",
		"share/doc/sidecall/idl/calc.x",
		"share/doc/sidecall/examples/lines.patch",
		"share/doc/sidecall/examples/dir/dir.x",
		"share/doc/sidecall/examples/servers/c/tcp.c",
		"share/doc/sidecall/examples/servers/c/rpc_null.c",
		"share/doc/sidecall/examples/servers/python/tcp.py",
		"share/doc/sidecall/examples/servers/python/divider.py",
		"share/doc/sidecall/examples/servers/rpcgen/divider.x",
		"share/doc/sidecall/examples/servers/rpcgen/calc.x",
	};
	char directory[] = "/tmp/sidecall-test-XXXXXX", path[PATH_MAX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	check_same_output(MAKE "install >/dev/null", directory, NULL, "");
	check_same_output("(" MAKE
			  "DESTDIR=/proc/none install 2>&1) | sed 's/\\. As.*//; /^make: /d'",
			  directory, NULL, "make install: you may not write to /proc/none/opt/x\n");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/opt/x/%s", directory, files[i]);
		CHECK_THAT(access(path, R_OK) == 0, "%s is there", files[i]);
	}
	snprintf(path, sizeof(path), "%s/opt/x/share/doc/sidecall/examples/servers/python/pipe.py",
		 directory);
	CHECK_INT(access(path, X_OK), 0); /* clients start it: lesson 6 */
	check_same_output("cd $1/opt/x/lib/here/pkgconfig && grep -h '^[a-z]*=' *.pc | sort -u",
			  directory, NULL,
			  "includedir=${prefix}/include\nlibdir=/opt/x/lib/here\nprefix=/opt/x\n");
	check_same_output(
		MAKE "uninstall && cd $1/opt/x && find . ! -type d && find . -name '*sidecall*'",
		directory, NULL, "");
	remove_tree(directory);
}

/* The package is of the same version as the programs, and is built with all that they are. */
static void test_package(void)
{
	char *version = output_of("sed -n '1s/.*(\\(.*\\)).*/sidecall \\1/p' debian/changelog",
				  NULL, NULL);

	check_same_output("$1 --version", program_path("sidecall"), NULL, version);
	free(version);
	check_same_output(
		"for name in $(sed -n '/^needed=\"/,/\"$/s/needed=\\|\"\\|build-essential//gp' "
		"scripts/install-packages); do grep -q \"^ $name\\( .*\\)*,$\" debian/control || "
		"echo $name; done",
		NULL, NULL, "");
}

/* ---- what people read ---- */

static void check_page(const char *name, const char *declared)
{
	char path[80], *page;

	snprintf(path, sizeof(path), "man/%s", name);
	page = output_of("MANWIDTH=200 man --warnings -E UTF-8 -l $1 | col -b", program_path(path),
			 NULL);
	CHECK_THAT(strstr(page, declared) != NULL, "%s has %s", name, declared);
	free(page);
}

static void test_manual(void)
{
	if (access("/usr/bin/man", X_OK) != 0) {
		harness_skip("no man");
		return;
	}
	check_page("sidecall_svc.3", "int sidecall_svc_run(struct sidecall_svc *svc);");
	check_page("sidecall_xdr.3", "bool_t sidecall_xdr_int(XDR *stream, int *value);");
	check_page("sidecall_clnt.3", "CLIENT *sidecall_clnt_create(const char *endpoint,");
	check_page("sidecall.1", "     call [OPTION...] PROCEDURE [JSON|@FILE|-]");
	check_page("sidecalld.8", "-l, --listen ENDPOINT");
	check_page("sidecall-endpoints.7", "rpc+tcp://HOST:PORT");
	check_page("sidecall-protocol.7", "2ca1c000  program: the calculator");
}

/* mandoc finds nothing to say, but that our own pages are not installed; they name each other as
 * they are called. */
static void test_lint(void)
{
	if (access("/usr/bin/mandoc", X_OK) != 0) {
		harness_skip("no mandoc");
		return;
	}
	check_same_output(
		"mandoc -T lint $1/*.[1378] 2>/dev/null | grep -v 'manual not found'; true",
		program_path("man"), NULL, "");
	check_same_output("cd $1 && sed -n 's/^\\.Xr \\(sidecall[^ ]*\\) \\([0-9]\\).*/\\1.\\2/p' "
			  "*.[1378] | sort -u | "
			  "xargs ls >/dev/null 2>&1 || echo missing",
			  program_path("man"), NULL, "");
}

/* The words of a program's options and commands that its page has not. */
#define MISSING                                                                                    \
	"cd $1 && MANWIDTH=200 man -l man/$2.[18] | col -b >man/$2.text && awk -F '\\t' -v p=$2 "  \
	"'$2 == p && $1 == \"option\" { print \"--\" $4 } $2 == p && $1 == \"command\" { print "   \
	"$3 }' "                                                                                   \
	"tables.tsv | sort -u | while read -r word; do grep -q -e \" $word\" man/$2.text || "      \
	"echo $word; done; rm man/$2.text"

static void test_options(void)
{
	if (access("/usr/bin/man", X_OK) != 0 || access("/usr/bin/col", X_OK) != 0) {
		harness_skip("no man, or no col");
		return;
	}
	check_same_output(MISSING, program_path(""), "sidecall", "");
	check_same_output(MISSING, program_path(""), "sidecalld", "");
}

/* The page that says how a program is moved shows the patches that the examples are built by. */
static void test_shown(void)
{
	static const char *const patches[] = { "link", "lines", "loop", "threads", "client" };
	char *page = text_of("docs/library.md");

	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		char path[80], *patch, shown[8192];

		snprintf(path, sizeof(path), "examples/%s.patch", patches[i]);
		patch = text_of(path);
		snprintf(shown, sizeof(shown), "```diff\n%s```\n", patch);
		CHECK_THAT(strstr(page, shown) != NULL, "docs/library.md shows %s as it is", path);
		free(patch);
	}
	free(page);
}

int main(void)
{
	static const struct test tests[] = {
		{ "the names that leave the libraries", test_names },
		{ "their versions", test_versions },
		{ "what the headers declare", test_declared },
		{ "each header alone", test_headers },
		{ "an installation", test_install },
		{ "the package", test_package },
		{ "the manual", test_manual },
		{ "the manual as mandoc sees it", test_lint },
		{ "options in the manual", test_options },
		{ "the patches that are shown", test_shown },
		{ NULL, NULL },
	};

	if (!program_use_built())
		return EXIT_FAILURE;
	return harness_run("library", tests);
}
