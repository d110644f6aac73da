/* The table of the calculator's calls: each is answered as sidecalld answers it. */
#include "check/calc_cases.h"

#include "check/calc_long.h"
#include "check/registers.h"

#define CONTRACT "idl/calc.x and docs/contract.md"

#define HIGHEST "9223372036854775807"
#define LOWEST  "-9223372036854775808"

/* A call by words, and one by what stands behind its id. */
#define CALL(...) .words = (const char *const[]){ __VA_ARGS__, NULL }, EQUAL
#define EQUAL     .equal = true, .passes = CHECK_SUCCESS, .length = 8
#define REFUSED   .equal = true, .passes = CHECK_SUCCESS | CHECK_GARBAGE_ARGS, .length = 8

#define WIDTH                                                                                      \
	"Most likely a number is little-endian, has four bytes (a hyper has eight), or is "        \
	"without its sign."
#define TOO_LATE                                                                                   \
	"Most likely the result is computed first and looked at then: in C that is too late, and " \
	"Python's integers never overflow. Ask before (__builtin_add_overflow() does), or hold "   \
	"the result against both limits."
#define TRUNCATES                                                                                  \
	"Most likely the quotient is rounded down, as Python's // does: it is cut toward zero."
#define TRAPS                                                                                      \
	"Most likely the processor divides: INT64_MIN / -1 ends the process by SIGFPE, as a "      \
	"division by zero does. Ask before."
#define GRAMMAR                                                                                    \
	"Most likely precedence or associativity: -2^2 is -4, 2^3^2 is 2^(3^2), 10-4-3 is "        \
	"(10-4)-3."
#define POSITION                                                                                   \
	"Most likely the position is counted from 1, or is where the reader stopped: it is the "   \
	"offset, from 0, of the first byte that does not fit, or the length."
#define FINITE                                                                                     \
	"Most likely only the result is looked at: each value on the way has to be finite. And "   \
	"syntax comes first."
#define EXACT                                                                                      \
	"Most likely the sum overflows on the way, or is a double: add in 128 bits, and look at "  \
	"the end."
#define CLOSE                                                                                      \
	"Most likely the deviation is the mean of the squares less the square of the mean: take "  \
	"the squares of the differences from the mean."

/* Of two rows each. */
#define MOST_VALUES                                                                                \
	"There may be 4,096 numbers: 32 KiB.", CONTRACT,                                           \
		"Most likely a buffer is too small, or one read was taken for all of it.",         \
		.build = build_most_values, EQUAL, .doubles = 2
#define TOO_MANY_VALUES                                                                            \
	"4,097 are refused: status 3, or GARBAGE_ARGS.", CONTRACT,                                 \
		"Most likely the contract's bound is not looked at.",                              \
		.build = build_too_many_values, REFUSED

