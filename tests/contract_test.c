/* Contracts read at run time: what the RPC language has, what others write, and what is wrong. */
#include "contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/kit/harness.h"
#include "tests/kit/process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- a type as text ---- */

static void show_type(FILE *to, const struct type *type);

static void show_bound(FILE *to, const struct type *type)
{
	bool fixed = type->kind == TYPE_OPAQUE || type->kind == TYPE_VECTOR;

	if (type->bound == UINT32_MAX && !fixed)
		fputs("<>", to);
	else
		fprintf(to, fixed ? "[%u]" : "<%u>", type->bound);
}

static void show_member(FILE *to, const struct member *member)
{
	fprintf(to, " %s:", member->name ? member->name : "-");
	/* What has a name of its own is shown by it. */
	if (member->type->name)
		fputs(member->type->name, to);
	else
		show_type(to, member->type);
}

static void show_union(FILE *to, const struct type *type)
{
	const struct member by = type->discriminant;

	fputs("union by", to);
	show_member(to, &by);
	for (size_t i = 0; i < type->label_count; i++) {
		fprintf(to, " %" PRId64, type->labels[i].value);
		show_member(to, &type->members[type->labels[i].arm]);
	}
	if (type->otherwise) {
		fputs(" default", to);
		show_member(to, type->otherwise);
	}
}

static void show_type(FILE *to, const struct type *type)
{
	static const char *const words[] = {
		[TYPE_VOID] = "void",
		[TYPE_INT] = "int",
		[TYPE_UNSIGNED] = "unsigned",
		[TYPE_HYPER] = "hyper",
		[TYPE_FLOAT] = "float",
		[TYPE_UNSIGNED_HYPER] = "uhyper",
		[TYPE_DOUBLE] = "double",
		[TYPE_BOOL] = "bool",
		[TYPE_QUADRUPLE] = "quadruple",
		[TYPE_ENUM] = "enum",
		[TYPE_STRING] = "string",
		[TYPE_OPAQUE] = "opaque",
		[TYPE_BYTES] = "opaque",
		[TYPE_VECTOR] = "",
		[TYPE_ARRAY] = "",
		[TYPE_STRUCT] = "struct",
		[TYPE_OPTIONAL] = "*",
		[TYPE_UNION] = "",
	};

	fputs(words[type->kind], to);
	if ((type->kind == TYPE_INT || type->kind == TYPE_UNSIGNED) && type->bits != 32)
		fprintf(to, "%u", type->bits);
	for (size_t i = 0; i < type->enumerator_count; i++)
		fprintf(to, " %s=%" PRId64, type->enumerators[i].name, type->enumerators[i].value);
	if (type->item && type->item->name)
		fputs(type->item->name, to);
	else if (type->item)
		show_type(to, type->item);
	if (type->kind >= TYPE_STRING && type->kind <= TYPE_ARRAY)
		show_bound(to, type);
	if (type->kind == TYPE_UNION)
		show_union(to, type);
	for (size_t i = 0; type->kind == TYPE_STRUCT && i < type->member_count; i++)
		show_member(to, &type->members[i]);
}

/* To be freed. */
static char *shown_type(const struct contract *contract, const char *name)
{
	const struct type *type = contract_type(contract, name);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (type)
		show_type(to, type);
	else
		fputs("(none)", to);
	fclose(to);
	return text;
}

static char *shown_complaints(const struct contract *contract)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (size_t i = 0; i < contract->complaint_count; i++)
		contract_complain(to, &contract->complaints[i]);
	fclose(to);
	return text;
}

static struct contract *read_contract(const char *text, size_t length, int expected)
{
	struct contract *contract = contract_open();
	char *complaints;

	CU_ASSERT_PTR_NOT_NULL_FATAL(contract);
	CHECK_INT(contract_add(contract, "t.x", text, length), 0);
	CHECK_INT(contract_resolve(contract), expected);
	if (expected == 0 && contract->error_count) {
		complaints = shown_complaints(contract);
		CHECK_STR(complaints, "");
		free(complaints);
	}
	return contract;
}

/* ---- types ---- */

