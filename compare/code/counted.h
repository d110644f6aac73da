/* The lines of code of this version, as scripts/count-code counted them when it was built. */
#ifndef SIDECALL_COMPARE_CODE_COUNTED_H
#define SIDECALL_COMPARE_CODE_COUNTED_H

/* The ways of making a call that code is part of. */
enum code_way {
	CODE_TIRPC = 1, /* libtirpc as it comes */
	CODE_RPC = 2,   /* rpc over our transports */
	CODE_RAW = 4    /* raw messages over our transports */
};

/* Comments and blanks aside, as all lines here.  Each table ends with a row of zeroes. */
struct code_lines {
	unsigned int ways; /* those that use the same lines */
	const char *job, *author, *file;
	unsigned int lines;
};
extern const struct code_lines code_lines[];

/* A piece of what is written for a procedure, as it stands in the file. */
struct code_text {
	const char *procedure;
	unsigned int ways;
	const char *job, *author, *file;
	unsigned int lines;
	const char *text;
};
extern const struct code_text code_texts[];

/* What a patch that adds a procedure does to a file. */
struct code_change {
	unsigned int ways;
	const char *patch, *title, *file, *job;
	unsigned int added, removed;
};
extern const struct code_change code_changes[];

/* The version of libtirpc whose lines are given. */
extern const char code_libtirpc_counted[];

#endif
