/* What the server that rpcgen wrote whole (-I -K 1) is asked for. */
#include <stddef.h>

#include "odd.h"

int *odd_count_1_svc(int *argument, struct svc_req *request)
{
	static int calls;

	(void)argument;
	(void)request;
	calls++;
	return &calls;
}

int *odd_count_2_svc(int *argument, struct svc_req *request)
{
	return odd_count_1_svc(argument, request);
}

odd_text *odd_caller_1_svc(void *argument, struct svc_req *request)
{
	(void)argument;
	(void)request;
	return NULL;
}

odd_bytes *odd_bytes_1_svc(int *argument, struct svc_req *request)
{
	(void)argument;
	(void)request;
	return NULL;
}

int *odd_do_1_svc(odd_habit *argument, struct svc_req *request)
{
	(void)argument;
	(void)request;
	return NULL;
}

odd_text *odd_say_1_svc(odd_text *argument, struct svc_req *request)
{
	(void)request;
	return argument;
}

odd_text *odd_itself_1_svc(void *argument, struct svc_req *request)
{
	(void)argument;
	(void)request;
	return NULL;
}