static const struct {
	const char *text, *name, *shown;
} types[] = {
	/* every type that RFC 4506 has, section 4 */
	{ "struct s { int a; unsigned int b; hyper c; unsigned hyper d; float e; double f; "
	  "quadruple g; bool h; };",
	  "s", "struct a:int b:unsigned c:hyper d:uhyper e:float f:double g:quadruple h:bool" },
	{ "enum e { A = 2, B = -3, C = 0x10, D = 010 };", "e", "enum A=2 B=-3 C=16 D=8" },
	{ "struct s { opaque a[4]; opaque b<9>; opaque c<>; string d<7>; string e<>; };", "s",
	  "struct a:opaque[4] b:opaque<9> c:opaque<> d:string<7> e:string<>" },
	{ "struct s { int a[3]; hyper b<4>; bool c<>; };", "s",
	  "struct a:int[3] b:hyper<4> c:bool<>" },
	{ "struct s { int *a; s *next; };", "s", "struct a:*int next:*s" },
	{ "union u switch (int d) { case 1: int a; case 2: case 3: void; default: opaque b<>; };",
	  "u", "union by d:int 1 a:int 2 -:void 3 -:void default b:opaque<>" },
	{ "enum e { A, B }; union u switch (e d) { case A: int a; };", "u",
	  "union by d:e 0 a:int" },
	{ "union u switch (bool d) { case TRUE: int a; case FALSE: void; };", "u",
	  "union by d:bool 1 a:int 0 -:void" },
	{ "union u switch (unsigned d) { case 4294967295: int a; };", "u",
	  "union by d:unsigned 4294967295 a:int" },
	{ "const N = 5; typedef int t[N]; struct s { t a; };", "s", "struct a:t" },
	{ "typedef opaque t[0x8];", "t", "opaque[8]" },
	{ "typedef struct { int a; } t;", "t", "struct a:int" },
	{ "typedef union switch (int d) { case 0: void; } t;", "t", "union by d:int 0 -:void" },
	{ "typedef enum { A = 1 } t;", "t", "enum A=1" },
	{ "struct s { void; int a; };", "s", "struct a:int" },
	{ "struct s { struct { int a; } b; enum { X } c; union switch (int d) { case 0: void; } "
	  "e; };",
	  "s", "struct b:struct a:int c:enum X=0 e:union by d:int 0 -:void" },
	/* names for types: copies, whatever the order */
	{ "typedef b a; typedef c b; struct c { int x; };", "a", "struct x:int" },
	{ "typedef string a<3>; typedef a b;", "b", "string<3>" },
	{ "typedef struct node *list; struct node { int v; list next; };", "node",
	  "struct v:int next:list" },
	{ "typedef struct n { int v; n *next; } m;", "m", "struct v:int next:*n" },
	{ "struct a { b *x; }; struct b { a y<2>; };", "a", "struct x:*b" },
	{ "typedef int t; typedef int t2; typedef t2 x; typedef t2 x;", "x", "int" },
	/* rpcgen's dialect, and others' */
	{ "struct s { unsigned a; long b; unsigned long c; short d; unsigned short e; char f; "
	  "unsigned char g; };",
	  "s", "struct a:unsigned b:int c:unsigned d:int16 e:unsigned16 f:int8 g:unsigned8" },
	{ "struct s { u_int a; u_long b; bool_t c; quad_t d; uint64_t e; int8_t f; netobj g; };",
	  "s", "struct a:u_int b:u_long c:bool_t d:quad_t e:uint64_t f:int8_t g:netobj" },
	{ "typedef unsigned hyper u_int;", "u_int", "uhyper" }, /* its own one wins */
	{ "struct s { struct t a; enum e b; }; struct t { int x; }; enum e { Q };", "s",
	  "struct a:t b:e" },
	{ "enum e { A, B, C = 10, D, };", "e", "enum A=0 B=1 C=10 D=11" },
	{ "enum e { A = 1, B = A, C };", "e", "enum A=1 B=1 C=2" },
	{ "union u switch (int d) { default: void; case 1'0: int a; };", "u",
	  "union by d:int 10 a:int default -:void" },
	{ "union u switch (int d) { case 1: default: void; };", "u",
	  "union by d:int 1 -:void default -:void" },
	{ "union u switch (int d) { case 0: void; } body;", "u", "union by d:int 0 -:void" },
	{ "struct s { string a; };", "s", "struct a:string<>" },
	{ "struct s { string *a<4>; int *b<3>; int *c[2]; };", "s",
	  "struct a:*string<4> b:*int<3> c:*int[2]" },
	{ "struct s { int version; int program; int namespace; int pragma; int class; };", "s",
	  "struct version:int program:int namespace:int pragma:int class:int" },
	{ "namespace a { namespace b { struct s { int x; }; } } struct t { s y; };", "t",
	  "struct y:s" },
	{ "pragma public s; struct s { int x; };", "s", "struct x:int" },
	{ "struct s { int a; };;", "s", "struct a:int" },
	{ "enum { A = 3 }; typedef int t[A];", "t", "int[3]" },
	/* numbers */
	{ "typedef int t[N]; const N = M * 2; const M = 1 + (3 << 2);", "t", "int[26]" },
	{ "const A = 7 - 2 - 1; const B = -A + 2 * 3; typedef int t[A * 10 + B];", "t", "int[42]" },
	{ "typedef opaque t<(8 > 4) + 3>; ", "t", "opaque<4>" },
	{ "typedef opaque t<16 >> 2>; ", "t", "opaque<4>" },
	{ "typedef int t[(~0 & 0xf) | 0x10 ^ 2 % 4 / 1];", "t", "int[31]" },
	{ "typedef int t[(1 == 1) + (1 != 1) + (2 <= 2) + (2 >= 3) + (1 && 0) + (1 || 0) + !5];",
	  "t", "int[3]" },
	{ "typedef int t[1'000];", "t", "int[1000]" },
	{ "typedef int t[16UL];", "t", "int[16]" },
	{ "typedef opaque t<4294967295>;", "t", "opaque<>" },
	{ "typedef int big[1000000000]; typedef big t[1000000000];", "t", "big[1000000000]" },
	/* texts that come as they come */
	{ "\xef\xbb\xbfstruct s { int a; };", "s", "struct a:int" },
	{ "struct s {\r\n int a;\r\n};\r\n", "s", "struct a:int" },
	{ "const A = 1;\rtypedef int s[A];\r", "s", "int[1]" },
	{ "struct s { int a; }; // behind\n// before", "s", "struct a:int" },
	{ "/* a * / still \"' */ // line\n/*\n%not\n*/struct/**/s/* */{int/*\n*/a;/**/};/*/ */ "
	  "/***/",
	  "s", "struct a:int" },
	{ "/* gr\xc3\xb6\xc3\x9f"
	  "e */ struct s { int a; };",
	  "s", "struct a:int" },
	{ "%#include <rpc/rpc.h>\n%/* open\nstruct s { int a; };\n%extern int x;", "s",
	  "struct a:int" },
	{ "struct s { int \\\na; };", "s", "struct a:int" },
	/* sizes that only the C compiler is told */
	{ "%#define SIZE 12\n%#define SIZE2 (SIZE+1) /* more */\n%#define F(a) \\\n\t(a)\n"
	  "struct s { opaque o[SIZE]; int v<SIZE2>; };",
	  "s", "struct o:opaque[12] v:int<13>" },
	{ "%#define X a.b\n%#define Y 'x\n%#define Z 09\n%#define\ntypedef int t[1];", "t",
	  "int[1]" },
	{ "struct s { int a; };\ntypedef struct s s;\ntypedef enum e { A } e;", "s",
	  "struct a:int" },
	{ "const N = B;\nprogram P { version V { void A(string) = 1; void B(void) = 4; } = 1; } = "
	  "9;\n"
	  "typedef int t[N + V];",
	  "t", "int[5]" },
	{ "%#define N 1\nconst N = 2; typedef int t[N];", "t", "int[2]" },
	{ "%#define MAXNETNAMELEN 9\ntypedef int t[MAXNETNAMELEN];", "t", "int[9]" },
	{ "typedef int t[MAXNETNAMELEN];", "t", "int[255]" },
	/* directives */
	{ "#define N 3\n#define M N\n#define O (M + \\\n 1)\ntypedef int t[O];", "t", "int[4]" },
	{ "#define T int\n#define EMPTY\nstruct s { EMPTY T a; };", "s", "struct a:int" },
	{ "#define A B\n#define B A\nstruct s { int A; };", "s", "struct A:int" },
	{ "#ifdef RPC_HDR\n%#define N 4\n#endif\ntypedef int t[N];", "t", "int[4]" },
	{ "#define X 2\n#if defined(X) && X > 1\ntypedef int t[1];\n#elif X\n@\n#else\n"
	  "/* unclosed? no */ $$ \"\n#endif\n",
	  "t", "int[1]" },
	{ "#if 0\n#if 1\n\"x\n#else\n#endif\n$\n#elif !defined Y + UNKNOWN\ntypedef int t[2];\n"
	  "#else\n@\n#endif\n",
	  "t", "int[2]" },
	{ "#ifndef X\n  #  define X\n#endif\n#ifdef X\n#undef X\n#endif\n#ifdef X\n$\n#else\n"
	  "typedef int t[3];\n#endif // X",
	  "t", "int[3]" },
	{ "#include <rpc/types.h>\n#pragma ident \"x\"\n#ident 'x\n# 12 \"x.x\"\n#line 3\n#\n"
	  "typedef int t[4];",
	  "t", "int[4]" },
	{ "#if 0\n%/* open\n#endif\ntypedef int t[5];", "t", "int[5]" },
};

