/* Whether one client can keep another waiting: no RFC says so, and every server is asked it. */
#include "check/check.h"
#include "check/hostile.h"

#define NOWHERE "no RFC; docs/hostile.md"

#define BESIDE(attack) .run = attack, .passes = CHECK_SUCCESS

/* clang-format off */
const struct check_case check_hostile_cases[] = {
	{ "idle-mark", CHECK_SHARED,
	  "Others are served while one client has sent half a length, and no more.", NOWHERE,
	  "Who waits in a read for the rest lets two bytes stop the server.",
	  BESIDE(run_idle_mark) },
	{ "idle-call", CHECK_SHARED,
	  "Others are served while one client has sent half a call, and no more.", NOWHERE,
	  "A client that loses its network in the middle of a call is enough.",
	  BESIDE(run_idle_call) },
	{ "slow-call", CHECK_SHARED,
	  "Others are served while one client sends a byte each tenth of a second.", NOWHERE,
	  "Who bounds the wait for each byte, and not for all of them, waits for ever.",
	  BESIDE(run_slow_call) },
	{ "giant-message", CHECK_SHARED,
	  "Others are served while one client sends a message of two gigabytes: 16 MiB of it.",
	  NOWHERE, "Who reads on until it has all of a message serves nobody meanwhile.",
	  BESIDE(run_giant_message) },
	{ "unread-replies", CHECK_SHARED,
	  "Others are served while one client calls, 16 MiB, and reads no reply.", NOWHERE,
	  "Who waits in a write for a client that reads nothing waits as long as that likes.",
	  BESIDE(run_unread_replies) },
	{ "many-idle", CHECK_SHARED,
	  "Others are served while 200 connections are open, without a word on them.", NOWHERE,
	  "A thread or a process for each, or too few descriptors, is what runs out first.",
	  BESIDE(run_many_idle) },
	{ "many-calls", CHECK_SHARED,
	  "Others are served while 200 connections have sent half a call each.", NOWHERE,
	  "Each may wait its time after the other: 200 times as long.",
	  BESIDE(run_many_calls) },
	{ "leavers", CHECK_SHARED,
	  "Others are served while clients close, one after the other, before their replies.",
	  NOWHERE, "A reply to nobody is a signal, SIGPIPE, that ends who does not expect it.",
	  BESIDE(run_leavers) },
	{ 0 },
};
/* clang-format on */
