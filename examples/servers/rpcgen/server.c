/*
 * The server of divider.x.  All else is rpcgen's:
 *	rpcgen -C divider.x
 *	cc -w -I/usr/include/tirpc -o divider server.c divider_svc.c divider_xdr.c -ltirpc
 */
#include <limits.h>

#include "divider.h"

void *divider_null_1_svc(void *nothing, struct svc_req *request)
{
	static char result; /* any address but NULL, which would be no reply */

	(void)nothing, (void)request;
	return &result;
}

/* What cannot be divided is a result, too: the call itself has gone well. */
divider_result *divide_1_svc(divider_numbers *numbers, struct svc_req *request)
{
	static divider_result result; /* it is packed when this function has returned */

	(void)request;
	if (numbers->b == 0)
		result.status = DIVIDER_BY_ZERO;
	else if (numbers->a == INT_MIN && numbers->b == -1)
		result.status = DIVIDER_OVERFLOW;
	else
		result.status = DIVIDER_OK;
	if (result.status == DIVIDER_OK)
		result.divider_result_u.quotient = numbers->a / numbers->b;
	return &result;
}