static void test_types(void)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		struct contract *contract = read_contract(types[i].text, strlen(types[i].text), 0);
		char *shown = shown_type(contract, types[i].name);

		CHECK_STR(shown, types[i].shown);
		free(shown);
		contract_close(contract);
	}
}

/* ---- programs ---- */

static void test_programs(void)
{
	static const char text[] =
		"struct k { int a; };\n"
		"program P {\n"
		"  version V1 { int PUT(k key, unsigned value) = 7; string B(opaque b<4>) = 0; } = "
		"1;\n"
		"  version V3 { void A(void) = 1; k *LIST(int, k, string<>) = FIRST + 1; } = 3;\n"
		"  version NONE { } = 0;\n"
		"} = 0x20000001;\n"
		"const FIRST = 1;";
	struct contract *contract = read_contract(text, sizeof(text) - 1, 0);
	const struct contract_program *program = contract_program(contract, 0x20000001);
	const struct contract_procedure *procedure;

	CU_ASSERT_PTR_NOT_NULL_FATAL(program);
	CU_ASSERT(program == contract_program_named(contract, "P"));
	CU_ASSERT_PTR_NULL(contract_program(contract, 1));
	CHECK_INT(program->version_count, 3);
	CHECK_INT(contract_lowest(program), 0);
	CHECK_INT(contract_highest(program), 3);
	CHECK_INT(contract_beyond(program), 8);
	procedure = contract_procedure(contract, 0x20000001, 3, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(procedure);
	CHECK_STR(procedure->name, "LIST");
	CHECK_INT(procedure->result->kind, TYPE_OPTIONAL);
	CHECK_INT(procedure->arguments->member_count, 3);
	CHECK_STR(procedure->arguments->members[1].type->name, "k");
	CHECK_STR(contract_procedure(contract, 0x20000001, 1, 7)->arguments->members[1].name,
		  "value");
	CHECK_INT(contract_procedure(contract, 0x20000001, 3, 1)->arguments->kind, TYPE_VOID);
	CHECK_STR(contract_procedure(contract, 0x20000001, 3, 0)->name, "NULL");
	CHECK_STR(contract_procedure(contract, 0x20000001, 1, 0)->name, "B");
	CU_ASSERT_PTR_NULL(contract_procedure(contract, 0x20000001, 2, 0));
	CU_ASSERT_PTR_NULL(contract_procedure(contract, 0x20000001, 1, 1));
	CHECK_STR(contract_latest(program, 1)->name, "A");
	CHECK_STR(contract_latest(program, 0)->name, "NULL"); /* version 3's */
	CU_ASSERT_PTR_NULL(contract_latest(program, 8));
	contract_close(contract);
}

static void test_constants(void)
{
	static const char text[] = "const A = -9223372036854775808; const B = 0xffffffffffffffff;\n"
				   "const C = \"x y\"; enum e { D };";
	struct contract *contract = read_contract(text, sizeof(text) - 1, 0);

	CHECK_INT(contract->constant_count, 3);
	CHECK_INT(integer_compare(contract->constants[0].value, integer_signed(INT64_MIN)), 0);
	CHECK_INT(integer_compare(contract->constants[1].value, integer_unsigned(UINT64_MAX)), 0);
	CHECK_STR(contract->constants[2].text, "x y");
	CHECK_INT(contract->type_count, 1);
	CHECK_STR(contract->types[0]->name, "e");
	contract_close(contract);
}

/* ---- ours ---- */

static void test_built_in(void)
{
	const struct contract *contract = contract_built_in();
	const struct contract_program *calc = contract_program_named(contract, "CALC_PROG");
	const struct type *status = contract_type(contract, "fileinfo_status");

	CU_ASSERT(contract == contract_built_in());
	CHECK_INT(contract->error_count, 0);
	CHECK_INT(contract->complaint_count, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(calc);
	CHECK_INT(calc->number, 0x2CA1C000);
	CHECK_INT(contract_lowest(calc), 1);
	CHECK_STR(contract_enumerator(status, 20001), "FILEINFO_OUTSIDE");
	CU_ASSERT_PTR_NULL(contract_enumerator(status, 3));
	CU_ASSERT_PTR_NULL(contract_type(contract, "nothing of the kind"));
	CHECK_STR(contract_arm(contract_type(contract, "calc_evaluation"), 3)->name, "position");
	CU_ASSERT_PTR_NULL(contract_arm(contract_type(contract, "calc_evaluation"), 1)->name);
}

/* ---- what is wrong ---- */

static const struct {
	const char *text, *said;
} mistakes[] = {
	{ "struct s {\n\tint a;\n\tnope b;\n};\n",
	  "t.x:3:2: no type named 'nope'\n\tnope b;\n\t^\n" },
	{ "struct s {\n\tint a\n\tint b;\n};",
	  "t.x:2:7: expected ';', not 'int'\n\tint a\n\t     ^\n" },
	{ "/* \xc3\xb6 */ struct s { x a; };", "t.x:1:21: no type named 'x'\n/* \xc3\xb6 */ struct "
					       "s { x a; };\n                   ^\n" },
	{ "struct s { int a; };\n/* open", "t.x:2:1: this comment has no end\n/* open\n^\n" },
	{ "struct s { int a;",
	  "t.x:1:10: this '{' is never closed\nstruct s { int a;\n         ^\n" },
	{ "const \"\033\302\233\";", "t.x:1:7: expected the name of a constant, not '?\?'\n"
				     "const \"??\";\n      ^\n" },
	{ "const A = 1",
	  "t.x:1:12: expected ';', and there is nothing more\nconst A = 1\n           ^\n" },
};

/* Of each, the first line alone. */
static const char *const errors[][2] = {
	{ "enum e { };", "1:10: expected the name of a number, not '}'" },
	{ "enum e { A B };", "1:11: expected ',' or '}', not 'B'" },
	{ "enum e { A = 2147483648 };",
	  "1:10: the number of an enum has 32 bits and a sign: 2147483648" },
	{ "enum e { A, A };", "1:13: there is a constant 'A' already" },
	{ "const A = 1;\r\nconst A = 2;", "2:7: there is a constant 'A' already" },
	{ "struct s { };", "1:12: expected a type, not '}'" },
	{ "struct { int a; };\nstruct s { int a; hyper a; };",
	  "2:25: there is a member a already" },
	{ "struct s { int a; };\nstruct s { int b; };", "2:8: there is a type 's' already" },
	{ "typedef int t; typedef hyper t;", "1:30: there is a type 't' already" },
	{ "struct s { int a[2][3]; };",
	  "1:20: an array has one dimension: use a typedef for the other" },
	{ "struct s { int a[]; };", "1:18: expected a number, or a name for one, not ']'" },
	{ "struct s { int a[-1]; };", "1:18: -1 is no length: one is between 0 and 4294967295" },
	{ "struct s { opaque a<4294967296>; };",
	  "1:21: 4294967296 is no length: one is between 0 and 4294967295" },
	{ "struct s { opaque a; };", "1:20: expected '[' or '<', not ';'" },
	{ "struct s { string a[4]; };", "1:20: expected '<', not '['" },
	{ "struct s { void a; };", "1:12: void has neither a name nor a length" },
	{ "struct s { int; };", "1:15: expected a name, not ';'" },
	{ "struct s { int case; };", "1:16: expected a name, not 'case'" },
	{ "typedef void;", "1:13: expected a type and a name, not ';'" },
	{ "union u switch (int d) { };", "1:26: expected 'case', 'default' or '}', not '}'" },
	{ "union u switch (int d) { case 1: int a; case 1: void; };",
	  "1:46: there is a case 1 already" },
	{ "union u switch (int d) { default: void; default: void; };",
	  "1:41: there is a default already" },
	{ "union u switch (int d) { case 1: int a; case 2: int a; };",
	  "1:53: there is a member a already" },
	{ "union u switch (int d) { case NOPE: int a; };", "1:31: no constant named 'NOPE'" },
	{ "union u switch (bool d) { case 2: int a; };", "1:32: d is never 2" },
	{ "union u switch (unsigned d) { case -1: int a; };", "1:36: d is never -1" },
	{ "union u switch (float d) { case 1: int a; };",
	  "1:7: a union is chosen by an int, an unsigned int, an enum or a bool" },
	{ "union u switch (int d) { case 1 int a; };", "1:33: expected ':', not 'int'" },
	{ "union u { case 1: int a; };", "1:9: expected 'switch', not '{'" },
	{ "struct a { b x; };\nstruct b { a x[2]; };", "1:8: a contains itself" },
	{ "union u switch (int d) { case 0: u x; };", "1:7: u contains itself" },
	{ "typedef a b; typedef b a;", "1:11: 'b' is a name for itself alone" },
	{ "typedef nope a;", "1:14: no type named 'nope'" },
	{ "const A = B; const B = A;", "1:24: 'A' is made of itself" },
	{ "const A = 089;", "1:11: not a whole number of 64 bits: 089" },
	{ "const A = 1.5;", "1:11: not a whole number of 64 bits: 1.5" },
	{ "const A = 18446744073709551616;",
	  "1:11: not a whole number of 64 bits: 18446744073709551616" },
	{ "const A = 0xffffffffffffffff + 1;", "1:30: there is no such number, or not in 64 bits" },
	{ "const A = 1 / 0;", "1:13: there is no such number, or not in 64 bits" },
	{ "const A = 1 << 64;", "1:13: there is no such number, or not in 64 bits" },
	{ "const A = (1;", "1:13: expected ')', not ';'" },
	{ "const T = \"x\"; typedef int t[T];", "1:7: 'T' is text, and no number" },
	{ "const A = \"x;\n", "1:11: this text has no end" },
	{ "program P { version V { void A(void) = 1; } = 1; version W { } = 1; } = 9;",
	  "1:58: there is a version 1 already" },
	{ "program P { version V { void A(void) = 1; int B(int) = 1; } = 1; } = 9;",
	  "1:47: there is a procedure 1 already" },
	{ "program P { version V { void A(void) = 1; int A(int) = 2; } = 1; } = 9;",
	  "1:47: there is a procedure A already" },
	{ "program P { version V { } = 1; } = 9; program Q { version V { } = 1; } = 9;",
	  "1:47: there is a program 9 already" },
	{ "program P { version V { void A(void, int) = 1; } = 1; } = 9;",
	  "1:32: void is no argument beside others" },
	{ "program P { version V { void A(int, void) = 1; } = 1; } = 9;",
	  "1:37: void is no argument beside others" },
	{ "program P { version V { void A(void); } = 1; } = 9;", "1:37: expected '=', not ';'" },
	{ "program P { int a; } = 9;", "1:13: expected 'version' or '}', not 'int'" },
	{ "program P { version V { nope A(void) = 1; } = 1; } = 9;", "1:25: no type named 'nope'" },
	{ "program P { version V { void A(nope) = 1; } = 1; } = 9;", "1:32: no type named 'nope'" },
	{ "program P { version V { opaque A(void) = 1; } = 1; } = 9;",
	  "1:25: opaque bytes need a typedef here" },
	{ "hello;", "1:1: expected a definition, not 'hello'" },
	{ "namespace a { struct s { int x; };", "1:35: a namespace is never closed" },
	{ "struct s { int a\x01; };", "1:17: a contract has no byte 0x01 here" },
	{ "struct s @ { int a; };", "1:10: a contract has no '@' here" },
	{ "#if 1\nstruct s { int a; };", "1:1: this #if has no #endif" },
	{ "#endif", "1:1: there is no #if that this belongs to" },
	{ "#if 0\n#else\n#else\n#endif", "3:1: there is no #if that this belongs to" },
	{ "#if 1 +\n#endif",
	  "1:8: expected a number, or a name for one, and there is nothing more" },
	{ "#if 1 2\n#endif", "1:7: expected the end of the line, not '2'" },
	{ "#define\n", "1:8: expected the name of a macro" },
	{ "#frobnicate it's so\n", "1:2: a directive that is not understood: #frobnicate" },
	{ "#error no\n", "1:2: a directive that is not understood: #error" },
	{ "#define F(a) a\nconst A = F(1);", "2:11: a macro with arguments is not understood: F" },
	{ "#include \"other.x\"\n", "1:10: a text that is no file includes none" },
};

static void test_mistakes(void)
{
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct contract *contract = read_contract(mistakes[i].text,
							  strlen(mistakes[i].text), -EBADMSG);
		char *said = shown_complaints(contract);

		CHECK_STR(said, mistakes[i].said);
		free(said);
		contract_close(contract);
	}
}

static void check_first_error(const struct contract *contract, const char *expected)
{
	char said[240] = "";

	for (size_t i = 0; i < contract->complaint_count; i++) {
		const struct complaint *complaint = &contract->complaints[i];

		if (complaint->note)
			continue;
		snprintf(said, sizeof(said), "%u:%u: %s", complaint->line, complaint->column,
			 complaint->text);
		break;
	}
	CHECK_STR(said, expected);
}

static void test_errors(void)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct contract *contract = read_contract(errors[i][0], strlen(errors[i][0]),
							  -EBADMSG);

		check_first_error(contract, errors[i][1]);
		contract_close(contract);
	}
}

