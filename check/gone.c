/* Whether a server serves others behind a case, and what is known of why it does not. */
#include "check/gone.h"

#include <stdio.h>
#include <string.h>

#include "check/ask.h"
#include "check/other_protocol.h"

/* Who wrote it sees more on its standard error than we do. */
static void explain_end(struct check_finding *finding)
{
	snprintf(finding->ended, sizeof(finding->ended),
		 "Most likely the server has ended, and not only the session: see what it says on "
		 "standard error. In C a signal does that (SIGFPE, SIGSEGV, SIGPIPE), in Python an "
		 "exception that nobody catches. Or it serves one client alone. %s",
		 finding->why);
	finding->why = finding->ended;
}

static void explain(const struct exchange *exchange, const struct check_case *row,
		    struct check_finding *finding)
{
	const bool silent = finding->outcome == CHECK_SILENT;

	if (exchange->anew == CHECK_NOBODY || finding->outcome & (CHECK_CLOSED | CHECK_NOBODY))
		explain_end(finding);
	else if (silent && row->on != CHECK_PIPES &&
		 exchange->target->endpoint.transport == ENDPOINT_PIPE)
		finding->why = "Not even null is answered while the input goes on: the case "
			       "answered-at-once says why.";
}

/* Who answers nothing may have been asked in the wrong protocol. */
static bool speaks_other(struct exchange *exchange, struct check_finding *finding)
{
	const char *protocol = check_raw(exchange->target) ? "rpc" : "raw messages";
	char endpoint[ENDPOINT_MAX_TEXT];
	struct endpoint other;

	link_close(&exchange->link);
	if (!check_speaks_other(exchange->target, &other))
		return false;
	endpoint_format(&other, endpoint);
	snprintf(finding->ended, sizeof(finding->ended),
		 "The server speaks %s: sidecall check %.300s", protocol, endpoint);
	finding->why = finding->ended;
	finding->speaks = protocol;
	snprintf(finding->found + strlen(finding->found),
		 sizeof(finding->found) - strlen(finding->found),
		 "; and a null call of %s is answered there", protocol);
	return true;
}

bool check_still_serves(struct exchange *exchange, const struct check_case *row,
			struct check_finding *finding)
{
	const enum check_outcome quiet = CHECK_CLOSED | CHECK_SILENT | CHECK_NOBODY | CHECK_ENDLESS;
	const enum endpoint_transport transport = exchange->target->endpoint.transport;
	const bool seldom = row->equal || transport == ENDPOINT_PIPE || transport == ENDPOINT_FIFO;

	if ((seldom && !(exchange->reply.outcome & quiet)) || exchange_answers(exchange))
		return true;
	finding->verdict = CHECK_FAIL;
	if (speaks_other(exchange, finding))
		return false;
	if (check_raw(exchange->target) && !exchange->why)
		explain(exchange, row, finding);
	snprintf(finding->found + strlen(finding->found),
		 sizeof(finding->found) - strlen(finding->found),
		 transport == ENDPOINT_PIPE ? "; and then a new run of the server answers nothing"
					    : "; and then nobody on a new connection is served");
	return false;
}
