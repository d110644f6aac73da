/* What the raw protocol holds a server to (docs/protocol.md): for servers written by hand. */
#include "check/check.h"
#include "check/calc_cases.h"
#include "check/fragments.h"
#include "check/input_ends.h"
#include "check/meeting.h"
#include "check/openings.h"
#include "check/several.h"

#define FRAMES  "docs/protocol.md, \"On a byte stream\""
#define HEADERS "docs/protocol.md, \"raw\""
#define TYPES   "docs/protocol.md, \"raw\""
#define PIPES   "docs/pipe.md"
#define FIFOS   "docs/fifo.md"
#define LATE    "Most likely one read was taken for one message: read on until all of it is there."
#define BOUNDS                                                                                     \
	"Most likely a length is believed: hold it against what is left before you read by it."

#define ONE "0000000000000001"
#define TWO "0000000000000002"

/* A message that is answered; and one that is not, from which byte on. */
#define ANSWERED(call, reply)                                                                      \
	.sends = call, .expects = reply, .passes = CHECK_SUCCESS, .at = 4, .length = 4
#define DROPPED(call) .sends = call, .passes = CHECK_UNANSWERED | CHECK_CLOSED, .at = 4, .length = 2

/* clang-format off */
const struct check_case check_raw_cases[] = {
	{ "answered-at-once", CHECK_PIPES, "A call is answered while the input goes on.", PIPES,
	  "Most likely the server reads on before it answers.",
	  .run = run_answered_at_once, .passes = CHECK_SUCCESS },
	{ "no-input", CHECK_PIPES,
	  "Without a call nothing is written, and the server ends with its input.", PIPES,
	  "Most likely standard output has more than replies: print to standard error. Or the end "
	  "is not seen: a read that returns 0 is tried again, or an end of a pipe is left open, in "
	  "the server or in a process that it started.",
	  .run = run_no_input, .passes = CHECK_ENDED },
	{ "input-ends", CHECK_PIPES, "The server ends with its input, by status 0.", PIPES,
	  "Most likely a read that returns 0, which is the end, is tried again; or taken for an "
	  "error. Or a process that the server started keeps it waiting.",
	  .run = run_input_ends, .passes = CHECK_ENDED },
	{ "call-then-end", CHECK_PIPES, "A call is answered, though the input ends behind it.", PIPES,
	  "Most likely the end of the input ends the server before it has answered.",
	  .run = run_call_then_end, .passes = CHECK_SUCCESS },
	{ "half-call-then-end", CHECK_PIPES,
	  "An end within a call ends the server, by any status; the call is not answered.", PIPES,
	  "Most likely the loop that reads on until all of a message is there does not look for "
	  "the end.",
	  .run = run_half_call_then_end, .passes = CHECK_ENDED_ANYHOW },
	{ "welcome", CHECK_FIFOS,
	  "A greeting is written back into the client's replies; the client opens its calls then, "
	  "as late as it likes.",
	  FIFOS, MEETING_NO_CALLS, .run = run_calls_late, .passes = CHECK_SUCCESS, .opens = true },
	{ "calls-opened-at-once", CHECK_FIFOS,
	  "The server has the calls open before it writes the greeting back.", FIFOS,
	  MEETING_NO_CALLS, .run = run_calls_at_once, .passes = CHECK_SUCCESS, .opens = true },
	{ "last-client-leaves", CHECK_FIFOS, "A server goes on when its last client has left.", FIFOS,
	  MEETING_NO_READER, .run = run_last_leaves, .passes = CHECK_SUCCESS },
	{ "calls-opened-first", CHECK_FIFOS, "A client may open its calls before it greets.", FIFOS,
	  "Most likely the server counts on the order of a client that it was tried with.",
	  .run = run_calls_first, .passes = CHECK_SUCCESS, .opens = true },
	{ "greets-and-leaves", CHECK_FIFOS, "A client that leaves behind its greeting harms no one.",
	  FIFOS,
	  "Most likely to open its pipes fails, or waits for ever, or SIGPIPE ends the server: open "
	  "with O_NONBLOCK, look at errors, ignore SIGPIPE.",
	  .run = run_greets_and_leaves, .passes = CHECK_SUCCESS, .opens = true },
	{ "no-greeting", CHECK_FIFOS, "What is no greeting is passed over, up to the next newline.",
	  FIFOS, "Most likely what one read returns is taken for one greeting: look for its line.",
	  .run = run_no_greeting, .passes = CHECK_SUCCESS, .opens = true },
	{ "null", CHECK_ANYWHERE, "null takes nothing and returns nothing.", HEADERS,
	  "Most likely the server waits for more: a header of 8 bytes, on a stream with its length "
	  "in front, is all of it. Or it is busy with a client that has left: a read of 0 is the end.",
	  ANSWERED("0001 0000", "80000000") },
	{ "id", CHECK_ANYWHERE, "A reply begins with the id of its call, whatever it is.", HEADERS,
	  "Most likely the server counts by itself: copy the four bytes.",
	  .run = run_xids, .passes = CHECK_SUCCESS },
	{ "divide-by-zero", CHECK_ANYWHERE,
	  "84 / 0 is a result, too: status OK in the header, DIVIDE_BY_ZERO in the result.", TYPES,
	  "Most likely the two statuses are taken for one: a result with a failure has no value. Or "
	  "the division ends the process: SIGFPE.",
	  ANSWERED("0001 0004 0000000000000054 0000000000000000", "80040000 0001") },
	{ "version-unknown", CHECK_ANYWHERE, "Another version is refused: status 1.", HEADERS,
	  "A newer client learns by it that the server is older.",
	  ANSWERED("0002 0000", "80000001") },
	{ "operation-unknown", CHECK_ANYWHERE, "An unknown operation is refused: status 2.",
	  HEADERS, "A newer client learns by it that the server is older.",
	  ANSWERED("0001 0063", "80630002") },
	{ "version-first", CHECK_ANYWHERE,
	  "The version is looked at before the operation: status 1, also where neither is known.",
	  HEADERS,
	  "Most likely the operation is looked up first: what its number means, the version says.",
	  ANSWERED("0002 0063", "80630001") },
	{ "arguments-short", CHECK_ANYWHERE, "Arguments that end early are refused: status 3.",
	  TYPES, BOUNDS, ANSWERED("0001 0001 0000000000000028", "80010003") },
	{ "arguments-behind", CHECK_ANYWHERE, "Bytes behind the arguments are refused: status 3.",
	  TYPES, "Most likely what is left is not looked at.",
	  ANSWERED("0001 0001 0000000000000028 " TWO " 00", "80010003") },
	{ "string-lies", CHECK_ANYWHERE,
	  "A string that claims more than the message has is refused: status 3.", TYPES, BOUNDS,
	  ANSWERED("0001 0005 0004 312f34", "80050003"),
	  .before = "0001 0005 0009 312b312b312b312b31", MAY_LACK },
	{ "string-giant", CHECK_ANYWHERE, "A string that claims 65,535 bytes is refused: status 3.",
	  TYPES, BOUNDS, ANSWERED("0001 0005 ffff 312f34", "80050003"), MAY_LACK },
	{ "array-lies", CHECK_ANYWHERE,
	  "An array that claims more than the message has is refused: status 3.", TYPES, BOUNDS,
	  ANSWERED("0001 0006 00000002 " ONE, "80060003"),
	  .before = "0001 0006 00000003 " ONE TWO TWO, MAY_LACK },
	{ "array-giant", CHECK_ANYWHERE,
	  "An array that claims four billion numbers is refused: status 3.", TYPES,
	  "Most likely the count is multiplied in 32 bits, or memory is taken for it: hold it "
	  "against what is left before.",
	  ANSWERED("0001 0006 ffffffff " ONE, "80060003"), MAY_LACK },
	{ "reply", CHECK_ANYWHERE, "What has the highest bit of a reply is no call: no answer.",
	  HEADERS, "Two servers that answer replies answer each other for ever.",
	  DROPPED("8001 0000") },
	{ "header-short", CHECK_ANYWHERE, "A message shorter than its header is no call: no answer.",
	  FRAMES, BOUNDS, DROPPED("0001") },
	{ "length-short", CHECK_STREAMS, "A length below 8 ends the session.", FRAMES,
	  "Most likely the length is not looked at: what follows is misread for ever.",
	  .run = run_short_length, .passes = CHECK_CLOSED },
	{ "length-giant", CHECK_STREAMS, "A length of two gigabytes ends the session.", FRAMES,
	  "Most likely memory is taken for it, or the server waits for what never comes.",
	  .run = run_giant_length, .passes = CHECK_CLOSED },
	{ "segments-bytes", CHECK_STREAMS, "A message may come a byte at a time.", FRAMES, LATE,
	  .send = send_byte_segments, .passes = CHECK_SUCCESS },
	{ "segment-half-mark", CHECK_STREAMS, "A length may come in two parts.", FRAMES, LATE,
	  .send = send_half_mark, .passes = CHECK_SUCCESS },
	{ "segment-half-call", CHECK_STREAMS, "A message may come in two parts.", FRAMES, LATE,
	  .send = send_half_message, .passes = CHECK_SUCCESS },
	{ "calls-together", CHECK_STREAMS,
	  "Several messages may come at once; each is answered.", FRAMES,
	  "Most likely what a read returns behind the first message is dropped.",
	  .run = run_one_segment, .passes = CHECK_SUCCESS },
	{ "two-clients", CHECK_SHARED, "A client is served while another one is connected.", FRAMES,
	  "An idle client keeps all others waiting.",
	  .run = run_two_clients, .passes = CHECK_SUCCESS, .differs = CHECK_UNANSWERED,
	  .choice = "A server may serve one client after the other." },
	{ "caller-leaves", CHECK_SHARED,
	  "A client that closes within a message harms no other one.", FRAMES,
	  "Most likely the end of one connection ends the server: read 0 is no error.",
	  .run = run_left, .passes = CHECK_SUCCESS },
	{ "caller-hangs-up", CHECK_SHARED,
	  "A client that closes before its replies come harms no other one.", FRAMES,
	  "Most likely SIGPIPE ends the server when it writes to who has left: ignore it, and look "
	  "at what write() returns. In Python, catch OSError.",
	  .run = run_hung_up, .passes = CHECK_SUCCESS },
	{ 0 },
};
/* clang-format on */