/* A zero byte is none that a contract has, but in a comment. */
static void test_zero_byte(void)
{
	static const char bad[] = "struct s { int a; };\0", good[] = "/*\0*/ struct s { int a; };";
	struct contract *contract = read_contract(bad, sizeof(bad) - 1, -EBADMSG);

	check_first_error(contract, "1:21: a contract has no byte 0x00 here");
	contract_close(contract);
	contract_close(read_contract(good, sizeof(good) - 1, 0));
}

/* One run finds all: each is in a definition of its own, and what is right is read. */
static void test_all_errors(void)
{
	static const char text[] = "struct a { int };\n"
				   "struct b { int x; };\n"
				   "enum c { 5 };\n"
				   "union d switch (int e) { case 1: nope x; };\n"
				   "const F = G;\n"
				   "struct h { int x;\n" /* not closed */
				   "struct i { b x; };\n"
				   "typedef int j[K]\n"
				   "program l { version m { b n(b) = 1 } = 1; } = 1;\n"
				   "const O = 7;\n";
	static const unsigned int lines[] = { 1, 3, 4, 5, 8, 8, 9 };
	struct contract *contract = read_contract(text, sizeof(text) - 1, -EBADMSG);
	size_t found = 0;

	for (size_t i = 0; i < contract->complaint_count; i++) {
		unsigned int line = contract->complaints[i].line;

		if (found < COUNT(lines) && line == lines[found])
			found++;
		else if (line != 7 && line != 6)
			CHECK_INT(line, found < COUNT(lines) ? lines[found] : 0);
	}
	CHECK_INT(found, COUNT(lines));
	CU_ASSERT_PTR_NOT_NULL(contract_type(contract, "b"));
	CHECK_INT(contract->constants[contract->constant_count - 1].value.low, 7);
	contract_close(contract);
}

