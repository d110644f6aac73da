/* rpc_null [PORT]: a server of ONC RPC over TCP, of a program that has procedure 0 alone.
 */
#include "rpc.h"

static enum rpc_status null(uint32_t procedure, struct reading *in, uint8_t **out)
{
	(void)out; /* it returns nothing */
	if (procedure != 0)
		return PROC_UNAVAIL;
	return in->left ? GARBAGE_ARGS : SUCCESS;
}

int main(int count, char **words)
{
	static const struct rpc_program program = { 100003, 3, null };

	rpc_serve(count > 1 ? words[1] : "9000", &program);
}
