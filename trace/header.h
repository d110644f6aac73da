/* The headers of both protocols' messages, field by field. */
#ifndef SIDECALL_TRACE_HEADER_H
#define SIDECALL_TRACE_HEADER_H

#include "trace/message.h"
#include "trace/walker.h"

/* Each walks along a header and writes what it says into the summary.  Whether arguments or a
 * result may follow. */
bool header_rpc(struct walker *walker, struct message_summary *summary);
bool header_raw(struct walker *walker, struct message_summary *summary);

/* The procedure behind an operation of the raw protocol, in its highest version; or NULL. */
const struct contract_procedure *operation_procedure(uint32_t operation);

#endif