/* Notes are none of them. */
static void test_notes(void)
{
	static const char *const notes[][2] = {
		{ "struct s { string a; };",
		  "1:12: a string without <> is taken as one with them" },
		{ "union u switch (int d) { case 0: void; } body;",
		  "1:42: a name behind a definition means nothing" },
		{ "union u switch (hyper d) { case 5: int a; default: void; };",
		  "1:7: RFC 4506 has no union that is chosen by a hyper" },
		{ "enum e { A }; union u switch (e d) { case 5: int a; };",
		  "1:43: e has no name for 5" },
	};

	for (size_t i = 0; i < COUNT(notes); i++) {
		struct contract *contract = read_contract(notes[i][0], strlen(notes[i][0]), 0);
		char said[200];

		CHECK_INT(contract->complaint_count, 1);
		CU_ASSERT(contract->complaints[0].note);
		snprintf(said, sizeof(said), "%u:%u: %s", contract->complaints[0].line,
			 contract->complaints[0].column, contract->complaints[0].text);
		CHECK_STR(said, notes[i][1]);
		contract_close(contract);
	}
}

/* ---- texts that mean no good ---- */

/* `begin`, then `middle` so many times (@ is its number, ~ the next one's), then `end`. */
static char *repeat_text(const char *begin, const char *middle, size_t times, const char *end)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fputs(begin, to);
	for (size_t i = 0; i < times; i++)
		for (const char *c = middle; *c; c++)
			if (*c == '@')
				fprintf(to, "%zu", i);
			else if (*c == '~')
				fprintf(to, "%zu", i + 1);
			else
				putc(*c, to);
	fputs(end, to);
	fclose(to);
	return text;
}