/* clang-format off */
const struct check_case check_calc_cases[] = {
	{ "add", CHECK_ANYWHERE, "40 + 2 is 42.", CONTRACT, WIDTH, CALL("add", "40", "2"), MAY_DENY },
	{ "add-negative", CHECK_ANYWHERE, "-40 + -2 is -42.", CONTRACT, WIDTH,
	  CALL("add", "-40", "-2"), MAY_DENY },
	{ "add-large", CHECK_ANYWHERE, "The highest number and the lowest are -1 together.", CONTRACT,
	  WIDTH, CALL("add", HIGHEST, LOWEST), MAY_DENY },
	{ "add-overflow", CHECK_ANYWHERE, "A sum above 64 bits is no result: OVERFLOW.", CONTRACT,
	  TOO_LATE, CALL("add", HIGHEST, "1"), MAY_DENY },
	{ "add-underflow", CHECK_ANYWHERE, "A sum below 64 bits is no result: OVERFLOW.", CONTRACT,
	  TOO_LATE, CALL("add", LOWEST, "-1"), MAY_DENY },
	{ "subtract", CHECK_ANYWHERE, "40 - -2 is 42.", CONTRACT, WIDTH, CALL("subtract", "40", "-2"), MAY_DENY },
	{ "subtract-lowest", CHECK_ANYWHERE, "-1 less the lowest number is the highest.", CONTRACT,
	  "Most likely the second number is negated and added: the lowest cannot be negated.",
	  CALL("subtract", "-1", LOWEST), MAY_DENY },
	{ "subtract-overflow", CHECK_ANYWHERE, "0 less the lowest number: OVERFLOW.", CONTRACT, TOO_LATE,
	  CALL("subtract", "0", LOWEST), MAY_DENY },
	{ "subtract-underflow", CHECK_ANYWHERE, "The lowest number less 1: OVERFLOW.", CONTRACT,
	  TOO_LATE, CALL("subtract", LOWEST, "1"), MAY_DENY },
	{ "multiply", CHECK_ANYWHERE, "6 * -7 is -42.", CONTRACT, WIDTH, CALL("multiply", "6", "-7"), MAY_DENY },
	{ "multiply-large", CHECK_ANYWHERE, "A product has all its figures.", CONTRACT,
	  "Most likely the product is computed as a double, or in 32 bits.",
	  CALL("multiply", "3037000499", "3037000499"), MAY_DENY },
	{ "multiply-overflow", CHECK_ANYWHERE, "A product above 64 bits: OVERFLOW.", CONTRACT, TOO_LATE,
	  CALL("multiply", "3037000500", "3037000500"), MAY_DENY },
	{ "multiply-lowest", CHECK_ANYWHERE, "The lowest number times -1: OVERFLOW.", CONTRACT, TOO_LATE,
	  CALL("multiply", LOWEST, "-1"), MAY_DENY },
	{ "divide", CHECK_ANYWHERE, "84 / 2 is 42.", CONTRACT, "Most likely the operands are exchanged.",
	  CALL("divide", "84", "2"), MAY_DENY },
	{ "divide-truncates", CHECK_ANYWHERE, "-7 / 2 is -3.", CONTRACT, TRUNCATES,
	  CALL("divide", "-7", "2"), MAY_DENY },
	{ "divide-by-negative", CHECK_ANYWHERE, "7 / -2 is -3.", CONTRACT, TRUNCATES,
	  CALL("divide", "7", "-2"), MAY_DENY },
	{ "divide-large", CHECK_ANYWHERE, "A quotient has all its figures.", CONTRACT,
	  "Most likely the quotient is computed as a double, as Python's / does.",
	  CALL("divide", HIGHEST, "-1"), MAY_DENY },
	{ "divide-by-zero", CHECK_RPC, "84 / 0 is a result: SUCCESS, and DIVIDE_BY_ZERO in it.", CONTRACT,
	  TRAPS, CALL("divide", "84", "0"), MAY_DENY },
	{ "divide-zero-by-zero", CHECK_ANYWHERE, "0 / 0: DIVIDE_BY_ZERO.", CONTRACT, TRAPS,
	  CALL("divide", "0", "0"), MAY_DENY },
	{ "divide-overflow", CHECK_ANYWHERE, "The lowest number / -1: OVERFLOW.", CONTRACT, TRAPS,
	  CALL("divide", LOWEST, "-1"), MAY_DENY },

	{ "evaluate", CHECK_ANYWHERE, "1/4 is 0.25: a string comes, a double goes.", CONTRACT,
	  "Most likely the string is read as another protocol has it (by XDR it is padded, in raw "
	  "messages it is not, and it never ends in a zero byte). Or the double is little-endian, or "
	  "a float.",
	  CALL("evaluate", "1/4"), MAY_LACK },
	{ "evaluate-precedence", CHECK_ANYWHERE, "* and / come before + and -.", CONTRACT, GRAMMAR,
	  CALL("evaluate", "2*(3+4)-10/4"), MAY_LACK },
	{ "evaluate-left", CHECK_ANYWHERE, "- and / go from left to right.", CONTRACT, GRAMMAR,
	  CALL("evaluate", "10-4-3+100/10/5"), MAY_LACK },
	{ "evaluate-minus", CHECK_ANYWHERE, "A minus may stand in front, also of a minus.", CONTRACT,
	  "Most likely it is taken in front of figures alone, or once.",
	  CALL("evaluate", "2*-3-(-(4)--5)"), MAY_LACK },
	{ "evaluate-numbers", CHECK_ANYWHERE, "1. and .5 and 1.e2 are numbers.", CONTRACT,
	  "Most likely figures are asked for on both sides of the point.",
	  CALL("evaluate", "1.+.5+1.e2"), MAY_LACK },
	{ "evaluate-blanks", CHECK_ANYWHERE, "Blanks and tabs may stand between two tokens.", CONTRACT,
	  "Most likely they are passed over in some places only.",
	  CALL("evaluate", "  ( 1 +\t2 ) * - 3 "), MAY_LACK },
	{ "evaluate-power", CHECK_ANYWHERE, "^ comes before *.", CONTRACT, GRAMMAR,
	  CALL("evaluate", "2*3^2"), MAY_KNOW_LESS },
	{ "evaluate-right", CHECK_ANYWHERE, "^ goes from right to left.", CONTRACT, GRAMMAR,
	  CALL("evaluate", "2^3^2"), MAY_KNOW_LESS },
	{ "evaluate-power-minus", CHECK_ANYWHERE, "A minus binds looser than ^, on its left.", CONTRACT,
	  GRAMMAR, CALL("evaluate", "-2^2+2^-1*--3"), MAY_KNOW_LESS },
	{ "evaluate-remainder", CHECK_ANYWHERE, "% is C's fmod: -7%4 is -3.", CONTRACT,
	  "Most likely the remainder has the divisor's sign, as Python's % has.",
	  CALL("evaluate", "-7%4+7%4%2"), MAY_KNOW_LESS },
	{ "evaluate-functions", CHECK_ANYWHERE, "Functions take what is in parentheses.", CONTRACT,
	  "Most likely one of them is missing: sqrt abs floor ceil round exp ln log10 sin cos tan "
	  "min max.",
	  CALL("evaluate", "sqrt(144)+abs(-3.5)+floor(-1.5)+ceil(-1.5)+exp(0)+ln(1)+log10(1000)"
			   "+sin(0)+cos(0)+tan(0)+min(3,1,2)+max(3,1,2)"), MAY_KNOW_LESS },
	{ "evaluate-round", CHECK_ANYWHERE, "round takes halves away from zero.", CONTRACT,
	  "Most likely halves go to the even number, as Python's round() has it.",
	  CALL("evaluate", "round(2.5)+10*round(-2.5)"), MAY_KNOW_LESS },
	{ "evaluate-constants", CHECK_ANYWHERE, "pi and e are known, in double's precision.", CONTRACT,
	  "Most likely they are written down with too few figures.", CALL("evaluate", "pi*e"),
	  .doubles = 1, MAY_KNOW_LESS },
	{ "evaluate-libm", CHECK_ANYWHERE, "Values may differ in their last figure.", CONTRACT,
	  "Most likely a float is computed: take a double.",
	  CALL("evaluate", "sin(1)+exp(1)+ln(2)+sqrt(2)+2^.5"), .doubles = 1, MAY_KNOW_LESS },
	{ "evaluate-empty", CHECK_ANYWHERE, "Nothing is SYNTAX at 0.", CONTRACT, POSITION,
	  CALL("evaluate", ""), MAY_LACK },
	{ "evaluate-cut", CHECK_ANYWHERE, "1+ is SYNTAX at 2, its length.", CONTRACT, POSITION,
	  CALL("evaluate", "1+"), MAY_LACK },
	{ "evaluate-name", CHECK_ANYWHERE, "An unknown name is SYNTAX where it begins.", CONTRACT,
	  POSITION, CALL("evaluate", "1+xyz"), MAY_LACK },
	{ "evaluate-plus", CHECK_ANYWHERE, "There is no unary plus: SYNTAX at 0.", CONTRACT, POSITION,
	  CALL("evaluate", "+1"), MAY_LACK },
	{ "evaluate-behind", CHECK_ANYWHERE, "What stands behind an expression is SYNTAX.", CONTRACT,
	  POSITION, CALL("evaluate", "1 2"), MAY_LACK },
	{ "evaluate-open", CHECK_ANYWHERE, "A parenthesis that is not closed is SYNTAX.", CONTRACT,
	  POSITION, CALL("evaluate", "(1+2"), MAY_LACK },
	{ "evaluate-closed", CHECK_ANYWHERE, "One that was not opened is SYNTAX, too.", CONTRACT,
	  POSITION, CALL("evaluate", "1+2)"), MAY_LACK },
	{ "evaluate-by-zero", CHECK_ANYWHERE, "1/0 is DOMAIN.", CONTRACT, FINITE,
	  CALL("evaluate", "1/0"), MAY_LACK },
	{ "evaluate-root", CHECK_ANYWHERE, "The root of -1 is DOMAIN.", CONTRACT, FINITE,
	  CALL("evaluate", "sqrt(-1)"), MAY_KNOW_LESS },
	{ "evaluate-on-the-way", CHECK_ANYWHERE, "1/(1/0) is DOMAIN, not 0.", CONTRACT, FINITE,
	  CALL("evaluate", "1/(1/0)"), MAY_LACK },
	{ "evaluate-too-large", CHECK_ANYWHERE, "1e308*10 is DOMAIN, not infinite.", CONTRACT, FINITE,
	  CALL("evaluate", "1e308*10"), MAY_LACK },
	{ "evaluate-syntax-first", CHECK_ANYWHERE, "1/0+ is SYNTAX at 4.", CONTRACT, FINITE,
	  CALL("evaluate", "1/0+"), MAY_LACK },
	{ "evaluate-longest", CHECK_ANYWHERE, "An expression has up to 1,024 bytes.", CONTRACT,
	  "Most likely the buffer is too small, or the recursion too deep: chains of - do not nest.",
	  .build = build_longest, EQUAL, MAY_LACK },
	{ "evaluate-too-long", CHECK_ANYWHERE, "One of 1,025 bytes is refused: status 3, or GARBAGE_ARGS.", CONTRACT,
	  "Most likely the contract's bound is not looked at.", .build = build_too_long, REFUSED,
	  MAY_LACK },
	{ "evaluate-deepest", CHECK_ANYWHERE, "64 parentheses may be open.", CONTRACT,
	  "Most likely the bound is off by one.", .build = build_deepest, EQUAL, MAY_LACK },
	{ "evaluate-too-deep", CHECK_ANYWHERE, "The 65th does not fit: SYNTAX at 64.", CONTRACT,
	  "Most likely nothing bounds the recursion: a longer one ends the process.",
	  .build = build_too_deep, EQUAL, MAY_LACK },

	{ "summarize", CHECK_ANYWHERE, "1, 2, 3: an array comes, a struct goes.", CONTRACT,
	  "Most likely the count has two bytes (an array's has four), or the fields' order is not "
	  "the contract's: count, sum, minimum, maximum, mean, deviation.",
	  CALL("summarize", "1", "2", "3"), .doubles = 2, MAY_LACK },
	{ "summarize-one", CHECK_ANYWHERE, "Of one number the deviation is 0.", CONTRACT,
	  "Most likely the sum of squares is divided by one less than the count: the deviation is "
	  "the population's.",
	  CALL("summarize", "-5"), .doubles = 2, MAY_LACK },
	{ "summarize-nothing", CHECK_ANYWHERE, "Without numbers: DOMAIN.", CONTRACT,
	  "Most likely the sum is divided by a count of 0.", .sends = "0001 0006 00000000", EQUAL,
	  MAY_LACK },
	{ "summarize-exact", CHECK_ANYWHERE, "Only the final sum has to fit.", CONTRACT, EXACT,
	  CALL("summarize", HIGHEST, "1", "-1"), .doubles = 2, MAY_LACK },
	{ "summarize-extremes", CHECK_ANYWHERE, "The highest and the lowest: -1, and -0.5.", CONTRACT,
	  EXACT, CALL("summarize", HIGHEST, LOWEST), .doubles = 2, MAY_LACK },
	{ "summarize-overflow", CHECK_ANYWHERE, "A sum that does not fit: OVERFLOW.", CONTRACT, EXACT,
	  CALL("summarize", HIGHEST, "1"), MAY_LACK },
	{ "summarize-close", CHECK_ANYWHERE,
	  "Numbers that are large and close together lose no figures.", CONTRACT, CLOSE,
	  CALL("summarize", "1000000000000001", "1000000000000002", "1000000000000003"),
	  .doubles = 2, MAY_LACK },
	{ "summarize-most", CHECK_STREAMS | CHECK_RAW_DATAGRAMS, MOST_VALUES, MAY_LACK },
	{ "summarize-most", CHECK_RPC_DATAGRAMS, MOST_VALUES,
	  .differs = LACKING | CHECK_GARBAGE_ARGS | CHECK_UNANSWERED, MAY_BE_LONG },
	{ "summarize-too-many", CHECK_STREAMS | CHECK_RAW_DATAGRAMS, TOO_MANY_VALUES, MAY_LACK },
	{ "summarize-too-many", CHECK_RPC_DATAGRAMS, TOO_MANY_VALUES,
	  .differs = LACKING | CHECK_UNANSWERED, MAY_BE_LONG },

	{ "accumulate", CHECK_ANYWHERE, "A register is made at 0 and keeps its total.", CONTRACT,
	  "Most likely registers are lost between two calls, or the string in front of the number "
	  "is read as another protocol has it: by XDR it is padded, in raw messages it is not.",
	  .run = run_register, .passes = CHECK_SUCCESS, MAY_REPEAT },
	{ "accumulate-overflow", CHECK_ANYWHERE, "A total that does not fit is OVERFLOW, and stays.",
	  CONTRACT, TOO_LATE, .run = run_full_register, .passes = CHECK_SUCCESS, MAY_REPEAT },
	{ "accumulate-others", CHECK_SHARED, "All clients have the same registers.", CONTRACT,
	  "Most likely each connection has registers of its own, or each client a process.",
	  .run = run_shared_register, .passes = CHECK_SUCCESS, MAY_LACK },
	{ "accumulate-too-long", CHECK_ANYWHERE, "A name of 33 bytes is refused: status 3, or GARBAGE_ARGS.", CONTRACT,
	  "Most likely the contract's bound is not looked at.",
	  .sends = "0001 0007 0021 6161616161616161 6161616161616161 6161616161616161 "
		   "6161616161616161 61 0000000000000001",
	  REFUSED, MAY_LACK },
	{ 0 },
};
/* clang-format on */