/* All end soon, as an error or as what they are. */
static void test_bombs(void)
{
	static const struct {
		const char *begin, *middle;
		size_t times;
		const char *end;
		int added, resolved;
	} bombs[] = {
		{ "const A = ", "(", 100000, "1;", 0, -EBADMSG },
		{ "const A = ", "-", 100000, "1;", 0, -EBADMSG },
		{ "const A = 1", "+1", 100000, ";", 0, 0 },
		{ "const B = 1; const A = 1", "+B", 100000, ";", 0, -EBADMSG },
		{ "", "struct s@ { ", 20000, "int a;", 0, -EBADMSG },
		{ "", "struct s@ { s~ a; };", 20000, "struct s20000 { int a; };", 0, -EBADMSG },
		{ "", "typedef s~ s@;", 20000, "typedef int s20000;", 0, 0 },
		{ "", "typedef s~ s@[2];", 20000, "typedef int s20000;", 0, -EBADMSG },
		{ "", "const c@ = c~;", 20000, "const c20000 = 1;", 0, -EBADMSG },
		{ "enum e { a", ", a@", 20000, " }; const A = a19999;", 0, 0 },
		{ "struct s { ", "int a; ", 20000, "};", 0, -EBADMSG },
		{ "", "#if 1\n", 100000, "", 0, -EBADMSG },
		{ "", "nope;\n", 100000, "", 0, -EBADMSG },
		{ "", "/", 1000000, "", 0, 0 },
		{ "#define X", "", 1, " 1\ntypedef int t[X];", 0, 0 },
	};

	for (size_t i = 0; i < COUNT(bombs); i++) {
		char *text = repeat_text(bombs[i].begin, bombs[i].middle, bombs[i].times,
					 bombs[i].end);
		struct contract *contract = contract_open();

		CHECK_INT(contract_add(contract, "bomb.x", text, strlen(text)), bombs[i].added);
		CHECK_THAT(contract_resolve(contract) == bombs[i].resolved,
			   "bomb %zu: %zu errors: %s", i, contract->error_count,
			   contract->complaint_count ? contract->complaints[0].text : "none");
		CU_ASSERT(contract->complaint_count <= 100);
		contract_close(contract);
		free(text);
	}
}

/* Macros that make 2^40 tokens of forty lines. */
static void test_macro_bomb(void)
{
	char *text = repeat_text("", "#define m@ m~ m~\n", 40, "#define m40 x\nconst A = m0;");
	struct contract *contract = contract_open();

	CHECK_INT(contract_add(contract, "bomb.x", text, strlen(text)), -EFBIG);
	CHECK_INT(contract_resolve(contract), -EBADMSG);
	check_first_error(contract, "42:11: here it has become too much to read");
	contract_close(contract);
	free(text);
}

static void test_too_long(void)
{
	char *text = calloc(1, CONTRACT_MAX_TEXT + 1);
	struct contract *contract = contract_open();

	memset(text, '\n', CONTRACT_MAX_TEXT + 1);
	CHECK_INT(contract_add(contract, "t.x", text, CONTRACT_MAX_TEXT + 1), -EFBIG);
	CHECK_INT(contract_add(contract, "t.x", text, CONTRACT_MAX_TEXT), 0);
	CHECK_INT(contract_resolve(contract), 0);
	contract_close(contract);
	free(text);
}

/* ---- several texts, and files ---- */

static void test_several(void)
{
	static const char one[] = "struct a { b x; };\n#ifdef MORE\n typedef int c[MORE];\n#endif",
			  other[] = "struct b { int y[N]; };";
	struct contract *contract = contract_open();
	char *shown;

	CHECK_INT(contract_define(contract, "MORE", "2 + N"), 0);
	CHECK_INT(contract_define(contract, "N", "3"), 0);
	CHECK_INT(contract_add(contract, "one.x", one, sizeof(one) - 1), 0);
	CHECK_INT(contract_add(contract, "other.x", other, sizeof(other) - 1), 0);
	CHECK_INT(contract_resolve(contract), 0);
	shown = shown_type(contract, "c");
	CHECK_STR(shown, "int[5]");
	free(shown);
	shown = shown_type(contract, "b");
	CHECK_STR(shown, "struct y:int[3]");
	free(shown);
	contract_close(contract);
}

static void write_file(const char *directory, const char *name, const char *text, char *path,
		       size_t size)
{
	FILE *file;

	snprintf(path, size, "%s/%s", directory, name);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

static void test_files(void)
{
	char directory[] = "/tmp/sidecall-contract-XXXXXX", path[128], other[128], expected[200];
	struct contract *contract;

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	write_file(directory, "inner.x", "struct b { nope x; };", other, sizeof(other));
	write_file(directory, "outer.x", "#include \"inner.x\"\nstruct a { b one; };", path,
		   sizeof(path));
	contract = contract_open();
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), -EBADMSG);
	CHECK_INT(contract->error_count, 1);
	CHECK_STR(contract->complaints[0].file, other);
	CU_ASSERT_PTR_NOT_NULL(contract_type(contract, "a"));
	contract_close(contract);

	write_file(directory, "self.x", "#include \"self.x\"\n", path, sizeof(path));
	contract = contract_open();
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), -EBADMSG);
	CHECK_INT(contract->error_count, 1);
	CHECK_STR(contract->complaints[0].text, "files include each other without an end");
	contract_close(contract);

	write_file(directory, "lacking.x", "\n #include \"none.x\"\n", path, sizeof(path));
	contract = contract_open();
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), -EBADMSG);
	CHECK_INT(contract->complaints[0].line, 2);
	snprintf(expected, sizeof(expected), "cannot read %s/none.x: No such file or directory",
		 directory);
	CHECK_STR(contract->complaints[0].text, expected);
	contract_close(contract);

	contract = contract_open();
	CHECK_INT(contract_add_file(contract, directory), -EISDIR);
	CHECK_INT(contract_add_file(contract, "/dev/null"), 0);
	CHECK_INT(contract_add_file(contract, "/dev/zero"), -EFBIG);
	CHECK_INT(contract_add_file(contract, "/nowhere.x"), -ENOENT);
	contract_close(contract);
	remove_tree(directory);
}

/* What a shell makes of <(...): it does not say how long it is.  An include is no such thing. */
static void test_pipes(void)
{
	struct contract *contract = contract_open();
	char path[64], *text = NULL;
	size_t size;
	FILE *long_text = open_memstream(&text, &size);
	int pipe_ends[2];

	for (int i = 0; i < 6000; i++)
		fprintf(long_text, "const C%d = %d;\n", i, i);
	fclose(long_text);
	CU_ASSERT_EQUAL_FATAL(pipe2(pipe_ends, O_CLOEXEC), 0);
	fcntl(pipe_ends[1], F_SETPIPE_SZ, 1 << 20);
	CHECK_INT(write(pipe_ends[1], text, size), size);
	close(pipe_ends[1]);
	free(text);
	snprintf(path, sizeof(path), "/dev/fd/%d", pipe_ends[0]);
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), 0);
	CHECK_INT(contract->constant_count, 6000);
	close(pipe_ends[0]);
	contract_close(contract);
}

static void test_include_of_device(void)
{
	char directory[] = "/tmp/sidecall-contract-XXXXXX", path[128];
	struct contract *contract = contract_open();

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	write_file(directory, "device.x", "#include \"/dev/zero\"\n", path, sizeof(path));
	CHECK_INT(contract_add_file(contract, path), 0);
	CHECK_INT(contract_resolve(contract), -EBADMSG);
	CHECK_STR(contract->complaints[0].text, "cannot read /dev/zero: Invalid argument");
	contract_close(contract);
	remove_tree(directory);
}

/* A file that includes itself twice: the bytes of what is included count, or it would take all the
 * memory there is. */
static void test_include_bomb(void)
{
	char directory[] = "/tmp/sidecall-contract-XXXXXX", text[512], path[128];
	struct contract *contract = contract_open();

	CU_ASSERT_PTR_NOT_NULL_FATAL(harness_directory(directory));
	snprintf(text, sizeof(text), "/*%400s*/\n#include \"twice.x\"\n#include \"twice.x\"\n", "");
	write_file(directory, "twice.x", text, path, sizeof(path));
	CHECK_INT(contract_add_file(contract, path), -EFBIG);
	CHECK_THAT(contract->error_count < 200000, "%zu includes too many",
		   (size_t)contract->error_count);
	contract_close(contract);
	remove_tree(directory);
}

/* To use a macro takes memory while it is read, and no longer. */
static void test_macro_memory(void)
{
	enum { USES = 200000 };
	static char text[2 * USES + 32];
	struct contract *contract = contract_open();
	size_t before = mallinfo2().uordblks, length, more;

	length = (size_t)sprintf(text, "#define A ;\n");
	for (int i = 0; i < USES; i++)
		length += (size_t)sprintf(text + length, "A ");
	CHECK_INT(contract_add(contract, "many.x", text, length), 0);
	more = mallinfo2().uordblks - before;
	CHECK_THAT(more < 4 << 20, "%zu bytes", more);
	contract_close(contract);
}

int main(void)
{
	static const struct test tests[] = {
		{ "every type, as RFC 4506 and as others write it", test_types },
		{ "programs, versions and procedures", test_programs },
		{ "constants", test_constants },
		{ "our own contract", test_built_in },
		{ "a mistake, its line and a caret", test_mistakes },
		{ "every mistake in its place", test_errors },
		{ "zero bytes", test_zero_byte },
		{ "one run finds all mistakes", test_all_errors },
		{ "notes", test_notes },
		{ "texts that mean no good", test_bombs },
		{ "macros that mean no good", test_macro_bomb },
		{ "texts that are too long", test_too_long },
		{ "several texts in one scope", test_several },
		{ "files, and files in files", test_files },
		{ "what comes through a pipe", test_pipes },
		{ "a device that is included", test_include_of_device },
		{ "files that mean no good", test_include_bomb },
		{ "macros that are used often", test_macro_memory },
		{ NULL, NULL },
	};

	return harness_run("contract", tests);
}
